"""Results: how often the app's models are right on data they have not seen, from the files that `evaluate` wrote."""

import streamlit as st

from emotion.evaluation import measurements
from ui.entry import through_app
from ui.results.at_a_glance import draw_glance
from ui.results.face_results import draw_faces
from ui.results.overview import draw_headline, draw_warnings
from ui.results.published import draw_published
from ui.results.together import draw_together
from ui.results.voice_results import draw_voices

through_app()
st.title("Results")
st.markdown(
    "How often the models in this app agree with labels that they have not learned from. The labels are **acted** "
    "emotions (RAVDESS) or what **annotators** saw in a photo (FER-2013); they are not what the people felt. All "
    "measured numbers are shown, good or bad."
)
measured = measurements.read_metrics()
draw_glance(measured)
draw_warnings(measured)
for title, draw in {
    "All measurements": draw_headline,
    "Faces: each model and split, annotators, other photos, calibration": draw_faces,
    "Voices: folds, women and men, noise and telephones, the browser's sound": draw_voices,
    "Together: when it is unsure, worse pictures and sound, real films, who speaks": draw_together,
    "Compared with others: every figure and its source": draw_published,
}.items():
    with st.expander(title):
        draw(measured)
