"""How the browser's camera and microphone reach this process."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import streamlit as st
from aiortc import codecs
from aiortc.codecs import vpx
from streamlit_webrtc import WebRtcMode, WebRtcStreamerContext, create_audio_sink_track, webrtc_streamer

from emotion.realtime.session import LiveSession
from ui.entry import STREAM_DRAWN

TURN_VARIABLES = ("CLOUDFLARE_TURN_KEY_ID", "TWILIO_ACCOUNT_SID", "HF_TOKEN")
SOURCES = {"Camera and microphone": (True, True), "Camera only": (True, False), "Microphone only": (False, True)}
# as the microphone gives it: the browser's processing gave the voice model nothing, clean or at 10 dB (evaluate browser, Results page)
SOUND = {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}
VIDEO = {"width": {"ideal": 640}, "height": {"ideal": 480}, "frameRate": {"ideal": 30}}
MESSAGES = {
    "media_api_not_available": "This page may not use camera or microphone: open it on http://localhost or through HTTPS.",
    "device_ask_permission": "Please allow the camera and the microphone in the browser's question.",
    "device_not_available": "No such camera or microphone.",
    "device_access_denied": "Permission was denied.",
}
# the browser's own words appear beside START; this says what to do about them
HELP = """
- **NotAllowedError, permission denied** – click the camera sign in the address bar, allow camera and microphone, press START again.
  On macOS also: System Settings → Privacy & Security; on Windows: Settings → Privacy.
- **NotFoundError, device not found** – plug one in, or choose “Camera only” or “Microphone only” above.
- **NotReadableError, could not start** – another program holds the camera or microphone; close it.
- **It stays at “starting”** – the network blocks WebRTC between browser and app. The **Capture** page does the same with a
  photo and a voice note. On a remote server set TURN credentials (README, Remote machines).
"""


def rtc_configuration() -> dict | None:
    """No servers at all by default, so media stays on this machine; with TURN credentials set, the library's own choice."""
    return None if any(os.environ.get(name) for name in TURN_VARIABLES) else {"iceServers": []}


def full_quality_on_this_machine() -> None:
    """Full picture quality both ways while media stays on this machine; a remote one keeps WebRTC's own caution.

    aiortc estimates the bandwidth from the times at which Python got to the packets. Beside two models that jitter reads
    as congestion, and the browser was told to send 30 to 300 kbit/s: faces under coarse blocks, often 320 x 240. Without
    abs-send-time no such estimate is made, and the browser goes by lost packets alone.
    """
    if rtc_configuration() is None:
        return
    extensions = codecs.HEADER_EXTENSIONS["video"]
    extensions[:] = [e for e in extensions if not e.uri.endswith("/abs-send-time")]
    for codec in codecs.CODECS["video"]:
        if not codecs.is_rtx(codec):
            codec.parameters["x-google-start-bitrate"] = vpx.MAX_BITRATE // 1000
    vpx.DEFAULT_BITRATE, vpx.MIN_BITRATE = vpx.MAX_BITRATE, 1_000_000  # the way back


full_quality_on_this_machine()


def constraints(source: str) -> dict:
    """getUserMedia constraints for one of SOURCES."""
    video, sound = SOURCES[source]
    return {"video": VIDEO if video else False, "audio": SOUND if sound else False}


def _key(page: str, source: str) -> str:
    return f"{page}-{source}"  # a component of its own for each choice: START can never act on the choice before


def is_playing(page: str, source: str) -> bool:
    """Whether the page's stream goes on, before this run has drawn it."""
    context = st.session_state.get(_key(page, source))
    return context is not None and context.state.playing


def stream(page: str, source: str, session: LiveSession) -> WebRtcStreamerContext:
    """Draw START or STOP and the picture; the browser's camera and microphone go into `session`, the picture comes back.

    The library ends a stream that two runs of the script have not drawn, since its page must have been left. But Streamlit counts a run
    when the browser is told of its end, on a busy machine of several at once, and hurried clicks would end the stream. So where this
    page drew it last, the library's count begins anew.
    """
    key = _key(page, source)
    if st.session_state.get(STREAM_DRAWN) == key:
        st.session_state[key]._last_rendered_run_count = None
    context = webrtc_streamer(
        key=key,
        mode=WebRtcMode.SENDRECV,
        rtc_configuration=rtc_configuration(),
        media_stream_constraints=constraints(source),
        async_processing=True,
        translations=MESSAGES,
        video_frame_callback=session.on_video,
        on_video_ended=session.on_ended,
        sink_audio_track=create_audio_sink_track(session.on_audio, key=f"{page}-microphone", on_ended=session.on_ended),
        video_html_attrs={
            "autoPlay": True,
            "controls": False,
            "muted": True,
            "playsInline": True,
            "style": {"width": "100%", "borderRadius": "0.6rem"},
        },
    )
    st.session_state[STREAM_DRAWN] = key
    return context


def insecure_host(url: str | None) -> str:
    """The host when the browser will refuse camera and microphone there (plain HTTP from another machine), else ""."""
    parts = urlsplit(url or "")
    local = parts.hostname in (None, "localhost", "127.0.0.1", "::1") or str(parts.hostname).endswith(".localhost")
    return "" if parts.scheme == "https" or local else str(parts.hostname)
