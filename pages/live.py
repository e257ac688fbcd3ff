"""Live: camera and microphone in, labels out, several times a second."""

import streamlit as st

from ui.consent import consent_given
from ui.entry import through_app
from ui.first_check import checking, draw_check, end_check_of_stopped_stream, offer_check_once
from ui.fragments import fragment
from ui.kept_clips import kept_file
from ui.kept_neutral import draw_question
from ui.live_people import draw_main_face
from ui.live_stream import draw_start_help, draw_stream, say_where_camera_is_refused, session_of, stop_without_stream
from ui.live_views import ALL_WORDS, draw_details, draw_history, draw_neutral_controls, draw_readouts
from ui.recording import note_settings, record_controls
from ui.sample_clip import CREDIT
from ui.settings import settings
from ui.stream_limit import end_where_machine_is_full
from ui.stream_settings import draw_stream_settings
from ui.stream_source import use_sample_where_asked
from ui.webrtc import SAMPLE, SOURCES

through_app()
with st.container(key="live-title", horizontal=True, vertical_alignment="bottom"):
    st.title("Live")
    keys = st.container(key="live-keys", width="content")
if not consent_given():
    st.stop()
keys.caption("Keys: Space, M, R, ? for help")

say_where_camera_is_refused()
use_sample_where_asked("live")
session = session_of("live", more_words=settings().more_words)
end_where_machine_is_full(session)
picture_side, answer_side = st.columns([3, 2])
with picture_side:
    context, source = draw_stream("live", session, sample=True)
    playing, sample = context.state.playing, source == SAMPLE
    camera, microphone = SOURCES.get(source, (True, True))
    note_settings(session)
    record_controls(session, playing=playing, camera=camera, microphone=microphone)
    draw_start_help(context, "live", sample=True)
    if not playing:
        end_check_of_stopped_stream()
    elif not sample:
        offer_check_once()
    if playing and checking():  # in the place of the help; the last minute comes after it
        fragment(draw_check, every_s=0.5)(session, camera=camera, microphone=microphone)
with answer_side:
    with st.container(key="live-answers", gap=None):
        fragment(draw_readouts, every_s=0.5 if playing else None)(session, playing=playing, camera=camera)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.toggle("All words", key=ALL_WORDS, help="Shows a bar for every word, not only for the strongest three.")
        draw_stream_settings()
stop_without_stream(context, session)
if playing and not checking():
    fragment(draw_history, every_s=1.0)(session)

neutral_side, hint_side = st.columns([3, 2])
with neutral_side:
    if playing:
        fragment(draw_main_face, every_s=1.0)(session)
        if not sample:
            fragment(draw_neutral_controls, every_s=1.0)(session, camera=camera, microphone=microphone)
    draw_question()
with hint_side:
    if not kept_file(settings().voice_model).exists():
        st.caption("Does the model misjudge your voice? Teach it on the page Me.")
    if sample:
        st.caption(CREDIT)
if playing:
    # with a key it stays open when the check beside the picture ends
    with st.expander("Details: pictures a second, age of the label", key="live-details", on_change="rerun"):
        fragment(draw_details, every_s=1.0)(session)
