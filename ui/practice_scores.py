"""Practice scores: kept on this machine if the person wants it, compared with earlier ones, deleted."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import streamlit as st

from emotion.labels import EMOJI
from emotion.realtime.practice_bests import best_round, new_bests, personal_bests
from emotion.realtime.practice_film import PracticePictures
from emotion.realtime.practice_round import MODALITIES, Result
from emotion.timeline.store import Store
from ui.practice_replay import draw_film
from ui.practice_setting import in_words, models_now
from ui.practice_views import draw_explanation, draw_result
from ui.time_zone import local_zone

KEEP, KEEP_WIDGET = "keep_scores", "practice-keep"  # in the session's state: the choice, and its switch on this page
# in the session's state too: the last round, when it ended, its models, whether it is kept
RESULT, ENDED, MODELS, KEPT = "practice-result", "practice-ended_unix_s", "practice-models", "practice-kept"
VISIT = "practice-visit"  # the rounds of this visit, as `attempt_of` gives them


def attempt_of(result: Result, *, at_unix_s: float, models: str) -> dict:
    """A round with a score for Together, as Store.add_attempt takes it."""
    return {
        "at_unix_s": at_unix_s,
        "target": result.target,
        "models": models,
        "curve": result.together.curve,
        **{m: getattr(result, m).value for m in MODALITIES},
    }


def draw_keep_switch() -> bool:
    """The switch for keeping scores; its value survives a change of page."""
    st.session_state.setdefault(KEEP_WIDGET, st.session_state.get(KEEP, False))
    st.session_state[KEEP] = st.toggle(
        "Keep my scores on this machine",
        key=KEEP_WIDGET,
        help="Off: a score is gone when you leave. On: target, the three percentages, the course of Together, the "
        "models and the time are stored here, for the round shown and those that follow – never picture or sound.",
    )
    return st.session_state[KEEP]


def draw_scores(
    store: Store, result: Result | None, pictures: PracticePictures | None, *, ended_unix_s: float, keep: bool
) -> None:
    """The result of the last round, if there is one, and the best scores. Writes the result once if `keep`."""
    if result is not None:
        models = st.session_state.setdefault(MODELS, models_now())
        earlier = _earlier(store.attempts(), before_unix_s=ended_unix_s)
        if keep and result.together.value is not None and not st.session_state.get(KEPT):
            store.add_attempt(**attempt_of(result, at_unix_s=ended_unix_s, models=models))
            st.session_state[KEPT] = True
        best = best_round(earlier, result.target, models=models)
        draw_result(
            result,
            bests=new_bests(earlier[earlier["models"] == models], result),
            best_curve=() if best is None else best["curve"],
            best_in_words=_best_in_words(best, result.target, models),
        )
        draw_film(pictures)
        draw_explanation(result)
        is_kept = (
            st.session_state.get(KEPT) and (store.attempts()["at_unix_s"] == ended_unix_s).any()
        )  # or deleted since
        st.caption("Kept on this machine." if is_kept else "Not kept.")
    _draw_bests(store)


def _earlier(kept: pd.DataFrame, *, before_unix_s: float) -> pd.DataFrame:
    """The kept rounds and those of this visit, without the last one."""
    rows = [*kept.to_dict("records"), *st.session_state.get(VISIT, [])]
    rows = [row for row in rows if row["at_unix_s"] < before_unix_s]
    return pd.DataFrame(rows, columns=["at_unix_s", "target", "models", *MODALITIES, "curve"])


def _best_in_words(best: pd.Series | None, target: str, models: str) -> str:
    """The best earlier round at the target: its score, day and models, and whether it can be compared."""
    if best is None:
        return f"No earlier round of {target} to compare with."
    said = f"Best round of {target} before: {_with_day(best['together'], best['at_unix_s'])}"
    said += "" if best["curve"] else ", its course was not kept"
    if best["models"] == models:
        return f"{said}, with the same models."
    return f"{said}, with {in_words(best['models'])}. This round: {in_words(models)}. The scores cannot be compared."


def _with_day(score: float, at_unix_s: float) -> str:
    return "–" if pd.isna(score) else f"{score:.0%} ({datetime.fromtimestamp(at_unix_s, local_zone()):%Y-%m-%d})"


def _draw_bests(store: Store) -> None:
    """The best score per target, models and modality, with its day, and a button to delete all scores."""
    st.subheader("Personal bests", anchor=False)
    attempts, models = store.attempts(), models_now()
    if not len(attempts):
        st.caption("No scores are kept on this machine.")
        return
    bests = personal_bests(attempts, models=models)
    if (bests["models"] != models).any():
        st.caption("Those with the models chosen now come first. Only scores with the same models can be compared.")
    table = pd.DataFrame({"target": [f"{EMOJI[t]} {t}" for t in bests["target"]]})
    for m in ("together", "face", "voice"):
        table[m] = [_with_day(score, at) for score, at in zip(bests[m], bests[f"{m}_at_unix_s"])]
    table["rounds"] = bests["rounds"]
    table["with"] = [in_words(m) + (" (now)" if m == models else "") for m in bests["models"]]
    st.dataframe(table, hide_index=True, width="stretch", key="practice-bests")
    if st.button("Delete my scores", icon=":material/delete:"):
        _confirm_delete(store)


@st.dialog("Delete all scores?")
def _confirm_delete(store: Store) -> None:
    """Ask once, then delete."""
    st.write("All practice scores on this machine, and the rounds of this visit. This cannot be undone.")
    if st.button("Delete", type="primary"):
        store.delete_attempts()
        st.session_state.pop(VISIT, None)
        st.rerun()
