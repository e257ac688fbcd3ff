"""The app: page config, navigation, and the sidebar with what acts on the page. `emotion app`, `make run` start it."""

import streamlit as st

from ui.analysis_job import delete_old_uploads
from ui.entry import note_page
from ui.panels import style
from ui.recording import say_that_leaving_ended_it
from ui.shortcuts import listen_to_keys
from ui.sidebar import draw_sidebar
from ui.streamlit_internals import forget_gone_visitors, send_messages_at_once
from ui.visitor import end_without_sign_in

st.set_page_config(page_title="Emotion from face and voice", page_icon="🎭", layout="wide")

st.html(style())
page = st.navigation(
    [
        st.Page("pages/live.py", title="Live", icon=":material/videocam:", default=True),
        st.Page("pages/capture.py", title="Capture", icon=":material/photo_camera:"),
        st.Page("pages/analyse.py", title="Analyse a file", icon=":material/movie:"),
        st.Page("pages/practice.py", title="Practice", icon=":material/theater_comedy:"),
        st.Page("pages/me.py", title="Me", icon=":material/person:"),
        st.Page("pages/sessions.py", title="Sessions", icon=":material/history:"),
        st.Page("pages/diary.py", title="Diary", icon=":material/calendar_month:"),
        st.Page("pages/results.py", title="Results", icon=":material/insights:"),
        st.Page("pages/confusion_matrices.py", title="Confusion matrices", icon=":material/grid_on:"),
        st.Page("pages/about.py", title="About and limits", icon=":material/info:"),
    ]
)
note_page(page.url_path)
for once in (delete_old_uploads, forget_gone_visitors, send_messages_at_once):  # when the app starts
    st.cache_resource(once, show_spinner=False)()
end_without_sign_in()
draw_sidebar(page.url_path)
listen_to_keys()
say_that_leaving_ended_it(page.url_path)
page.run()
