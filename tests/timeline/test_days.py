"""Days of recorded sessions with known answers."""

from __future__ import annotations

import math
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from emotion.labels import CIRCUMPLEX, FACE_LABELS, VOICE_LABELS
from emotion.timeline.days import answers, day_table, in_period, session_figures
from emotion.timeline.judgements import Judgement, timeline_of
from emotion.timeline.rows import ROW_SECONDS
from emotion.timeline.store import open_store
from ui.plots.day_plots import affect_chart, minutes_chart, share_chart

BERLIN, UTC = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
EYE = np.eye(7, dtype=np.float32)
HAPPY, SAD = EYE[FACE_LABELS.index("happy")], EYE[FACE_LABELS.index("sad")]
CALM = np.eye(8, dtype=np.float32)[VOICE_LABELS.index("calm")]


@pytest.fixture
def store(tmp_path):
    return open_store(f"sqlite:///{tmp_path / 'sessions.db'}", home=tmp_path)


def unix(*when, zone=BERLIN) -> float:
    return datetime(*when, tzinfo=zone).timestamp()


def record(store, start_unix_s: float, probs, *, kind: str = "together") -> int:
    """A session with one judgement of each row; probs: a list of distributions or None."""
    number = store.begin(started_unix_s=start_unix_s, settings={})
    store.add(
        number, [Judgement(i * ROW_SECONDS, start_unix_s + i * ROW_SECONDS, kind, p) for i, p in enumerate(probs)]
    )
    store.finish(number, ended_unix_s=start_unix_s + len(probs) * ROW_SECONDS)
    return number


def days(store, *, zone=BERLIN):
    sessions = store.sessions()
    return day_table(sessions, {s.id: session_figures(store.judgements(s.id)) for s in sessions}, zone=zone)


def test_shares_and_lengths_of_a_day(store):
    record(store, unix(2025, 3, 1, 9), [HAPPY] * 60)
    record(store, unix(2025, 3, 1, 18), [SAD] * 20 + [None] * 40)
    table = days(store)
    assert len(table) == 1
    row = table.iloc[0]
    assert row["day"] == date(2025, 3, 1) and row["sessions"] == 2
    assert row["minutes"] == pytest.approx(1.0) and row["judged_minutes"] == pytest.approx(80 * ROW_SECONDS / 60)
    assert row["happy"] == pytest.approx(0.75) and row["sad"] == pytest.approx(0.25)
    assert row[list(FACE_LABELS)].sum() == pytest.approx(1.0)


def test_valence_and_arousal_with_their_spread(store):
    record(store, unix(2025, 3, 1, 9), [HAPPY] * 30)
    record(store, unix(2025, 3, 1, 12), [SAD] * 30)
    row = days(store).iloc[0]
    for i, name in enumerate(("valence", "arousal")):
        happy, sad = CIRCUMPLEX["happy"][i], CIRCUMPLEX["sad"][i]
        assert row[name] == pytest.approx((happy + sad) / 2) and row[f"{name}_sd"] == pytest.approx(
            abs(happy - sad) / 2
        )


def test_a_day_is_a_day_of_the_time_zone(store):
    record(store, unix(2025, 3, 1, 23, 30), [HAPPY])
    record(store, unix(2025, 3, 2, 0, 30), [SAD])
    assert list(days(store)["day"]) == [date(2025, 3, 1), date(2025, 3, 2)], "oldest first"
    assert list(days(store, zone=UTC)["day"]) == [date(2025, 3, 1)], (
        "half past midnight in Berlin is the evening before in UTC"
    )
    assert list(days(store, zone=ZoneInfo("Asia/Tokyo"))["day"]) == [date(2025, 3, 2)]


def test_a_day_without_answers_is_there_with_its_length(store):
    record(store, unix(2025, 3, 1, 9), [None] * 10)
    store.finish(store.begin(started_unix_s=unix(2025, 3, 2, 9), settings={}), ended_unix_s=unix(2025, 3, 2, 9, 5))
    table = days(store)
    assert list(table["minutes"]) == pytest.approx([10 * ROW_SECONDS / 60, 5.0]) and list(table["judged_minutes"]) == [
        0,
        0,
    ]
    assert table[[*FACE_LABELS, "valence", "arousal_sd"]].isna().all().all()


