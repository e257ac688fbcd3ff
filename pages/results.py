"""Results: how often the app's models are right on data they have not seen, from the files that `evaluate` wrote."""

import streamlit as st

from ui.entry import through_app
from ui.fragments import fragment
from ui.measured import read_measured
from ui.results.at_a_glance import draw_glance
from ui.results.overview import draw_headline, draw_warnings

PARTS = {
    "all": "All measurements",
    "faces": "Faces: each model and split, annotators, other photos, calibration",
    "voices": "Voices: folds, women and men, channels, the browser's sound",
    "together": "Together: when it is unsure, worse pictures and sound, real films, who speaks",
    "published": "Compared with others: every figure and its source",
}


@fragment
def draw_part(name: str) -> None:
    """One part, drawn when it is opened."""
    part = st.expander(PARTS[name], key=f"results-{name}", on_change="rerun")
    if not part.open:
        return
    with part, st.spinner("Drawing figures and tables …"):
        # Plotly is imported here: that takes longer than drawing the first screen
        from ui.results import face_results, published, together, voice_results

        draw = {
            "all": draw_headline,
            "faces": face_results.draw_faces,
            "voices": voice_results.draw_voices,
            "together": together.draw_together,
            "published": published.draw_published,
        }
        draw[name](read_measured())


through_app()
st.title("Results")
st.markdown(
    "How often the models in this app agree with labels that they have not learned from. The labels are **acted** "
    "emotions (RAVDESS) or what **annotators** saw in a photo (FER-2013); they are not what the people felt. All "
    "measured numbers are shown, good or bad."
)
draw_glance(read_measured())
draw_warnings(read_measured())
for name in PARTS:
    draw_part(name)
