"""The Sessions page on a real SQLite file: list, search, change, compare, delete, retention."""

from __future__ import annotations

import re
import sqlite3
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.timeline.judgements import Judgement, settings_changes, timeline_of
from tests.support import html_of, run
from ui.report import to_html_report
from ui.session_views import table_of

pytestmark = pytest.mark.slow  # each test runs whole pages

ONE = lambda labels, name: np.eye(len(labels), dtype=np.float32)[labels.index(name)] * 0.8 + 0.2 / len(labels)


def record(store, name: str, *, label: str = "happy", days_ago: float = 0.0) -> int:
    start = time.time() - days_ago * 86400 - 60
    number = store.begin(started_unix_s=start, settings={"mode": "hybrid"}, name=name)
    store.add(
        number,
        [
            j
            for t in np.arange(0, 10, 0.5)
            for j in (
                Judgement(float(t), start + t, "face", ONE(FACE_LABELS, label), track=1),
                Judgement(float(t), start + t, "voice", ONE(VOICE_LABELS, "sad")),
                Judgement(float(t), start + t, "together", ONE(FACE_LABELS, label)),
            )
        ],
    )
    store.finish(number, ended_unix_s=start + 10)
    return number


def words(app) -> str:
    return " ".join(
        str(e.value) for kind in ("title", "subheader", "caption", "info", "markdown") for e in getattr(app, kind)
    )


def test_an_empty_page_says_how_to_begin(store):
    app = run("pages/sessions.py")
    assert not app.exception and "Record" in app.info[0].value
    assert any("Delete all" in b.label for b in app.button), "practice scores can be there without a session"


def test_newest_session_is_shown_and_search_finds_an_older_one(store):
    record(store, "Monday", days_ago=2)
    record(store, "Today")
    app = run("pages/sessions.py")
    assert not app.exception and app.subheader[0].value == "Today"
    assert list(app.dataframe[0].value["name"]) == ["Today", "Monday"]
    app.text_input(key="session-search").set_value("mond").run()
    assert (
        not app.exception and list(app.dataframe[0].value["name"]) == ["Monday"] and app.subheader[0].value == "Monday"
    )
    app.text_input(key="session-search").set_value("nowhere").run()
    assert not app.exception and "No session matches" in words(app)


def test_moments_at_which_face_and_voice_disagree_are_a_click_away(store):
    record(store, "A", label="happy")
    app = run("pages/sessions.py")
    assert not app.exception and "How far face and voice are apart" in words(app)
    moments = re.findall(r'data-seek="([\d.]+)">([^<]+)<', html_of(app))
    assert len(moments) == 3 and moments[1][0] == "2.0" and "face happy, voice sad" in moments[1][1]


def test_replay_has_a_curve_and_a_readout_of_each_modality(store):
    record(store, "A", label="surprise")
    app = run("pages/sessions.py")
    assert not app.exception and not app.get("video") and "Labels only" in words(app)
    assert [w for w in ("together", "face", "voice") if f"readout-{w}" in html_of(app)] == ["together", "face", "voice"]
    assert words(app).count('class="time-chart lines"') == 3 and words(app).count('class="time-chart strip"') == 1
    assert "<span class='label'>surprise</span>" in html_of(app), "of the first moment, before the browser takes over"


def test_times_are_those_of_the_persons_own_time_zone(store):
    number = record(store, "A")
    session = store.session(number)
    tokyo, lima = (table_of([session], zone=ZoneInfo(name))["begun"][0] for name in ("Asia/Tokyo", "America/Lima"))
    apart = datetime.fromisoformat(tokyo) - datetime.fromisoformat(lima)
    assert apart == timedelta(hours=14)


def test_each_tab_of_a_session_has_what_its_name_says(store):
    number = record(store, "A")
    tab = lambda name: run("pages/sessions.py", **{f"session-{number}-tabs": name})
    summary, edit = tab("Summary and downloads"), tab("Rename, note, tags, delete")
    assert not summary.exception and not summary.get("plotly_chart") and len(summary.get("download_button")) == 4
    drawn = "".join(e.proto.body for e in [*summary.get("html"), *summary.get("markdown")])
    assert drawn.count('class="readout shares"') == 3 and drawn.count('class="chart circumplex-chart"') == 1
    report = to_html_report(timeline_of(store.judgements(number)), {}, title="A").decode()
    assert all(e.proto.body in report for e in summary.get("html") if "readout shares" in e.proto.body)
    assert not edit.exception and "Delete this session" in [b.label for b in edit.button]


