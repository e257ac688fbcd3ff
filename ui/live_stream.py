"""The stream as a page sets it up: session, choice of camera and microphone, START and STOP. For Live and Practice."""

from __future__ import annotations

import streamlit as st
from streamlit_webrtc import WebRtcStreamerContext

from emotion.realtime.session import LiveSession, LiveSettings
from ui.kept_neutral import kept_person
from ui.models import can_tell_contempt, load_models
from ui.settings import settings
from ui.webrtc import SOURCES, insecure_host, is_playing, stream

DEFAULT_SOURCE = next(iter(SOURCES))
# the browser's own words are beside START; this says what to do about them
HELP = """
- **NotAllowedError, permission denied** – click the camera sign in the address bar, allow camera and microphone, then
  press START again. On macOS also: System Settings → Privacy & Security; on Windows: Settings → Privacy.
- **NotFoundError, device not found** – connect one, or choose “Camera only” or “Microphone only” above.
- **NotReadableError, could not start** – another program uses the camera or microphone; close it.
- **It stays at “starting”** – the network blocks WebRTC between browser and app. The **Capture** page does the same
  with a photo and a voice note. On a remote server set TURN credentials (docs/remote.md).
"""


def session_of(
    page: str, *, mode: str | None = None, smoothing_s: float | None = None, more_words: bool = False
) -> LiveSession:
    """The page's own session, with the sidebar's settings; mode and smoothing_s replace the sidebar's where given.

    more_words: whether contempt and calm are told; where the face model cannot tell contempt, the page says why.
    """
    chosen = settings()
    face_model, voice_model = load_models(chosen.face_model)
    key = f"{page}-session"
    if key not in st.session_state:
        st.session_state[key] = LiveSession(face_model, voice_model)
    session: LiveSession = st.session_state[key]
    session.use_face_model(face_model)
    session.use_voice_model(voice_model)
    session.person = kept_person(face_model, voice_model)
    session.settings = LiveSettings(
        mode=chosen.mode if mode is None else mode,
        smoothing_s=chosen.smoothing_s if smoothing_s is None else smoothing_s,
        max_faces=chosen.max_faces,
        mirror=chosen.mirror,
        adapt=chosen.adapt,
        more_words=more_words and can_tell_contempt(face_model),
    )
    return session


def say_where_camera_is_refused() -> None:
    """A message when the browser will not give the camera to this page, and what to do."""
    host = insecure_host(st.context.url)
    if host:
        st.error(
            "Browsers give camera and microphone only to pages on localhost or HTTPS, and this page came over plain "
            f"HTTP from {host}. Run the app on the machine with the camera, use HTTPS, or forward the port: "
            f"`ssh -L 8501:localhost:8501 {host}` and open http://localhost:8501."
        )


def stream_runs(page: str) -> bool:
    """Whether the page's stream runs, before this run has drawn it."""
    return is_playing(page, st.session_state.get(f"{page}-source") or DEFAULT_SOURCE)


def draw_stream(page: str, session: LiveSession) -> tuple[WebRtcStreamerContext, str]:
    """The choice of camera and microphone, START or STOP, and the picture. Returns the stream and the chosen source."""
    source = st.segmented_control(
        "Use",
        list(SOURCES),
        label_visibility="collapsed",  # it is read out; its grey while the stream runs is too faint to show
        default=DEFAULT_SOURCE,
        key=f"{page}-source",
        disabled=stream_runs(page),
        help="Press STOP to change it.",
    )
    source = source or DEFAULT_SOURCE
    with st.container(key=f"{page}-frame"):  # style.css gives it the shape of the picture from the first moment
        return stream(page, source, session), source


def draw_start_help(context: WebRtcStreamerContext) -> None:
    """How to begin, while the stream does not run."""
    if not context.state.playing:
        st.caption("Press START and allow the camera and the microphone.")
        with st.expander("It does not start?"):
            st.markdown(HELP)


def stop_without_stream(context: WebRtcStreamerContext, session: LiveSession) -> None:
    """End the session's threads when its stream is over."""
    if not context.state.playing and not context.state.signalling:
        session.stop()
