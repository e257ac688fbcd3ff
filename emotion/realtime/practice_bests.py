"""The best practice rounds among earlier ones. Scores of different models are never compared with each other.

`attempts` are rows as Store.attempts() gives them: at_unix_s, target, models, face, voice, together, curve.
"""

from __future__ import annotations

import math

import pandas as pd

from emotion.realtime.practice_round import MODALITIES, TARGETS, Result


def new_bests(attempts: pd.DataFrame, result: Result) -> tuple[str, ...]:
    """The modalities in which a result is better than every earlier attempt at its target; empty at the first one."""
    earlier = attempts[attempts["target"] == result.target]
    return tuple(
        m
        for m in MODALITIES
        if (value := getattr(result, m).value) is not None and earlier[m].notna().any() and value > earlier[m].max()
    )


def best_round(attempts: pd.DataFrame, target: str, *, models: str) -> pd.Series | None:
    """The attempt at a target with the highest score for Together; None: there is none.

    One with the same models if there is any, else one with others.
    """
    mine = attempts[attempts["target"] == target]
    same = mine[mine["models"] == models]
    found = same if len(same) else mine
    return found.loc[found["together"].astype(float).idxmax()] if len(found) else None


def personal_bests(attempts: pd.DataFrame, *, models: str) -> pd.DataFrame:
    """One row per target and models: target, models, rounds, and per modality its best score and when.

    Those with the given models come first. The columns of a modality are its name (0…1) and `…_at_unix_s`; NaN where it
    never had a score. Of equal scores the first one counts.
    """
    rows = []
    others = sorted(set(attempts["models"]) - {models})
    for target, which in [(t, models) for t in TARGETS] + [(t, m) for t in TARGETS for m in others]:
        mine = attempts[(attempts["target"] == target) & (attempts["models"] == which)].reset_index(drop=True)
        if not len(mine):
            continue
        row = {"target": target, "models": which, "rounds": len(mine)}
        for m in MODALITIES:
            scores = mine[m].astype(float)
            best = None if scores.isna().all() else int(scores.idxmax())
            row |= {
                m: math.nan if best is None else scores[best],
                f"{m}_at_unix_s": math.nan if best is None else mine["at_unix_s"][best],
            }
        rows.append(row)
    columns = ["target", "models", "rounds", *(c for m in MODALITIES for c in (m, f"{m}_at_unix_s"))]
    return pd.DataFrame(rows, columns=columns)
