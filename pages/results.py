"""Results: how often the app's models are right on data they have not seen, from the files that `evaluate` wrote."""

import streamlit as st

from emotion.evaluation import measurements
from ui.entry import through_app
from ui.results.face_results import draw_faces
from ui.results.overview import draw_headline, draw_warnings
from ui.results.published import draw_published
from ui.results.together import draw_together
from ui.results.voice_results import draw_voices

through_app()
st.title("Results")
st.markdown(
    "How often the models in this app agree with the labels of data sets they have not learned from. The labels are "
    "**acted** emotions (RAVDESS) or what **annotators** saw in a photo (FER-2013); they are not what the people felt. "
    "All measured numbers are shown, good or bad."
)
measured = measurements.read_metrics()
draw_warnings(measured)
draw_headline(measured)
tabs = st.tabs(["Faces", "Voices", "Together", "Compared with others"])
for tab, draw in zip(tabs, (draw_faces, draw_voices, draw_together, draw_published), strict=True):
    with tab:
        draw(measured)
