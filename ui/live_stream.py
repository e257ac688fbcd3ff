"""The stream as a page sets it up: session, choice of camera and microphone, START and STOP. For Live and Practice."""

from __future__ import annotations

import streamlit as st
from streamlit_webrtc import WebRtcStreamerContext

from emotion.person import NOBODY
from emotion.realtime.session import LiveSession, LiveSettings
from ui.first_check import CHECK_BUTTON, begin_check
from ui.kept_neutral import kept_person
from ui.models import can_tell_contempt, load_models
from ui.sample_clip import BUTTON, offer_sample
from ui.settings import settings
from ui.start_help import ALL_HELP, what_to_do
from ui.stream_frame import press_start, start_error
from ui.stream_limit import count_stream
from ui.stream_source import DEFAULT_SOURCE, choose_source, chosen_source, draw_choice, use_sample
from ui.webrtc import SAMPLE, insecure_host, is_playing, stream


def session_of(
    page: str, *, mode: str | None = None, smoothing_s: float | None = None, more_words: bool = False
) -> LiveSession:
    """The page's own session, with the sidebar's settings; mode and smoothing_s replace the sidebar's where given.

    more_words: whether contempt and calm are told; where the face model cannot tell contempt, the page says why.
    """
    chosen, sample = settings(), chosen_source(page) == SAMPLE
    face_model, voice_model = load_models(chosen.face_model)
    key = f"{page}-session"
    if key not in st.session_state:
        st.session_state[key] = LiveSession(face_model, voice_model)
    session: LiveSession = st.session_state[key]
    count_stream(session)
    # scores of a practice round belong to one model, so there none gives way
    faster = load_models("fast")[0] if page == "live" and chosen.face_model != "fast" else None
    session.use_face_model(face_model, spare=faster)
    session.use_voice_model(voice_model)
    session.person = NOBODY if sample else kept_person(face_model, voice_model)
    session.settings = LiveSettings(
        mode=chosen.mode if mode is None else mode,
        smoothing_s=chosen.smoothing_s if smoothing_s is None else smoothing_s,
        max_faces=chosen.max_faces,
        mirror=chosen.mirror and not sample,
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
    return is_playing(page, chosen_source(page))


def draw_stream(page: str, session: LiveSession, *, sample: bool = False) -> tuple[WebRtcStreamerContext, str]:
    """The choice of camera and microphone, START or STOP, and the picture. Returns the stream and the chosen source.

    sample: whether the sample clip is among the choices.
    """
    source = draw_choice(page, sample=sample, disabled=stream_runs(page))
    with st.container(key=f"{page}-frame"):  # style.css gives it the shape of the picture from the first moment
        context = stream(page, source, session)
    return context, source


def draw_start_help(context: WebRtcStreamerContext, page: str, *, sample: bool = False) -> None:
    """How to begin, while the stream does not run; what to do about it where the browser refuses."""
    error = start_error(page)
    if context.state.playing:
        return
    if help_now := what_to_do(error):
        st.warning(help_now)
        if not sample:
            offer_sample(page)
    elif not context.state.signalling:
        st.caption("Press START and allow the camera and the microphone.")
    if sample:
        with st.container(horizontal=True):
            st.button(
                CHECK_BUTTON,
                icon=":material/fact_check:",
                on_click=ask_for_check,
                args=(page,),
                help="Starts with a look at light, size of the face and level of the microphone: two seconds each.",
            )
            st.button(BUTTON, icon=":material/smart_display:", on_click=use_sample, args=(page,))
    if not help_now:
        with st.expander("It does not start?"):
            st.markdown(ALL_HELP)


def ask_for_check(page: str) -> None:
    """Begin the stream with the check."""
    if chosen_source(page) == SAMPLE:
        choose_source(page, DEFAULT_SOURCE)
    begin_check()
    press_start(page)


def stop_without_stream(context: WebRtcStreamerContext, session: LiveSession) -> None:
    """End the session's threads when its stream is over."""
    if not context.state.playing and not context.state.signalling:
        session.stop()
