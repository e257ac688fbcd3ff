"""Analyse a file: an image, a sound or a video, over time; the same views and downloads as a recorded session."""

import re
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from emotion.checkpoint import read_card
from emotion.fusion import learned_weights
from emotion.personal import Clips, PersonalVoiceError
from emotion.runner import ModelError
from ui.analysis_job import AnalysisJob
from ui.consent import consent_given
from ui.entry import browser_connected, through_app
from ui.film import show_film
from ui.kept_clips import kept_clips
from ui.models import load_models
from ui.settings import Settings, settings
from ui.timeline_views import draw_downloads, draw_timeline

KINDS = [
    "jpg",
    "jpeg",
    "png",
    "webp",
    "bmp",
    "tif",
    "tiff",
    "wav",
    "flac",
    "ogg",
    "opus",
    "mp3",
    "m4a",
    "aac",
    "mp4",
    "mov",
    "mkv",
    "webm",
    "avi",
]
THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


def plain(name: str) -> str:
    """A name that a stranger chose, so that Markdown takes it for text and fetches nothing."""
    return re.sub(r"([\\`*_\[\]<$~])", r"\\\1", name)


def only_this_machine() -> bool:
    """Whether nobody else can be looking at this page: the server listens here alone, and no proxy gave it another name."""
    host = urlsplit("//" + (st.context.headers.get("Host") or "localhost")).hostname
    return st.get_option("server.address") in THIS_MACHINE and host in THIS_MACHINE


def made_with(chosen: Settings, my_voice: Clips | None) -> dict:
    """The settings and models of an analysis that begins now, and how many clips of My voice corrected it."""
    models = {}
    for name in (f"face_{chosen.face_model}", "voice"):
        try:
            card = read_card(name)
            models[name] = {"network": card["network"], "sha256": card["sha256"]}
        except ModelError as e:
            models[name] = str(e)
    if chosen.mode == "hybrid":
        models["fusion weights"] = {m: f"{weight:g}" for m, weight in learned_weights().items()}
    return {
        "analysed": f"{datetime.now().astimezone():%Y-%m-%d %H:%M %z}",
        "largest number of faces": chosen.max_faces,
        "models": models,
        **({"clips of My voice": len(my_voice)} if my_voice else {}),
    }


def begin(job: AnalysisJob) -> None:
    """One file at a time: the one before is forgotten, with its files."""
    if old := st.session_state.pop("analysis", None):
        old.delete()
    st.session_state["analysis"], st.session_state["analysis-made-with"] = job, made_with(settings(), job.my_voice)
    st.session_state["analysis-number"] = st.session_state.get("analysis-number", 0) + 1
    st.rerun()


def whose_voice() -> Clips | None:
    """The kept clips where the person says that the voice in the file is theirs. Unlike on Live it may well be somebody else's, so it is asked each time."""
    try:
        clips = kept_clips()
    except PersonalVoiceError:  # the sidebar says so
        return None
    if not clips.enough:
        return None
    mine = st.checkbox(
        "the voice in it is mine",
        key="analysis-my-voice",
        help=f"The voice model is corrected by your {len(clips)} clips (page My voice). Leave it off "
        "where others speak too.",
    )
    return clips if mine else None


