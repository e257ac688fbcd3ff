"""The kept clips of one person's voice, for the pages: read and fitted once, not at every run of a page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from emotion.checkpoint import read_card
from emotion.paths import recordings_folder
from emotion.personal import FILE_NAME, Clips, PersonalVoice, PersonalVoiceError, read_clips, write_clips
from emotion.predict import VOICE_MODELS, VoiceModel
from emotion.runner import ModelError


def kept_file() -> Path:
    """Where the clips are kept: beside the recordings."""
    return recordings_folder() / FILE_NAME


def kept_clips(voice_model: str) -> Clips:
    """The clips kept on this machine for this voice model. Raises PersonalVoiceError if the file cannot be read."""
    try:
        weights_sha256 = read_card(VOICE_MODELS[voice_model])["sha256"]
    except (ModelError, KeyError):
        return Clips("")  # the page that needs the model says what is wrong with it
    path = kept_file()
    try:
        now = path.stat()
    except FileNotFoundError:
        return Clips(weights_sha256)
    except OSError as e:
        raise PersonalVoiceError(f"{path} cannot be read ({e}); check the permissions of {path.parent}") from e
    return _read(str(path), now.st_mtime_ns, now.st_size, weights_sha256)


def keep_clips(clips: Clips) -> None:
    """Write the clips, or delete the file if there are none. Raises PersonalVoiceError.

    Nothing of the old clips stays in memory.
    """
    try:
        write_clips(recordings_folder(), clips)
    finally:
        for cached in (_read, _corrected, tried_out):
            cached.clear()


def personal_voice(voice_model: str, model: VoiceModel) -> VoiceModel | PersonalVoice:
    """The voice model with the kept clips; as shipped if they are too few or cannot be read (the sidebar says so)."""
    try:
        clips = kept_clips(voice_model)
        return _corrected(clips.mark, model.card["sha256"], model, clips) if clips.enough else model
    except PersonalVoiceError:
        return model


def voice_note(model: VoiceModel | PersonalVoice) -> str:
    """The note under a voice readout: that the person's clips are in use, or nothing."""
    return f"with your {len(model.clips)} clips" if isinstance(model, PersonalVoice) else ""


def nothing_kept() -> bool:
    """Whether no clips are kept yet."""
    return not kept_file().exists()


@st.cache_resource(show_spinner=False, max_entries=2)
def _read(path: str, modified_ns: int, size_bytes: int, weights_sha256: str) -> Clips:
    return read_clips(Path(path).parent, weights_sha256)


@st.cache_resource(show_spinner=False, max_entries=2)
def _corrected(mark: str, weights_sha256: str, _model: VoiceModel, _clips: Clips) -> PersonalVoice:
    return PersonalVoice(_model, _clips)


@st.cache_data(show_spinner=False, max_entries=2)
def tried_out(mark: str, _clips: Clips) -> tuple[int, int, int]:
    """Clips.tried_out, once for these clips."""
    return _clips.tried_out()
