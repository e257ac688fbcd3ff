"""The sample clip: for whoever has no camera at hand, or wants to see first what the program does."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import av
import streamlit as st
from aiortc import MediaStreamTrack
from aiortc.contrib.media import MediaPlayer

from ui.aiortc_internals import SteadyPlayer

PATH = Path(__file__).parent / "sample" / "sample.mp4"  # whence it comes: sample/README.md
REPEATS = 2000  # of ten seconds
ASKED_FOR = "sample-asked-for"  # in the session's state: the Live page is to play it
BUTTON = "Try a sample clip"
CREDIT = (
    "The sample: an actor plays neutral, surprise, sad. RAVDESS, Livingstone & Russo 2018, CC BY-NC-SA 4.0. Clips of "
    "this actor were in the voice models’ training, so it shows how the app works, not how good it is."
)


def sample_player(heard: Callable[[av.AudioFrame], None] | None = None) -> MediaPlayer:
    """The clip as tracks for a stream, in real time, again and again for hours.

    heard: gets each piece of sound when it is due, on the event loop, however late the sound is sent to the browser.
    FFmpeg's list of files keeps the time stamps going; MediaPlayer's own loop ends after the first round with PyAV 18.
    """
    name = PATH.as_posix().replace("'", r"'\''")
    files = io.BytesIO(("ffconcat version 1.0\n" + f"file '{name}'\n" * REPEATS).encode())
    player = SteadyPlayer(files, format="concat", options={"safe": "0"})
    if heard is not None:
        _give_to(heard, player.audio)
    return player


def _give_to(heard: Callable[[av.AudioFrame], None], track: MediaStreamTrack) -> None:
    """Each frame that somebody receives of the track goes to `heard` too."""
    receive = track.recv

    async def receive_and_give():
        frame = await receive()
        heard(frame)
        return frame

    setattr(track, "recv", receive_and_give)  # noqa: B010, for mypy a method is no attribute


def offer_sample(key: str) -> None:
    """A button on a page that is empty so far: it opens Live and plays the clip."""
    if st.button(BUTTON, icon=":material/smart_display:", key=f"{key}-sample"):
        st.session_state[ASKED_FOR] = True
        st.switch_page("pages/live.py")
