"""Live: camera and microphone in, labels out, several times a second."""

import streamlit as st

from emotion.labels import FACE_LABELS, VOICE_LABELS, valence_arousal
from emotion.realtime.session import HISTORY_SECONDS, LiveSession, LiveSettings, Snapshot
from ui.charts import circumplex_svg, timeline_svg
from ui.consent import consent_given
from ui.entry import through_app
from ui.kept_clips import nothing_kept, voice_note
from ui.models import load_models
from ui.panels import STYLE, readout, vitals
from ui.recording import note_settings, record_controls
from ui.settings import settings
from ui.webrtc import HELP, SOURCES, insecure_host, is_playing, stream

DEFAULT_SOURCE = next(iter(SOURCES))
TRAIL = 40  # moments of the path through valence and arousal


def live_session() -> LiveSession:
    """This browser session's stream, with the sidebar's settings applied."""
    chosen = settings()
    face_model, voice_model = load_models(chosen.face_model)
    if "live" not in st.session_state:
        st.session_state["live"] = LiveSession(face_model, voice_model)
    session: LiveSession = st.session_state["live"]
    session.use_face_model(face_model)
    session.use_voice_model(voice_model)
    session.settings = LiveSettings(
        mode=chosen.mode, smoothing_s=chosen.smoothing_s, max_faces=chosen.max_faces, mirror=chosen.mirror
    )
    return session


def draw_readouts(session: LiveSession) -> None:
    """Figures and one readout per judgement."""
    s: Snapshot = session.snapshot()
    main = s.faces.main if s.faces and not s.face_reason else None
    voice = s.voice if not s.voice_reason else None
    age = "–" if s.label_age_ms is None else f"{s.label_age_ms:.0f} ms"
    html = STYLE + vitals(
        {
            "frames/s": f"{s.fps:.0f}",
            "label age": age,
            "frames not judged": f"{s.frames_skipped} of {s.frames}",
            "face": "in use" if not s.face_reason else s.face_reason,
            "voice": "in use" if not s.voice_reason else s.voice_reason,
        }
    )
    if s.mode == "hybrid":
        fused = s.together
        weights = "" if fused is None else ", ".join(f"{m} × {w:.2f}" for m, w in fused.weights.items() if w)
        html += readout(
            "Together",
            None if fused is None else fused.probs,
            FACE_LABELS,
            reason="neither face nor voice" if s.face_reason != "starting" else "starting",
            note="" if fused is None else f"{fused.reason} ({weights})",
        )
    html += readout(
        "Face",
        None if main is None else main.probs,
        FACE_LABELS,
        reason=s.face_reason,
        note=""
        if main is None or len(s.faces.faces) < 2
        else f"the largest of {len(s.faces.faces)} faces, #{main.track}",
    )
    html += readout(
        "Voice",
        None if voice is None else voice.probs,
        VOICE_LABELS,
        reason=s.voice_reason,
        note=voice_note(session.voice_model),
    )
    st.html(html)
    if s.error:
        st.warning(f"Something went wrong and the stream goes on: {s.error}")


def draw_history(session: LiveSession) -> None:
    """The last minute, and the path through valence and arousal."""
    moments = session.history()
    hybrid = session.settings.mode == "hybrid"
    shown = (
        [("Together", "together", FACE_LABELS)]
        if hybrid
        else [("Face", "face", FACE_LABELS), ("Voice", "voice", VOICE_LABELS)]
    )
    left, right = st.columns([3, 2])
    with left:
        for title, name, labels in shown:
            st.caption(f"Last {HISTORY_SECONDS:.0f} s – {title}")
            st.markdown(
                timeline_svg([(m.time_s, getattr(m, name)) for m in moments], labels, span_s=HISTORY_SECONDS),
                unsafe_allow_html=True,
            )  # st.html drops SVG
    with right:
        st.caption("Valence and arousal: the words' places, weighted by the answer")
        trail = [
            valence_arousal(p, labels) for m in moments[-TRAIL:] for p, labels in [_best_of(m, hybrid)] if p is not None
        ]
        st.markdown(circumplex_svg(trail), unsafe_allow_html=True)


def _best_of(moment, hybrid: bool):
    """The distribution the circumplex follows: Together in Hybrid, else the face, else the voice."""
    if hybrid:
        return moment.together, FACE_LABELS
    return (moment.face, FACE_LABELS) if moment.face is not None else (moment.voice, VOICE_LABELS)


through_app()
st.title("Live")
if not consent_given():
    st.stop()

host = insecure_host(st.context.url)
if host:
    st.error(
        f"Browsers give camera and microphone only to pages on localhost or HTTPS, and this one came over plain HTTP from "
        f"{host}. Run the app on the machine with the camera, put HTTPS in front of it, or forward the port: "
        f"`ssh -L 8501:localhost:8501 {host}` and open http://localhost:8501."
    )

session = live_session()
video_side, answer_side = st.columns([3, 2])
with video_side:
    playing = is_playing("live", st.session_state.get("source") or DEFAULT_SOURCE)
    source = (
        st.segmented_control(
            "Use",
            list(SOURCES),
            default=DEFAULT_SOURCE,
            key="source",
            disabled=playing,
            help="Press STOP to change it.",
        )
        or DEFAULT_SOURCE
    )
    context = stream("live", source, session)
    camera, microphone = SOURCES[source]
    note_settings(session)
    record_controls(session, playing=context.state.playing, camera=camera, microphone=microphone)
    if not context.state.playing:
        st.caption("Press START and allow the camera and the microphone.")
        with st.expander("It does not start?"):
            st.markdown(HELP)
if not context.state.playing and not context.state.signalling:
    session.stop()

with answer_side:
    st.fragment(draw_readouts, run_every=0.5 if context.state.playing else None)(session)
    if nothing_kept():
        st.caption("Wrong on your voice? Teach it on the page My voice.")
st.fragment(draw_history, run_every=1.0 if context.state.playing else None)(session)
