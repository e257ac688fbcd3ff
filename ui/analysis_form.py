"""The form of the page Analyse a file: an upload, or a path for what is too large to upload."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import streamlit as st

from emotion.checkpoint import read_card
from emotion.fusion import learned_weights
from emotion.personal import Clips, PersonalVoiceError
from emotion.predict import VOICE_MODELS
from emotion.runner import ModelError
from ui.analysis_job import AnalysisJob
from ui.kept_clips import kept_clips
from ui.models import load_models
from ui.sample_clip import BUTTON, CREDIT, PATH
from ui.settings import Settings, settings
from ui.streamlit_internals import browser_connected
from ui.text import as_text
from ui.time_zone import local_zone
from ui.visitor import only_this_machine

JOB, MADE_WITH, NUMBER = "analysis", "analysis-made-with", "analysis-number"  # in the session's state


def draw_form() -> None:
    """What to analyse and how; the button begins a job."""
    chosen = settings()
    load_models(chosen.face_model)  # says what is wrong with the models before a file is read
    here = only_this_machine()
    larger = "type its path below, or " if here else ""
    # a number in the key: else the browser shows an empty field while the server still holds the file from before
    upload = st.file_uploader(
        f"Image, sound or video of any format, up to {st.get_option('server.maxUploadSize')} MB",
        key=f"analysis-upload-{st.session_state.get(NUMBER, 0)}",
        help=f"For a larger file {larger}use the command line: `python -m emotion analyze FILE`",
    )
    typed = ""
    if here:  # somebody elsewhere who types a path could look into this machine's files
        label = "Or the path of a file on this machine, of any size"
        typed = st.text_input(label, placeholder="/home/me/rehearsal.mp4").strip()
    annotate = st.checkbox(
        "Also make a copy of the film with boxes and labels",
        key="annotate",
        help="Takes longer: every picture is drawn and written. Otherwise only ten a second are looked at.",
    )
    neutral_s = st.number_input(
        "Seconds at the beginning in which the person is neutral",
        min_value=0.0,
        max_value=60.0,
        step=1.0,
        format="%.1f",
        key="analysis-neutral",
        help="Where they are known the main face and the voice are judged by their change from there: a slight "
        "smile or sad look is told from the person's resting face. 0: what is neutral is learned from what the file "
        "has shown so far, unless “Adapt to each person” is off.",
    )
    learn_first = st.checkbox(
        "Learn from the whole file first",
        key="analysis-learn-first",
        disabled=bool(neutral_s) or not chosen.adapt,
        help="The file is gone through once to learn what is usual for face and voice, and then judged from its first "
        "second. Takes twice as long.",
    )
    options = {
        "mode": chosen.mode,
        "face_model": chosen.face_model,
        "voice_model": chosen.voice_model,
        "max_faces": chosen.max_faces,
        "annotate": annotate,
        "my_voice": _whose_voice(),
        "neutral_s": neutral_s or None,
        "as_it_is": not chosen.adapt,
        "learn_first": learn_first,
        "more_words": chosen.more_words,
        "somebody_there": browser_connected(),
    }
    with st.container(horizontal=True):
        go = st.button("Analyse", type="primary", disabled=not (upload or typed))
        if st.button(BUTTON, icon=":material/smart_display:", key="analysis-sample", help=CREDIT):
            _begin(AnalysisJob("sample clip", path=PATH, **options | {"annotate": True}))
    if go and upload:
        _begin_upload(upload, options)
    elif go:
        _begin_path(typed, options)


def _whose_voice() -> Clips | None:
    """The kept clips if the person says that the voice in the file is theirs.

    Unlike on Live it may well be somebody else's, so this is asked each time.
    """
    try:
        clips = kept_clips(settings().voice_model)
    except PersonalVoiceError:  # the sidebar says so
        return None
    if not clips.enough:
        return None
    mine = st.checkbox(
        "The voice in it is mine",
        key="analysis-my-voice",
        help=f"The voice model is corrected by your {len(clips)} clips (page Me). Leave it off if others speak too.",
    )
    return clips if mine else None


def _begin_upload(upload, options: dict) -> None:
    try:
        job = AnalysisJob(upload.name, data=upload.getvalue(), **options)
    except OSError as e:
        st.error(
            f"The upload cannot be kept while it is analysed ({e}). Free some disk space, or type the file's path "
            "instead."
        )
    else:
        _begin(job)


def _begin_path(typed: str, options: dict) -> None:
    try:
        path = Path(typed.strip("'\"")).expanduser()
        folder, there = path.is_dir(), path.is_file()
    except (OSError, RuntimeError) as e:  # a name that is too long, a folder that may not be looked into, ~nobody
        why = as_text(str(getattr(e, "strerror", None) or e))
        st.error(f"{as_text(typed[:200])} cannot be read ({why}). Check the spelling, or upload the file.")
        return
    if folder:
        st.error(
            f"{as_text(str(path))} is a folder. Many files at once: "
            "`python -m emotion analyze FOLDER --out results.parquet`"
        )
    elif not there:
        st.error(
            f"{as_text(str(path))} is not a file on the machine that runs this app. Check the spelling, or upload the "
            "file."
        )
    else:
        _begin(AnalysisJob(path.name, path=path, **options))


def _begin(job: AnalysisJob) -> None:
    """One file at a time: the one before is forgotten, with its files."""
    if old := st.session_state.pop(JOB, None):
        old.delete()
    st.session_state[JOB], st.session_state[MADE_WITH] = job, _made_with(settings(), job)
    st.session_state[NUMBER] = st.session_state.get(NUMBER, 0) + 1
    st.rerun()


def _made_with(chosen: Settings, job: AnalysisJob) -> dict:
    """The settings and models of an analysis that begins now, and what is known of the person in the file."""
    models: dict = {}
    for name in (f"face_{chosen.face_model}", VOICE_MODELS[chosen.voice_model]):
        try:
            card = read_card(name)
            models[name] = {"network": card["network"], "sha256": card["sha256"]}
        except ModelError as e:
            models[name] = str(e)
    if chosen.mode == "hybrid":
        models["fusion weights"] = {m: f"{weight:g}" for m, weight in learned_weights().items()}
    return {
        "analysed": f"{datetime.now(local_zone()):%Y-%m-%d %H:%M %z}",
        "largest number of faces": chosen.max_faces,
        "models": models,
        **({"more words": "contempt, calm"} if chosen.more_words else {}),
        **({"clips of My voice": len(job.my_voice)} if job.my_voice else {}),
        **({"seconds with a neutral face": f"{job.neutral_s:g}"} if job.neutral_s else {}),
    }
