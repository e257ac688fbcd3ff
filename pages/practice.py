"""Practice: act an emotion and see what the models make of it."""

import random
import time
from datetime import datetime

import pandas as pd
import streamlit as st

from emotion.judge import SMOOTHING_S
from emotion.labels import EMOJI
from emotion.personal import PersonalVoice
from emotion.realtime.practice_round import (
    MODALITIES,
    TARGETS,
    VOICE_FROM_SECONDS,
    WINDOW_SECONDS,
    Result,
    Round,
    advance,
    draw_target,
    new_bests,
    personal_bests,
    phase,
    result_of,
)
from emotion.realtime.session import LiveSession, LiveSettings
from emotion.timeline.store import Store
from ui.consent import consent_given
from ui.day_charts import local_zone
from ui.entry import through_app
from ui.models import load_models
from ui.practice_views import LOOK, clock, draw_result, meters, target_card
from ui.settings import settings
from ui.shared_store import shared_store
from ui.webrtc import HELP, SOURCES, insecure_host, is_playing, stream

DEFAULT_SOURCE = next(iter(SOURCES))
HELD = "practice-round", "practice-result", "practice-kept", "practice-ended_unix_s"  # in session_state
ROUND, RESULT, KEPT, ENDED = HELD


def practice_session() -> LiveSession:
    """This page's own stream, apart from the Live page's."""
    chosen = settings()
    face_model, voice_model = load_models(chosen.face_model)
    if "practice-live" not in st.session_state:
        st.session_state["practice-live"] = LiveSession(face_model, voice_model)
    session: LiveSession = st.session_state["practice-live"]
    session.use_face_model(face_model)
    session.use_voice_model(voice_model)
    # the same smoothing in every round, whatever the sidebar says: a best is to be beaten by acting
    session.settings = LiveSettings(
        mode="hybrid", smoothing_s=SMOOTHING_S, max_faces=chosen.max_faces, mirror=chosen.mirror
    )
    return session


def models_now() -> str:
    """Tells one pair of models from another, and a corrected voice by its clips: scores compare only within it. At most 40 characters."""
    face_model, voice_model = load_models(settings().face_model)
    corrected = [voice_model.clips.mark] if isinstance(voice_model, PersonalVoice) else []
    return "+".join([face_model.card["sha256"][:12], voice_model.card["sha256"][:12], *corrected])


# --- the round, as it goes on ---


def begin_round(session: LiveSession, target: str) -> None:
    """Start counting down; what the last round showed goes away."""
    for key in HELD:
        st.session_state.pop(key, None)
    st.session_state[ROUND] = Round(target, session.snapshot().now_s)


def draw_stage(session: LiveSession, target: str) -> None:
    """The target, the clock, and how probable the target is right now; ends the round when its time is over."""
    s = session.snapshot()
    round_: Round | None = st.session_state.get(ROUND)
    if round_ is not None:
        st.session_state[ROUND] = round_ = advance(
            round_, now_s=s.now_s, moments=session.history(), face_reason=s.face_reason, voice_reason=s.voice_reason
        )
        if phase(round_, s.now_s) == "over":
            del st.session_state[ROUND]
            st.session_state[RESULT], st.session_state[ENDED] = result_of(round_), time.time()
            st.rerun()
    st.html(LOOK + target_card(target, clock(round_, s.now_s)) + meters(s, target))
    if s.error:
        st.warning(f"Something went wrong and the stream goes on: {s.error}")


# --- scores on this machine ---


def draw_bests(store: Store, attempts: pd.DataFrame, models: str) -> None:
    """The best score per target and modality with the present models and its day, and the way to be rid of all scores."""
    st.subheader("Personal bests", anchor=False)
    if not len(attempts):
        st.caption("No scores are kept on this machine.")
        return
    present = attempts[attempts["models"] == models]
    if len(present) < len(attempts):
        st.caption(
            f"Rounds with the models chosen now; {len(attempts) - len(present)} with other models stay apart, for their scores do not compare."
        )
    zone, bests = local_zone(), personal_bests(present)
    when = lambda unix_s: f"{datetime.fromtimestamp(unix_s, zone):%Y-%m-%d}"  # noqa: E731
    shown = pd.DataFrame(
        {
            "target": [f"{EMOJI[t]} {t}" for t in bests["target"]],
            **{
                m: ["–" if pd.isna(v) else f"{v:.0%} ({when(at)})" for v, at in zip(bests[m], bests[f"{m}_at_unix_s"])]
                for m in MODALITIES
            },
            "rounds": bests["rounds"],
        }
    )
    st.dataframe(shown, hide_index=True, width="stretch", key="practice-bests")
    if st.button("Delete my scores", icon=":material/delete:"):
        confirm_delete(store)