def choose() -> None:
    """An upload, or a path for what is too large to upload."""
    chosen = settings()
    load_models(chosen.face_model)  # says what is wrong with the models before a file is read
    limit_mb, here = st.get_option("server.maxUploadSize"), only_this_machine()
    # a number in the key: else the browser shows an empty field while the server still holds the file from before
    upload = st.file_uploader(
        f"Image, sound or video, up to {limit_mb} MB",
        type=KINDS,
        key=f"analysis-upload-{st.session_state.get('analysis-number', 0)}",
        help="For a larger file "
        + ("type its path below, or " if here else "")
        + "use the command line: `python -m emotion analyze FILE`",
    )
    # a path typed by somebody elsewhere would let them look into this machine's files
    typed = (
        st.text_input("or the path of a file on this machine, of any size", placeholder="/home/me/rehearsal.mp4")
        if here
        else ""
    )
    annotate = st.checkbox(
        "also make a copy of a video with boxes and labels drawn",
        key="annotate",
        help="Takes longer: every picture is written, not ten a second looked at.",
    )
    options = {
        "mode": chosen.mode,
        "face_model": chosen.face_model,
        "max_faces": chosen.max_faces,
        "annotate": annotate,
        "my_voice": whose_voice(),
        "somebody_there": browser_connected(),
    }
    if st.button("Analyse", type="primary", disabled=not (upload or typed.strip())):
        if upload:
            try:
                begin(AnalysisJob(upload.name, data=upload.getvalue(), **options))
            except OSError as e:
                st.error(
                    f"The upload cannot be kept while it is analysed ({e}). Free some disk space, or type the file's path instead."
                )
        else:
            try:
                path = Path(typed.strip().strip("'\"")).expanduser()
                folder, there = path.is_dir(), path.is_file()
            except (
                OSError,
                RuntimeError,
            ) as e:  # a name that is too long, a folder that may not be looked into, ~nobody
                st.error(
                    f"{plain(typed.strip()[:200])} cannot be read ({plain(str(getattr(e, 'strerror', None) or e))}). Check the spelling, or upload the file."
                )
                return
            if folder:
                st.error(
                    f"{plain(str(path))} is a folder. Many files at once: `python -m emotion analyze FOLDER --out results.parquet`"
                )
            elif not there:
                st.error(
                    f"{plain(str(path))} is not a file on the machine that runs this app. Check the spelling, or upload the file."
                )
            else:
                begin(AnalysisJob(path.name, path=path, **options))


@st.fragment(run_every=0.5)
def watch() -> None:
    """How far it is, and the way to stop it."""
    job: AnalysisJob = st.session_state["analysis"]
    if not job.running:
        st.rerun()
    left = (
        ""
        if job.remaining_s is None
        else f", about {job.remaining_s:.0f} s left"
        if job.remaining_s < 120
        else f", about {job.remaining_s / 60:.0f} min left"
    )
    st.progress(job.share, f"{plain(job.name)}: {job.share:.0%}{left}")
    if st.button("Cancel", icon=":material/close:"):
        job.cancel()


def about(job: AnalysisJob) -> dict:
    """What a download says of where it comes from, and of what it was made with (the sidebar may say something else by now)."""
    return {
        "source": job.name,
        "kind": job.result.kind,
        "mode": job.result.mode,
        **st.session_state.get("analysis-made-with", {}),
    }


def draw_film(film: Path) -> None:
    """The annotated video to play and to keep."""
    if show_film(
        film,
        else_say=f"Until you analyse another file it lies at `{film}` – copy it from there."
        if only_this_machine()
        else "Make it from a shorter part.",
    ):
        st.download_button(
            "Annotated video (MP4)",
            film.read_bytes,
            file_name="annotated.mp4",
            mime="video/mp4",
            on_click="ignore",
            icon=":material/movie:",
        )


def show(job: AnalysisJob) -> None:
    """What was found."""
    found = job.result
    st.subheader(plain(job.name))
    corrected = f", with your {len(job.my_voice)} clips" if job.my_voice and found.summary["voice_windows"] else ""
    st.caption(
        f"{found.kind}, {found.mode}; {found.summary['pictures']} pictures looked at, {found.summary['tracks']} face track(s), "
        f"{found.summary['voice_windows']} windows of sound judged{corrected}"
    )
    if job.film:
        draw_film(job.film)
    draw_timeline(found.timeline, key="analysis")
    draw_downloads(found.timeline, about(job), name=job.name, key="analysis")


through_app()
st.title("Analyse a file")
st.caption(
    "The file stays on this machine; an upload is deleted as soon as it has been analysed. Many files: `python -m emotion analyze FOLDER "
    "--out results.parquet`."
)
if not consent_given():
    st.stop()
job: AnalysisJob | None = st.session_state.get("analysis")
if job is not None and job.running:
    watch()
    st.stop()
choose()
if job is not None and job.error:
    st.error(plain(job.error))
elif job is not None:
    show(job)