def test_rows_are_those_of_the_timeline(store):
    """The quick way says what `timeline_of` says, with several judgements in a row and gaps in each modality."""
    rng = np.random.default_rng(1)
    number = store.begin(started_unix_s=0.0, settings={})
    rows = []
    for t in np.arange(0, 60, 0.1):
        gap = rng.random() < 0.85
        rows.append(
            Judgement(t, t, "face", None if gap else rng.dirichlet(np.ones(7)), "no face" if gap else "", track=1)
        )
        rows.append(Judgement(t, t, "face", rng.dirichlet(np.ones(7)), track=2, main=False))
        if rng.random() < 0.2:
            rows.append(Judgement(t, t, "together", None if rng.random() < 0.5 else rng.dirichlet(np.ones(7))))
        if rng.random() < 0.2:
            rows.append(Judgement(t, t, "voice", None if rng.random() < 0.5 else rng.dirichlet(np.ones(8))))
    rows.append(Judgement(3.0, 3.0, "settings", reason="{}"))
    store.add(number, rows)
    judgements = store.judgements(number)
    timeline = timeline_of(judgements, carry=False)
    together = timeline[[f"together_{n}" for n in FACE_LABELS]].to_numpy(float)
    face = timeline[[f"face_{n}" for n in FACE_LABELS]].to_numpy(float)
    voice = timeline[[f"voice_{n}" for n in VOICE_LABELS]].to_numpy(float)
    folded = np.delete(voice, VOICE_LABELS.index("calm"), axis=1)
    folded[:, FACE_LABELS.index("neutral")] += voice[:, VOICE_LABELS.index("calm")]
    expected = np.where(np.isnan(together), np.where(np.isnan(face), folded, face), together)
    expected = expected[~np.isnan(expected).any(axis=1)]
    assert np.isnan(together).any() and np.isnan(face).any() and len(expected) > 80
    np.testing.assert_allclose(answers(judgements), expected, atol=1e-4)


def test_calm_voices_count_as_neutral(store):
    record(store, unix(2025, 3, 1, 9), [CALM] * 4, kind="voice")
    row = days(store).iloc[0]
    assert row["neutral"] == 1.0 and row["valence"] == 0.0


def test_period_counts_calendar_days(store):
    now = unix(2025, 3, 8, 0, 10)
    for d in (1, 2, 7, 8):
        record(store, unix(2025, 3, d, 0, 5), [HAPPY])
    found = lambda n: [
        datetime.fromtimestamp(s.started_unix_s, BERLIN).day
        for s in in_period(store.sessions(), days=n, now_unix_s=now, zone=BERLIN)
    ]  # noqa: E731
    assert found(1) == [8] and found(7) == [8, 7, 2] and found(None) == [8, 7, 2, 1]


def test_charts_hold_every_day(store):
    for d, probs in ((1, [HAPPY, SAD]), (2, [None, None]), (5, [SAD, SAD])):
        record(store, unix(2025, 3, d, 9), probs)
    table = days(store)
    share = share_chart(table)
    assert [bar.name for bar in share.data] == list(FACE_LABELS)
    assert share.data[FACE_LABELS.index("sad")].y[0] == 0.5 and math.isnan(share.data[FACE_LABELS.index("sad")].y[1])
    assert len(affect_chart(table).data[0].x) == 2, "a day without answers has no place among the words"
    judged, rest = minutes_chart(table).data
    assert list(judged.y + rest.y) == pytest.approx([2 * ROW_SECONDS / 60] * 3)


def test_no_sessions_make_an_empty_table():
    table = day_table([], {}, zone=UTC)
    assert not len(table) and {"day", "minutes", "happy", "valence_sd"} <= set(table)
    for chart in (share_chart, affect_chart, minutes_chart):
        chart(table)
