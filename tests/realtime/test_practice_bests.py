"""Practice scores that are kept: the best of them, apart for each models, and their end."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emotion.realtime.practice_bests import best_round, new_bests, personal_bests
from emotion.realtime.practice_round import result_of
from emotion.timeline.store import open_store
from tests.support_practice import face, played, voice


def test_personal_bests(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'sessions.db'}", home=tmp_path)
    assert not len(personal_bests(store.attempts(), models="a+b"))
    for at, target, f, v, b in (
        (1.0, "sad", 0.5, None, 0.5),
        (2.0, "sad", 0.4, 0.3, 0.7),
        (3.0, "happy", None, 0.9, 0.9),
        (4.0, "sad", 0.5, 0.2, 0.1),
    ):
        store.add_attempt(at_unix_s=at, target=target, models="a+b", face=f, voice=v, together=b)
    best = personal_bests(store.attempts(), models="a+b").set_index("target")
    assert list(best.index) == ["happy", "sad"] and list(best["rounds"]) == [1, 3]
    sad = best.loc["sad"]
    assert (
        sad["face"],
        sad["face_at_unix_s"],
        sad["voice"],
        sad["voice_at_unix_s"],
        sad["together"],
        sad["together_at_unix_s"],
    ) == (0.5, 1, 0.3, 2, 0.7, 2)
    assert np.isnan(best.loc["happy", "face"])


def test_new_bests():
    result = result_of(played("happy", lambda t: (face(happy=0.8), voice(happy=0.5), face(happy=0.9))))
    table = pd.DataFrame(
        [("happy", 0.7, None, 0.95), ("sad", 0.1, 0.1, 0.1)], columns=["target", "face", "voice", "together"]
    )
    assert new_bests(table, result) == ("face",)
    assert new_bests(table[:0], result) == (), "a first attempt is no new best"


def test_delete_attempts_leaves_sessions_alone(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'sessions.db'}", home=tmp_path)
    number = store.begin(started_unix_s=1.0, settings={})
    for at in (1.0, 2.0):
        store.add_attempt(at_unix_s=at, target="surprise", models="a+b", face=0.5, voice=None, together=0.5)
    assert store.delete_attempts() == 2 and not len(store.attempts()) and store.delete_attempts() == 0
    assert [s.id for s in store.sessions()] == [number]
    assert b"surprise" not in b"".join(f.read_bytes() for f in tmp_path.glob("sessions.db*")), (
        "really gone from the file"
    )


def table_of(*rows: tuple) -> pd.DataFrame:
    """Attempts of (at_unix_s, target, models, together)."""
    columns = ["at_unix_s", "target", "models", "together"]
    return pd.DataFrame(rows, columns=columns).assign(face=None, voice=None)


def test_bests_with_other_models_stay_in_the_list_after_those_with_the_models_now():
    table = table_of((1.0, "happy", "old", 0.9), (2.0, "happy", "now", 0.5), (3.0, "sad", "now", 0.4))
    best = personal_bests(table, models="now")
    assert list(zip(best["target"], best["models"], best["together"])) == [
        ("happy", "now", 0.5),
        ("sad", "now", 0.4),
        ("happy", "old", 0.9),
    ]
    assert list(personal_bests(table, models="old")["models"]) == ["old", "now", "now"]


def test_the_best_round_is_one_with_the_same_models_if_there_is_any():
    table = table_of((1.0, "happy", "old", 0.9), (2.0, "happy", "now", 0.5), (3.0, "happy", "now", 0.6))
    assert best_round(table, "happy", models="now")["at_unix_s"] == 3.0
    assert best_round(table, "happy", models="third")["at_unix_s"] == 1.0
    assert best_round(table, "sad", models="now") is None