def test_rename_note_and_tags(store):
    number = record(store, "A")
    app = run("pages/sessions.py", **{f"session-{number}-tabs": "Rename, note, tags, delete"})
    app.text_input[1].set_value("Act <b>one</b>")
    app.text_area[0].set_value("went well")
    app.text_input[2].set_value("stage, Voice")
    next(b for b in app.button if b.label == "Save").click().run()
    assert not app.exception
    info = store.session(number)
    assert (info.name, info.note, info.tags) == ("Act <b>one</b>", "went well", ("stage", "voice"))


def test_a_download_names_the_settings_that_were_changed_meanwhile(store):
    number = store.begin(started_unix_s=0, settings={"mode": "hybrid", "mirror": True}, name="A")
    store.add(
        number,
        [
            Judgement(2.5, 2.5, "settings", reason='{"mode": "simple", "mirror": true}'),
            Judgement(3, 3, "settings", reason='{"mode": "hybrid", "mirror": true}'),
        ],
    )
    found = settings_changes(store.judgements(number), store.session(number).settings)
    assert found == {"after 2.5 s": {"mode": "simple"}, "after 3.0 s": {"mode": "hybrid"}}


def test_a_film_too_large_for_the_page_is_named(store, monkeypatch):
    number = record(store, "A")
    store.media_folder.mkdir(parents=True, exist_ok=True)
    (store.media_folder / "1-1.mp4").write_bytes(b"film")
    store.set_media(number, "1-1.mp4")
    monkeypatch.setattr("ui.film.LARGEST_SHOWN_MB", 0)
    app = run("pages/sessions.py")
    assert not app.exception and not app.get("video")
    assert "1-1.mp4" in words(app) and "This film is 0 MB, too large" in words(app)


def test_two_sessions_side_by_side(store):
    from ui.comparison import draw_comparison

    def page():
        import streamlit as st

        st.session_state["compare"]()

    tables = {
        name: timeline_of(store.judgements(record(store, name, label=label)))
        for name, label in (("A", "happy"), ("B", "sad"))
    }
    app = AppTest.from_function(page)
    app.session_state["compare"] = lambda: draw_comparison(tables, key="compare")
    app.run()
    figures = app.dataframe[0].value
    assert not app.exception and list(figures.columns) == ["A", "B"] and len(app.get("plotly_chart")) == 3
    assert float(figures.loc["mean valence", "A"]) > 0 > float(figures.loc["mean valence", "B"])


def test_a_database_that_another_program_holds_gets_a_message(store):
    record(store, "old", days_ago=9)
    store.set_retention_days(7)
    with store.engine.connect() as db:
        path = db.exec_driver_sql("pragma database_list").fetchall()[0][2]
    holder = sqlite3.connect(path)
    holder.execute("begin immediate")
    try:
        app = run("pages/sessions.py")
        assert not app.exception and "does not answer" in app.error[0].value
    finally:
        holder.rollback()
        holder.close()


def test_retention_is_set_and_applied(store):
    record(store, "old", days_ago=9)
    record(store, "new")
    app = run("pages/sessions.py", **{"session-tabs": "How long they are kept"})
    app.toggle(key="retention-on").set_value(True).run()
    assert app.number_input(key="retention-days").label == "Delete after (days)"
    app.number_input(key="retention-days").set_value(7).run()
    app.button(key="retention-save").click().run()
    assert not app.exception
    assert [s.name for s in store.sessions()] == ["new"] and store.retention_days() == 7
    record(store, "grown old since", days_ago=8)
    run("pages/diary.py")
    assert [s.name for s in store.sessions()] == ["new"], "while the app goes on running too"


@pytest.mark.parametrize("url", ["postgres://somewhere/x", "no address", "oracle+nothing://x"])
def test_an_address_that_is_none_gets_a_message(store, monkeypatch, url):
    monkeypatch.setenv("EMOTION_DATABASE_URL", url)
    app = run("pages/sessions.py")
    assert not app.exception and "EMOTION_DATABASE_URL" in app.error[0].value


def test_a_broken_database_gets_a_message(store, monkeypatch, tmp_path):
    (tmp_path / "sessions.db").write_bytes(b"no database" * 1000)
    monkeypatch.setenv("EMOTION_DATABASE_URL", f"sqlite:///{tmp_path / 'sessions.db'}")
    app = run("pages/sessions.py")
    assert not app.exception and "cannot be opened" in app.error[0].value
