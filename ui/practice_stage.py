"""A practice round on the page: choose a target, start, watch it, and leave its result for the scores."""

from __future__ import annotations

import random
import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from emotion.labels import EMOJI
from emotion.realtime.practice_film import PracticePictures
from emotion.realtime.practice_round import (
    TARGETS,
    WINDOW_SECONDS,
    Result,
    Round,
    advance,
    phase,
    random_target,
    result_of,
)
from emotion.realtime.session import LiveSession
from ui.fragments import fragment
from ui.practice_overlay import overlay
from ui.practice_scores import ENDED, KEPT, MODELS, RESULT, VISIT, attempt_of
from ui.practice_setting import models_now
from ui.practice_views import meters, target_card
from ui.visitor import with_reason
from ui.webrtc import SOURCES

TARGET, ROUND = "practice-target", "practice-round"  # in the session's state


def choose_target(*, disabled: bool) -> str:
    """The emotion to act; at first a random one."""
    st.session_state.setdefault(TARGET, random_target(but="neutral", rng=random.Random()))
    return st.pills(
        "Target", TARGETS, key=TARGET, format_func=lambda t: f"{EMOJI[t]} {t}", disabled=disabled, required=True
    )


def drop_round_that_does_not_count(*, playing: bool) -> None:
    """End the round of a stream that stopped, or in which the models were changed, and say what to do."""
    if ROUND not in st.session_state:
        return
    if not playing:
        st.info("The stream stopped, so this round does not count. Press START, then “Start round”.")
    elif st.session_state.get(MODELS) != models_now():
        st.info("The models were changed, so this round does not count. Press “Start round” to begin again.")
    else:
        return
    del st.session_state[ROUND]


def draw_stage(
    session: LiveSession, target: str, *, source: str, over: DeltaGenerator, running: bool, playing: bool
) -> None:
    """The target with its meters, and the buttons.

    source: one of SOURCES; over: the place over the picture; running: a round goes on; playing: the stream does.
    """
    if session.practice_pictures is None:
        session.practice_pictures = PracticePictures()
    stage = st.container()
    buttons = st.container(horizontal=True)
    buttons.button(
        "Start round",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=running or not playing,
        on_click=_begin_round,
        args=(session, target, source),
        help=None if playing else "Press START first.",
    )
    buttons.button(
        "Random target", icon=":material/casino:", width="stretch", disabled=running, on_click=_choose_random_target
    )
    st.caption(
        f"After 3, 2, 1 you have {WINDOW_SECONDS:.0f} seconds. Show the emotion, and say any sentence in that way."
    )
    with stage:
        every_s = (0.25 if running else 0.5) if playing else None
        fragment(_follow_round, every_s=every_s)(session, target, over if playing else None)


def _choose_random_target() -> None:
    st.session_state[TARGET] = random_target(but=st.session_state.get(TARGET), rng=random.Random())


def _begin_round(session: LiveSession, target: str, source: str) -> None:
    """Start the countdown; the result of the round before disappears."""
    for key in (ROUND, RESULT, ENDED, KEPT):
        st.session_state.pop(key, None)
    used = tuple(m for m, chosen in zip(("face", "voice"), SOURCES[source]) if chosen)
    round_ = Round(target, session.snapshot().now_s, used=used)
    if session.practice_pictures is not None:
        session.practice_pictures.begin(round_.opens_s)
    st.session_state[ROUND], st.session_state[MODELS] = round_, models_now()


def _follow_round(session: LiveSession, target: str, over: DeltaGenerator | None) -> None:
    """The target, the clock, and how probable the target is right now; ends the round when its time is over."""
    s = session.snapshot()
    round_: Round | None = st.session_state.get(ROUND)
    if round_ is not None:
        st.session_state[ROUND] = round_ = advance(
            round_,
            now_s=s.now_s,
            moments=session.history(),
            face_reason=s.face_reason,
            voice_reason=s.voice_reason,
            face_hard=s.faces.main.why_hard if s.faces and s.faces.main else "",
            voice_hard=s.voice.why_hard if s.voice else "",
        )
        if phase(round_, s.now_s) == "over":
            del st.session_state[ROUND]
            _leave_result(session, result_of(round_))
            st.rerun()
    st.html(target_card(target) + meters(s, target, playing=over is not None))
    if over is not None:
        over.html(overlay(s, target, round_))
    if s.error:
        st.warning(with_reason("Something went wrong and the stream goes on", s.error))


def _leave_result(session: LiveSession, result: Result) -> None:
    """The result for the scores, the round for this visit's bests, its pictures to be shown beside the best ones."""
    ended_unix_s, models = time.time(), st.session_state[MODELS]
    st.session_state[RESULT], st.session_state[ENDED] = result, ended_unix_s
    if result.together.value is not None:
        st.session_state.setdefault(VISIT, []).append(attempt_of(result, at_unix_s=ended_unix_s, models=models))
    if session.practice_pictures is not None:
        session.practice_pictures.finish(result.target, value=result.together.value, models=models)
