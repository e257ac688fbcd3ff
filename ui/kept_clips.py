"""The kept clips of one person's voice, for the pages: read and fitted once, not at every run of a page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from emotion.checkpoint import read_card
from emotion.paths import recordings_folder
from emotion.personal import Clips, PersonalVoice, PersonalVoiceError, clips_file, read_clips, write_clips
from emotion.predict import VOICE_MODELS, VoiceModel
from emotion.runner import ModelError


def kept_file(voice_model: str) -> Path:
    """Where the clips for this voice model are kept: beside the recordings."""
    return clips_file(recordings_folder(), voice_model)


def kept_clips(voice_model: str) -> Clips:
    """The clips kept on this machine for this voice model. Raises PersonalVoiceError if the file cannot be read."""
    try:
        weights_sha256 = read_card(VOICE_MODELS[voice_model])["sha256"]
    except (ModelError, KeyError):
        return Clips("")  # the page that needs the model says what is wrong with it
    path = kept_file(voice_model)
    try:
        now = path.stat()
    except FileNotFoundError:
        return Clips(weights_sha256)
    except OSError as e:
        raise PersonalVoiceError(f"{path} cannot be read ({e}); check the permissions of {path.parent}") from e
    return _read(str(path), now.st_mtime_ns, now.st_size, weights_sha256)


def keep_clips(voice_model: str, clips: Clips) -> None:
    """Write the clips for this voice model, or delete their file if there are none. Raises PersonalVoiceError.

    Nothing of the old clips stays in memory.
    """
    try:
        write_clips(kept_file(voice_model), clips)
    finally:
        for cached in (_read, _corrected, tried_out):
            cached.clear()


def delete_clips() -> None:
    """Delete all kept clips, those for every voice model. Raises PersonalVoiceError."""
    for voice_model in VOICE_MODELS:
        keep_clips(voice_model, Clips(""))


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


def models_with_clips() -> list[str]:
    """The voice models for which clips are kept."""
    return [voice_model for voice_model in VOICE_MODELS if kept_file(voice_model).exists()]


@st.cache_resource(show_spinner=False, max_entries=2)
def _read(path: str, modified_ns: int, size_bytes: int, weights_sha256: str) -> Clips:
    return read_clips(Path(path), weights_sha256)


@st.cache_resource(show_spinner="Adjusting the model to your voice …", max_entries=2)
def _corrected(mark: str, weights_sha256: str, _model: VoiceModel, _clips: Clips) -> PersonalVoice:
    return PersonalVoice(_model, _clips)


@st.cache_data(show_spinner="Trying out your clips …", max_entries=2)
def tried_out(mark: str, _clips: Clips) -> tuple[int, int, int]:
    """Clips.tried_out, once for these clips."""
    return _clips.tried_out()
