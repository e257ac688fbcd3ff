"""The record switch of the Live page."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict

import streamlit as st

from emotion.realtime.recorder import Recorder
from emotion.realtime.session import LiveSession
from ui.colours import RED
from ui.fragments import fragment
from ui.shared_store import shared_store
from ui.visitor import with_reason

log = logging.getLogger(__name__)

TOLD = "recorder-told"  # in the session's state: which recording the person was told had ended
RED_MARK = (
    '<div class="recording" role="timer" '
    f'style="display:flex;align-items:center;gap:.5rem;font-weight:650;color:{RED}">'
    f'<span style="width:.8rem;height:.8rem;border-radius:50%;background:{RED};display:inline-block"></span>'
    "Recording {clock} – {what}</div>"
)


def record_controls(session: LiveSession, *, playing: bool, camera: bool, microphone: bool) -> None:
    """Record button, what to keep, and a red mark while it records. Off until pressed; ends with the stream."""
    recorder = session.recorder
    if recorder is None:
        _say_what_was_kept()
        row = st.container(horizontal=True, vertical_alignment="center")
        left, middle, right = (row.container(width="content") for _ in range(3))
        picture = middle.checkbox(
            "with picture",
            key="record_picture",
            disabled=not camera,
            help="Also keep the camera's picture, as MP4 on this machine.",
        )
        sound = right.checkbox(
            "with sound",
            key="record_sound",
            disabled=not microphone,
            help="Also keep the microphone's sound, as MP4 on this machine.",
        )
        if left.button(
            "Record",
            key="record",
            icon=":material/fiber_manual_record:",
            disabled=not playing,
            help="Keep the labels of this stream on this machine, for the Sessions page. "
            "Picture and sound only if ticked."
            if playing
            else "Press START first.",
        ):
            store = shared_store()
            if store is not None:
                try:
                    session.record(
                        Recorder(store, settings=about(session), picture=picture and camera, sound=sound and microphone)
                    )
                except Exception as e:
                    why = f"{e}. Check the free disk space and the permissions of {store.home}."
                    log.exception("a recording could not begin")
                    st.error(with_reason("The recording could not begin", why))
                else:
                    st.session_state["recorder"] = session.recorder
                    st.rerun()
        return
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        fragment(_red_mark, every_s=1.0)(recorder)
    if right.button("Stop recording", key="stop-recording", icon=":material/stop:"):
        session.end_recording()
        recorder.join(10)
        st.rerun()


def about(session: LiveSession) -> dict:
    """How a recording was made: settings and models."""
    cards = {"face": session.face_model.card, "voice": session.voice_model.card}
    return {
        **asdict(session.settings),
        "my_voice_clips": len(getattr(session.voice_model, "clips", ())),  # 0: as shipped
        "models": {k: {"name": c["name"], "network": c["network"], "sha256": c["sha256"]} for k, c in cards.items()},
    }


def note_settings(session: LiveSession) -> None:
    """Note a change of the sidebar's settings in the recording that goes on."""
    now = json.dumps(about(session))
    if session.recorder is not None and st.session_state.get("recorded_settings") not in (None, now):
        session.recorder.settings_changed(now)
    st.session_state["recorded_settings"] = now


def _red_mark(recorder: Recorder) -> None:
    minutes, seconds = divmod(int(recorder.seconds), 60)
    kept = [name for name, wanted in zip(("picture", "sound"), recorder.wants) if wanted]
    st.html(
        RED_MARK.format(
            clock=f"{minutes}:{seconds:02d}",
            what=" and ".join(["labels", *kept]) if len(kept) < 2 else "labels, picture and sound",
        )
    )
    if recorder.error:
        st.warning(recorder.error)
    if recorder.left_out:
        st.caption(recorder.left_out)
    if recorder.finished.is_set():
        st.rerun()


def say_that_leaving_ended_it(page: str) -> None:
    """On the first page after Live was left while it recorded; the recording itself ends with its stream."""
    recorder: Recorder | None = st.session_state.get("recorder")
    if page and recorder is not None and not recorder.deleted and st.session_state.get(TOLD) != recorder.session_id:
        st.session_state[TOLD] = recorder.session_id
        st.toast(
            "Leaving Live ended the recording. What was recorded until then is kept: see **Sessions**.",
            icon=":material/stop_circle:",
            duration="long",
        )


def _say_what_was_kept() -> None:
    """After the end: which session was recorded."""
    recorder: Recorder | None = st.session_state.get("recorder")
    if recorder is None:
        return
    if not recorder.join(3):
        st.info("The recording is still being written …")
        return
    st.session_state.pop("recorder")
    if recorder.error:
        st.warning(recorder.error)
    if recorder.left_out and not recorder.deleted:
        st.warning(recorder.left_out)
    if not recorder.deleted:
        st.success(f"Session {recorder.session_id} was recorded. You find it on the Sessions page.")
