"""The Diary page on a real store."""

from __future__ import annotations

import time

import numpy as np
import pytest

from emotion.labels import FACE_LABELS
from emotion.timeline.judgements import Judgement
from tests.support import run

pytestmark = pytest.mark.slow  # each test runs whole pages

PAGE = "pages/diary.py"


def record(store, *, days_ago: float, label: str = "happy", note: str = "", tags=(), seconds: float = 60) -> int:
    start = time.time() - days_ago * 86400 - 120
    number = store.begin(started_unix_s=start, settings={})
    probs = np.eye(7, dtype=np.float32)[FACE_LABELS.index(label)]
    store.add(number, [Judgement(float(t), start + t, "together", probs) for t in np.arange(0, seconds, 0.5)])
    store.finish(number, ended_unix_s=start + seconds)
    store.change(number, note=note, tags=tags)
    return number


def words(app) -> str:
    return " ".join(
        str(e.value)
        for kind in ("title", "subheader", "caption", "info", "warning", "markdown", "text")
        for e in getattr(app, kind)
    )


def test_an_empty_diary_says_how_to_begin_and_the_caution(store):
    app = run(PAGE)
    assert not app.exception and "Record" in app.info[0].value
    assert "No diagnosis" in words(app) and "talk to a doctor" in words(app)


def test_sessions_of_the_period_with_notes_and_tags(store):
    record(store, days_ago=0, note="went <b>well</b> *today*", tags=["stage"])
    record(store, days_ago=3, label="sad", tags=["home"])
    record(store, days_ago=40, label="sad")
    app = run(PAGE)
    assert not app.exception
    text = words(app)
    assert "**2** sessions" in text and "**2 min** in all" in text and "No diagnosis" in text
    assert "went <b>well</b> *today*" in [t.value for t in app.text], "as it was typed"
    assert any("#stage" in t.value for t in app.text)
    assert len(app.get("plotly_chart")) == 3
    app.selectbox(key="diary-day").select_index(1).run()
    assert (
        not app.exception
        and any("#home" in t.value for t in app.text)
        and not any("#stage" in t.value for t in app.text)
    )


def test_period_and_tag_choose(store):
    record(store, days_ago=0, tags=["stage"])
    record(store, days_ago=40, tags=["home"])
    app = run(PAGE)
    assert "**1** session " in words(app)
    app.segmented_control(key="diary-period").set_value("All").run()
    assert "**2** sessions" in words(app)
    app.selectbox(key="diary-tag").set_value("home").run()
    assert not app.exception and "**1** session " in words(app)
    app.segmented_control(key="diary-period").set_value("7 days").run()
    assert not app.exception and "No session in this period" in words(app)


def test_a_session_that_grew_is_read_again(store):
    """Judgements that came after the page was first drawn are in the next one."""
    number = record(store, days_ago=0)
    first = run(PAGE)
    start = store.session(number).started_unix_s
    sad = np.eye(7, dtype=np.float32)[FACE_LABELS.index("sad")]
    store.add(number, [Judgement(60 + t, start + 60 + t, "together", sad) for t in np.arange(0, 60, 0.5)])
    second = run(PAGE)
    shares = [next(bar["y"] for bar in spec(app)["data"] if bar["name"] == "sad") for app in (first, second)]
    assert values(shares[0]) == [0.0] and values(shares[1]) == [0.5]


def spec(app) -> dict:
    """The first chart as Plotly gets it."""
    import json

    return json.loads(app.get("plotly_chart")[0].proto.spec)


def values(data) -> list[float]:
    """Plotly's arrays: a list, or base64 of a typed one."""
    import base64

    return list(np.frombuffer(base64.b64decode(data["bdata"]), data["dtype"])) if isinstance(data, dict) else data


def test_an_empty_session_is_no_error(store):
    store.finish(store.begin(started_unix_s=time.time() - 60, settings={}), ended_unix_s=time.time())
    app = run(PAGE)
    assert not app.exception and "Nothing was judged" in words(app)
