"""The progress and the result of an analysis."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from ui.analysis_form import JOB, MADE_WITH
from ui.analysis_job import AnalysisJob
from ui.photo_view import photo_html
from ui.replay import draw_replay
from ui.text import as_text, counted
from ui.timeline_views import as_chosen, draw_downloads, draw_people, draw_timeline
from ui.visitor import only_this_machine

MINUTES_FROM_SECONDS = 120  # a longer remaining time is given in minutes


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
    """The result: of a photo its faces, of a film or a sound a replay and figures; downloads."""
    found, summary = job.result, job.result.summary
    st.subheader(as_text(job.name))
    st.caption(_what_was_looked_at(job))
    for note in summary["notes"]:
        st.info(as_text(note))
    about = {
        "source": job.name,
        "kind": found.kind,
        "mode": found.mode,
        **st.session_state.get(MADE_WITH, {}),  # of then; the sidebar may say something else by now
        **({"notes": summary["notes"]} if summary["notes"] else {}),
    }
    if found.photo is not None:
        st.html(photo_html(found.photo))
    else:
        timeline = as_chosen(found.timeline)
        _draw_replay(timeline, job.film, kind=found.kind)
        draw_people(found.faces)
        draw_timeline(timeline)
    draw_downloads(found.timeline, about, name=job.name, key="analysis", faces=found.faces, photo=found.photo)


def _what_was_looked_at(job: AnalysisJob) -> str:
    """A line on what was judged and how; without what the file does not have."""
    found, summary = job.result, job.result.summary
    if found.photo is not None:
        return f"picture; {counted(len(found.photo.faces), 'face')} found"
    parts = []
    if found.kind == "video":
        parts += [
            f"{counted(summary['pictures'], 'picture')} looked at",
            f"{counted(summary['tracks'], 'person').replace('persons', 'people')} seen",
        ]
    corrected = f", with your {len(job.my_voice)} clips" if job.my_voice and summary["voice_windows"] else ""
    if summary["voice_windows"]:
        parts.append(f"{counted(summary['voice_windows'], 'window')} of sound judged{corrected}")
    neutral = f"; by the change from the first {job.neutral_s:g} s" if job.neutral_s else ""
    return f"{found.kind}, {found.mode}; {', '.join(parts)}{neutral}"


def _draw_replay(timeline: pd.DataFrame, film: Path | None, *, kind: str) -> None:
    """The annotated video with its curves and readouts, and to keep; without a film, curves and readouts."""
    if only_this_machine():
        else_say = f"Until you analyse another file it is in `{film}`; copy it from there."
    else:
        else_say = "Make it from a shorter part."
    no_film = "To see the film here too, tick “Also make a copy of the film” and analyse it again."
    no_film = no_film if kind == "video" else ""
    if draw_replay(timeline, film, key="analysis", else_say=else_say, no_film=no_film) and film is not None:
        st.download_button(
            "Annotated video (MP4)",
            film.read_bytes,
            file_name="annotated.mp4",
            mime="video/mp4",
            on_click="ignore",
            icon=":material/movie:",
        )
