"""A practice round on the page: choose a target, start, watch it, and leave its result for the scores."""

from __future__ import annotations

import random
import time

import streamlit as st

from emotion.labels import EMOJI
from emotion.realtime.practice_round import (
    TARGETS,
    WINDOW_SECONDS,
    Round,
    advance,
    phase,
    random_target,
    result_of,
)
from emotion.realtime.session import LiveSession
from ui.practice_scores import KEPT
from ui.practice_views import clock, meters, target_card

TARGET = "practice-target"  # in the session's state, as those below
ROUND, RESULT, ENDED = "practice-round", "practice-result", "practice-ended_unix_s"


def choose_target(*, disabled: bool) -> str:
    """The emotion to act; at first a random one."""
    st.session_state.setdefault(TARGET, random_target(but="neutral", rng=random.Random()))
    return st.pills(
        "Target", TARGETS, key=TARGET, format_func=lambda t: f"{EMOJI[t]} {t}", disabled=disabled, required=True
    )


def draw_stage(session: LiveSession, target: str, *, running: bool, playing: bool) -> None:
    """The target with its clock, and the buttons. running: a round goes on; playing: the stream does."""
    stage = st.container()
    buttons = st.container(horizontal=True)
    buttons.button(
        "Start round",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=running or not playing,
        on_click=_begin_round,
        args=(session, target),
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
        st.fragment(_follow_round, run_every=every_s)(session, target)


def _choose_random_target() -> None:
    st.session_state[TARGET] = random_target(but=st.session_state.get(TARGET), rng=random.Random())


def _begin_round(session: LiveSession, target: str) -> None:
    """Start the countdown; the result of the round before disappears."""
    for key in (ROUND, RESULT, ENDED, KEPT):
        st.session_state.pop(key, None)
    st.session_state[ROUND] = Round(target, session.snapshot().now_s)


def _follow_round(session: LiveSession, target: str) -> None:
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
    st.html(target_card(target, clock(round_, s.now_s)) + meters(s, target))
    if s.error:
        st.warning(f"Something went wrong and the stream goes on: {s.error}")
