"""The progress and the result of an analysis."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui.analysis_form import JOB, MADE_WITH, MOMENT
from ui.analysis_job import AnalysisJob
from ui.film import show_film
from ui.text import as_text, counted
from ui.timeline_views import as_chosen, draw_disagreement, draw_downloads, draw_people, draw_timeline
from ui.visitor import only_this_machine

MINUTES_FROM_SECONDS = 120  # a longer remaining time is given in minutes


@st.fragment(run_every=0.5)
def draw_progress() -> None:
    """How far the job is, and a button to stop it."""
    job: AnalysisJob = st.session_state[JOB]
    if not job.running:
        st.rerun()
    st.progress(job.share, f"{as_text(job.name)}: {job.share:.0%}{_remaining(job.remaining_s)}")
    if st.button("Cancel", icon=":material/close:"):
        job.cancel()


def _remaining(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f", about {seconds:.0f} s left" if seconds < MINUTES_FROM_SECONDS else f", about {seconds / 60:.0f} min left"


def draw_analysis(job: AnalysisJob) -> None:
    """The result: film, timeline, downloads."""
    found, summary = job.result, job.result.summary
    st.subheader(as_text(job.name))
    corrected = f", with your {len(job.my_voice)} clips" if job.my_voice and summary["voice_windows"] else ""
    neutral = f"; by the change from the first {job.neutral_s:g} s" if job.neutral_s else ""
    st.caption(
        f"{found.kind}, {found.mode}; {counted(summary['pictures'], 'picture')} looked at, "
        f"{counted(summary['tracks'], 'person').replace('persons', 'people')} seen, "
        f"{counted(summary['voice_windows'], 'window')} of sound judged{corrected}{neutral}"
    )
    for note in summary["notes"]:
        st.info(as_text(note))
    timeline = as_chosen(found.timeline)
    if job.film:
        _draw_film(job.film, start_s=st.session_state.get(MOMENT, 0.0))
    about = {
        "source": job.name,
        "kind": found.kind,
        "mode": found.mode,
        **st.session_state.get(MADE_WITH, {}),  # of then; the sidebar may say something else by now
        **({"notes": summary["notes"]} if summary["notes"] else {}),
    }
    draw_disagreement(timeline, key="analysis", jump_to=MOMENT if job.film else None)
    draw_people(found.faces)
    draw_timeline(timeline, key="analysis")
    draw_downloads(found.timeline, about, name=job.name, key="analysis", faces=found.faces)


def _draw_film(film: Path, *, start_s: float) -> None:
    """The annotated video to play from start_s on, and to keep."""
    if only_this_machine():
        else_say = f"Until you analyse another file it is in `{film}`; copy it from there."
    else:
        else_say = "Make it from a shorter part."
    if show_film(film, else_say=else_say, start_s=start_s):
        st.download_button(
            "Annotated video (MP4)",
            film.read_bytes,
            file_name="annotated.mp4",
            mime="video/mp4",
            on_click="ignore",
            icon=":material/movie:",
        )
