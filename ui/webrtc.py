"""How the browser's camera and microphone reach this process."""

from __future__ import annotations

import os
from collections.abc import Callable
from urllib.parse import urlsplit

import streamlit as st
from streamlit_webrtc import WebRtcMode, WebRtcStreamerContext, create_audio_sink_track, webrtc_streamer

from emotion.realtime.session import LiveSession
from ui.aiortc_internals import keep_newest_pictures, make_no_bandwidth_estimate, start_at_full_bitrate
from ui.entry import STREAM_DRAWN
from ui.sample_clip import sample_player
from ui.streamlit_internals import give_back_memory_soon
from ui.streamlit_webrtc_internals import forget_missed_runs, keep_addresses_out_of_the_log

OWN_TURN_VARIABLES = ("EMOTION_TURN_URL", "EMOTION_TURN_USER", "EMOTION_TURN_PASSWORD")
RELAY_ONLY_VARIABLE = "EMOTION_ICE_RELAY_ONLY"
TURN_VARIABLES = ("CLOUDFLARE_TURN_KEY_ID", "TWILIO_ACCOUNT_SID", "HF_TOKEN")
SOURCES = {"Camera and microphone": (True, True), "Camera only": (True, False), "Microphone only": (False, True)}
SAMPLE = "Sample clip"  # beside them: no camera and no microphone, the clip is played into the same callbacks
# unchanged sound of the microphone: the browser's processing gave the voice model nothing, neither on clean sound nor
# with noise 10 dB below the voice (evaluate browser; see the Results page)
SOUND = {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}
VIDEO = {"width": {"ideal": 640}, "height": {"ideal": 480}, "frameRate": {"ideal": 30}}
MESSAGES = {
    "media_api_not_available": "This page may not use camera or microphone: "
    "open it on http://localhost or through HTTPS.",
    "device_ask_permission": "Please allow the camera and the microphone in the browser's question.",
    "device_not_available": "No such camera or microphone.",
    "device_access_denied": "Permission was denied.",
}


class TurnError(Exception):
    """The settings of a TURN server cannot be used; the message says what to set."""


def rtc_configuration() -> dict | None:
    """For both ends. No servers at all by default, so media stays on this machine; else the TURN server of one's own.

    None: the library's own choice, with the credentials of a hosted service. With EMOTION_ICE_RELAY_ONLY the browser
    goes through its TURN server even where a shorter way is open. Raises TurnError where the settings are not whole.
    """
    url, user, password = (os.environ.get(name, "") for name in OWN_TURN_VARIABLES)
    if not (url or user or password):
        return None if any(os.environ.get(name) for name in TURN_VARIABLES) else {"iceServers": []}
    if not (url and user and password):
        raise TurnError(f"For your own TURN server set all three of {', '.join(OWN_TURN_VARIABLES)}.")
    if not url.startswith(("turn:", "turns:")):
        raise TurnError(f"{OWN_TURN_VARIABLES[0]} is turn:HOST:3478 or turns:HOST:5349?transport=tcp, got {url!r}.")
    only_relay = {"iceTransportPolicy": "relay"} if os.environ.get(RELAY_ONLY_VARIABLE) == "1" else {}
    return {"iceServers": [{"urls": [url], "username": user, "credential": password}], **only_relay}


def constraints(source: str) -> dict:
    """getUserMedia constraints for one of SOURCES."""
    video, sound = SOURCES[source]
    return {"video": VIDEO if video else False, "audio": SOUND if sound else False}


def _key(page: str, source: str) -> str:
    return f"{page}-{source}"  # each choice has its own component, so START never uses the choice before


def is_playing(page: str, source: str) -> bool:
    """Whether the page's stream runs, before this run has drawn it."""
    context = st.session_state.get(_key(page, source))
    return context is not None and context.state.playing


def stream(page: str, source: str, session: LiveSession) -> WebRtcStreamerContext:
    """Draw START or STOP and the picture; camera and microphone go into `session`, the picture comes back."""
    keep_addresses_out_of_the_log()
    keep_newest_pictures()
    try:
        configuration = rtc_configuration()
    except TurnError as e:
        st.error(f"{e} Until then the stream looks for a direct way (docs/remote.md).")
        configuration = {"iceServers": []}
    if configuration == {"iceServers": []}:  # over another network WebRTC's own care for slow connections is kept
        make_no_bandwidth_estimate()
        start_at_full_bitrate()
    key = _key(page, source)
    if st.session_state.get(STREAM_DRAWN) == key:
        forget_missed_runs(st.session_state[key])
    context = webrtc_streamer(
        key=key,
        rtc_configuration=configuration,
        async_processing=True,
        translations=MESSAGES,
        video_frame_callback=session.on_video,
        on_video_ended=_ended(session),
        video_html_attrs={
            "autoPlay": True,
            "controls": source == SAMPLE,  # its sound can be switched on
            "muted": True,
            "playsInline": True,
            "style": {"width": "100%", "borderRadius": "0.6rem"},
        },
        **(_from_sample(session) if source == SAMPLE else _from_devices(page, source, session)),
    )
    st.session_state[STREAM_DRAWN] = key
    return context


def _ended(session: LiveSession) -> Callable[[], None]:
    """What is to be done when the browser's picture or sound has ended."""

    def ended() -> None:
        session.on_ended()
        give_back_memory_soon()

    return ended


def _from_devices(page: str, source: str, session: LiveSession) -> dict:
    sink = create_audio_sink_track(session.on_audio, key=f"{page}-microphone", on_ended=_ended(session))
    return {
        "mode": WebRtcMode.SENDRECV,
        "media_stream_constraints": constraints(source),
        "sink_audio_track": sink,
    }


def _from_sample(session: LiveSession) -> dict:
    return {"mode": WebRtcMode.RECVONLY, "player_factory": lambda: sample_player(session.on_audio)}


def insecure_host(url: str | None) -> str:
    """The host where the browser will refuse camera and microphone (plain HTTP from another machine), else ""."""
    parts = urlsplit(url or "")
    local = parts.hostname in (None, "localhost", "127.0.0.1", "::1") or str(parts.hostname).endswith(".localhost")
    return "" if parts.scheme == "https" or local else str(parts.hostname)
