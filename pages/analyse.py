"""Analyse a file: an image, a sound or a video, over time; the same views and downloads as a recorded session."""

import streamlit as st

from ui.analysis_form import JOB, draw_form
from ui.analysis_job import AnalysisJob
from ui.analysis_views import draw_analysis, draw_progress
from ui.consent import consent_given
from ui.entry import through_app
from ui.fragments import fragment
from ui.text import as_text

through_app()
st.title("Analyse a file")
st.caption(
    "The file stays on this machine; an upload is deleted as soon as it has been analysed. Many files: "
    "`python -m emotion analyze FOLDER --out results.parquet`."
)
if not consent_given():
    st.stop()
job: AnalysisJob | None = st.session_state.get(JOB)
if job is not None and job.running:
    fragment(draw_progress, every_s=0.5)()
    st.stop()
draw_form()
if job is not None and job.error:
    st.error(as_text(job.error))
elif job is not None:
    with st.spinner("Drawing the result …"):
        draw_analysis(job)