@st.dialog("Delete all scores?")
def confirm_delete(store: Store) -> None:
    """Ask once, then delete."""
    st.write("All practice scores on this machine. This cannot be undone.")
    if st.button("Delete", type="primary"):
        store.delete_attempts()
        st.rerun()


through_app()
st.title("Practice")
st.caption(
    "Act an emotion and see what the models make of it. The score says how far your expression met **the models’ idea** of an acted "
    "emotion, learned from posed photos and actors – not how well you act, and not what you feel."
)
if not consent_given():
    st.stop()

host = insecure_host(st.context.url)
if host:
    st.error(
        f"Browsers give camera and microphone only to pages on localhost or HTTPS, and this one came over plain HTTP from {host}. "
        "The Live page says what to do."
    )

session = practice_session()
playing = is_playing("practice", st.session_state.get("practice-source") or DEFAULT_SOURCE)
if not playing and st.session_state.pop(ROUND, None) is not None:
    st.info("The stream stopped, so this round does not count.")
running = ROUND in st.session_state


def draw_lot() -> None:
    """Choose a target at random."""
    st.session_state["practice-target"] = draw_target(but=st.session_state.get("practice-target"), rng=random.Random())


st.session_state.setdefault("practice-target", draw_target(but="neutral", rng=random.Random()))
target = st.pills(
    "Target", TARGETS, key="practice-target", format_func=lambda t: f"{EMOJI[t]} {t}", disabled=running, required=True
)
video_side, stage_side = st.columns([3, 2])
with video_side:
    source = (
        st.segmented_control(
            "Use",
            list(SOURCES),
            default=DEFAULT_SOURCE,
            key="practice-source",
            disabled=playing,
            help="Press STOP to change it.",
        )
        or DEFAULT_SOURCE
    )
    context = stream("practice", source, session)
    if not context.state.playing:
        st.caption("Press START and allow the camera and the microphone.")
        with st.expander("It does not start?"):
            st.markdown(HELP)
if not context.state.playing and not context.state.signalling:
    session.stop()

with stage_side:
    stage = st.container()
    buttons = st.container(horizontal=True)
    buttons.button(
        "Start round",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=running or not context.state.playing,
        on_click=begin_round,
        args=(session, target),
        help=None if context.state.playing else "Press START first.",
    )
    buttons.button(
        "Surprise me",
        icon=":material/casino:",
        width="stretch",
        disabled=running,
        on_click=draw_lot,
        help="Draw a target at random.",
    )
    st.caption(f"After 3, 2, 1 act for {WINDOW_SECONDS:.0f} seconds: show it, and say any sentence that way.")
with stage:
    st.fragment(draw_stage, run_every=(0.25 if running else 0.5) if context.state.playing else None)(session, target)

store = shared_store()
if store is None:
    st.stop()
st.session_state.setdefault("practice-keep", st.session_state.get("keep_scores", False))
keep = st.session_state["keep_scores"] = st.toggle(
    "Keep my scores on this machine",
    key="practice-keep",
    help="Off: a score is gone when you leave. On: target, the three percentages and the time are stored here, for the round shown and "
    "those that follow – never picture or sound.",
)
models = models_now()
attempts = store.attempts()
result: Result | None = st.session_state.get(RESULT)
if result is not None:
    if KEPT not in st.session_state:
        bests = new_bests(attempts[attempts["models"] == models], result)
        if keep and result.both.value is not None:
            store.add_attempt(
                at_unix_s=st.session_state[ENDED],
                target=result.target,
                models=models,
                face=result.face.value,
                voice=result.voice.value,
                both=result.both.value,
            )
            st.session_state[KEPT] = bests  # which were new when it was kept
            attempts = store.attempts()
    else:
        bests = st.session_state[KEPT]
    draw_result(result, bests=bests)
    st.caption("Kept on this machine." if KEPT in st.session_state else "Not kept.")
draw_bests(store, attempts, models)
with st.expander("How the score is made"):
    st.markdown(f"""
- **Face** and **voice**: the mean probability that each model gave to the target over the {WINDOW_SECONDS:.0f} seconds, each half second
  counting alike. **Both**: the same of their joint answer. A voice that sounds *calm* counts as neutral.
- The voice model listens to the last 3 seconds, so its answers of the first {VOICE_FROM_SECONDS:g} s are left out: they heard the countdown.
- Half seconds without an answer (no face, silence) are left out too; with less than a third judged there is no score.
- Scores compare only with the same models, so each face model (sidebar) has bests of its own, and so has the voice model with every set of
  your own clips (My voice). The hints describe how such expressions are usually posed; real
  ones, and yours, may be different.
""")
