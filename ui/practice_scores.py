"""Practice scores: kept on this machine if the person wants it, compared with earlier ones, deleted."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import streamlit as st

from emotion.labels import EMOJI
from emotion.personal import PersonalVoice
from emotion.realtime.practice_round import MODALITIES, Result, new_bests, personal_bests
from emotion.timeline.store import Store
from ui.models import load_models
from ui.practice_views import draw_result
from ui.settings import settings
from ui.time_zone import local_zone

KEEP, KEEP_WIDGET = "keep_scores", "practice-keep"  # in the session's state: the choice, and its switch on this page
KEPT = "practice-kept"  # the modalities with a new best score, of a result that is kept


def models_now() -> str:
    """Tells one pair of models from another, a corrected voice by its clips, and whether they adapt (40 characters).

    Scores of different models cannot be compared.
    """
    face_model, voice_model = load_models(settings().face_model)
    adapted = ["a"] if settings().adapt else []
    corrected = [voice_model.clips.mark] if isinstance(voice_model, PersonalVoice) else []
    return "+".join([face_model.card["sha256"][:12], voice_model.card["sha256"][:12], *adapted, *corrected])


def draw_keep_switch() -> bool:
    """The switch for keeping scores; its value survives a change of page."""
    st.session_state.setdefault(KEEP_WIDGET, st.session_state.get(KEEP, False))
    st.session_state[KEEP] = st.toggle(
        "Keep my scores on this machine",
        key=KEEP_WIDGET,
        help="Off: a score is gone when you leave. On: target, the three percentages and the time are stored here, for "
        "the round shown and those that follow – never picture or sound.",
    )
    return st.session_state[KEEP]


def draw_scores(store: Store, result: Result | None, *, ended_unix_s: float | None, keep: bool) -> None:
    """The result of the last round, if there is one, and the best scores. Writes the result once if `keep`."""
    models = models_now()
    attempts = store.attempts()
    if result is not None:
        bests = st.session_state.get(KEPT)
        if bests is None:
            bests = new_bests(attempts[attempts["models"] == models], result)
            if keep and result.together.value is not None:
                store.add_attempt(
                    at_unix_s=ended_unix_s,
                    target=result.target,
                    models=models,
                    face=result.face.value,
                    voice=result.voice.value,
                    together=result.together.value,
                )
                st.session_state[KEPT] = bests
                attempts = store.attempts()
        draw_result(result, bests=bests)
        st.caption("Kept on this machine." if KEPT in st.session_state else "Not kept.")
    _draw_bests(store, attempts, models)


def _draw_bests(store: Store, attempts: pd.DataFrame, models: str) -> None:
    """The best score per target and modality with the present models, its day, and a button to delete all scores."""
    st.subheader("Personal bests", anchor=False)
    if not len(attempts):
        st.caption("No scores are kept on this machine.")
        return
    present = attempts[attempts["models"] == models]
    if len(present) < len(attempts):
        st.caption(
            f"Rounds with the models chosen now. {len(attempts) - len(present)} with other models are not shown, "
            "because their scores cannot be compared."
        )
    zone, bests = local_zone(), personal_bests(present)

    def shown(score: float, at_unix_s: float) -> str:
        return "–" if pd.isna(score) else f"{score:.0%} ({datetime.fromtimestamp(at_unix_s, zone):%Y-%m-%d})"

    table = pd.DataFrame({"target": [f"{EMOJI[t]} {t}" for t in bests["target"]]})
    for m in MODALITIES:
        table[m] = [shown(score, at) for score, at in zip(bests[m], bests[f"{m}_at_unix_s"])]
    table["rounds"] = bests["rounds"]
    st.dataframe(table, hide_index=True, width="stretch", key="practice-bests")
    if st.button("Delete my scores", icon=":material/delete:"):
        _confirm_delete(store)


@st.dialog("Delete all scores?")
def _confirm_delete(store: Store) -> None:
    """Ask once, then delete."""
    st.write("All practice scores on this machine. This cannot be undone.")
    if st.button("Delete", type="primary"):
        store.delete_attempts()
        st.rerun()
