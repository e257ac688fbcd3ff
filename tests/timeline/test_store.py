"""Recorded sessions: written, found, changed, really deleted; on SQLite, and on PostgreSQL where it is installed."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import textwrap

import av
import numpy as np
import pytest
from sqlalchemy import text

from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.timeline.judgements import Judgement, timeline_of
from emotion.timeline.rows import ROW_SECONDS, as_it_is
from emotion.timeline.store import CONNECT_SECONDS, StoreError, connect_args, open_store
from tests.support import ROOT
from tests.support_postgres import postgres_server

START = 1_700_000_000.0
HAPPY, SAD = (np.eye(7, dtype=np.float32)[FACE_LABELS.index(n)] * 0.86 + 0.02 for n in ("happy", "sad"))
CALM = np.eye(8, dtype=np.float32)[VOICE_LABELS.index("calm")] * 0.84 + 0.02


@pytest.fixture(scope="module")
def postgres():
    """The URL of a PostgreSQL server made for these tests."""
    with postgres_server() as server:
        yield server.url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def store(request, tmp_path):
    if request.param == "sqlite":
        yield open_store(f"sqlite:///{tmp_path / 'sessions.db'}", home=tmp_path)
        return
    made = open_store(request.getfixturevalue("postgres"), home=tmp_path)
    yield made
    made.delete_all()
    made.set_retention_days(None)
    made.engine.dispose()


def recorded(store, *, at=START, name="", seconds=3.0, face=HAPPY) -> int:
    """A session with two faces, a voice and Together in each row of the timeline."""
    number = store.begin(started_unix_s=at, settings={"mode": "hybrid", "face_model": "fast"}, name=name)
    rows = []
    for t in np.arange(0, seconds, ROW_SECONDS / 2):
        at_t = dict(time_s=float(t), wall_clock_unix_s=at + float(t))
        rows += [
            Judgement(kind="face", probs=face, track=1, box=(10, 20, 110.4, 120.6), **at_t),
            Judgement(kind="face", probs=SAD, track=2, main=False, box=(0, 0, 50, 50), **at_t),
            Judgement(kind="voice", probs=CALM, **at_t),
            Judgement(kind="together", probs=face, reason="both", **at_t),
        ]
    store.add(number, rows)
    store.finish(number, ended_unix_s=at + seconds)
    return number


def test_what_was_written_comes_back(store):
    number = recorded(store)
    table = store.judgements(number)
    assert len(table) == 4 * 12 and set(table["kind"]) == {"face", "voice", "together"}
    face = table[(table["kind"] == "face") & (table["track"] == 1)].iloc[0]
    assert face["label"] == "happy" and face["box"] == (10, 20, 110, 121)
    np.testing.assert_allclose(face["probs"], HAPPY, atol=1e-4)
    info = store.session(number)
    assert info.settings == {"mode": "hybrid", "face_model": "fast"} and info.duration_s == pytest.approx(3.0)
    assert info.judgements == 48 and info.name == f"Session {number}"


def test_a_recording_becomes_the_timeline_of_a_file(store):
    timeline = timeline_of(store.judgements(recorded(store)))
    assert list(timeline["time_s"]) == pytest.approx([i * ROW_SECONDS for i in range(6)])
    assert set(timeline["face_label"]) == {"happy"}, "the main face, not the other one"
    assert set(timeline["voice_label"]) == {"calm"} and set(timeline["together_label"]) == {"happy"}
    assert set(timeline["faces"]) == {2} and (timeline["valence"] > 0.5).all()
    np.testing.assert_allclose(timeline[[f"voice_{n}" for n in VOICE_LABELS]].sum(axis=1), 1, atol=1e-3)
    assert timeline["wall_clock"].iloc[0].timestamp() == pytest.approx(START, abs=0.01)


def test_a_face_that_was_judged_by_its_change_is_there_as_it_is_too(store):
    number = store.begin(started_unix_s=START, settings={})
    at = lambda t: (t, START + t)  # noqa: E731
    rows = [Judgement(*at(0.1), "face", SAD, track=1), Judgement(*at(0.6), "face", HAPPY, track=1)]
    store.add(number, [*rows, Judgement(*at(0.6), "as_it_is", SAD, track=1)])
    timeline = timeline_of(store.judgements(number))
    assert list(timeline["face_label"]) == ["sad", "happy"] and list(timeline["face_as_it_is_label"]) == ["sad", "sad"]
    assert not [c for c in timeline_of(store.judgements(recorded(store))) if "as_it_is" in c]


def test_a_voice_that_was_judged_with_its_centre_is_there_as_it_is_too(store):
    number = store.begin(started_unix_s=START, settings={})
    at = lambda t: (t, START + t)  # noqa: E731
    rows = [Judgement(*at(0.1), "voice", CALM), Judgement(*at(0.6), "voice", CALM)]
    rows += [Judgement(*at(0.6), "voice_own", np.roll(CALM, 1)), Judgement(*at(1.1), "voice", reason="silence")]
    store.add(number, rows)
    timeline = timeline_of(store.judgements(number))
    assert list(timeline["voice_label"][:2]) == ["calm", "calm"]
    assert list(timeline["voice_as_it_is_label"][:2]) == ["calm", VOICE_LABELS[VOICE_LABELS.index("calm") + 1]]
    assert timeline[["voice_label", "voice_as_it_is_label"]].isna().iloc[2].all()


def test_a_face_that_is_gone_is_not_there_as_it_is_either(store):
    number = store.begin(started_unix_s=START, settings={})
    at = lambda t: (t, START + t)  # noqa: E731
    rows = [Judgement(*at(0.1), "face", HAPPY, track=1), Judgement(*at(0.1), "as_it_is", SAD, track=1)]
    rows += [Judgement(*at(0.6), "face", reason="no face"), Judgement(*at(1.1), "face", HAPPY, track=2)]
    store.add(number, rows)
    timeline = timeline_of(store.judgements(number))
    assert timeline["face_label"].isna().tolist() == timeline["face_as_it_is_label"].isna().tolist() == [0, 1, 0]
    assert list(timeline["face_as_it_is_label"])[::2] == ["sad", "happy"], "switched off: its own answer, not the last"


def test_a_timeline_can_be_seen_as_it_is(store):
    number = store.begin(started_unix_s=START, settings={})
    at = (0.1, START + 0.1)
    kinds = {"face": HAPPY, "as_it_is": SAD, "together": HAPPY, "voice": CALM}
    store.add(number, [Judgement(*at, kind, probs, track=1) for kind, probs in kinds.items()])
    timeline = timeline_of(store.judgements(number))
    own = as_it_is(timeline)
    assert (own["face_label"][0], own["voice_label"][0]) == ("sad", "calm")
    assert own["face_sad"][0] == timeline["face_as_it_is_sad"][0]
    assert not [c for c in own if "as_it_is" in c or "together" in c] and "together_label" in timeline
    plain = timeline_of(store.judgements(recorded(store)))
    assert as_it_is(plain) is plain


def test_gaps_keep_their_place_and_reason(store):
    number = store.begin(started_unix_s=START, settings={})
    store.add(
        number,
        [
            Judgement(0.1, START + 0.1, "face", HAPPY, track=1),
            Judgement(4.1, START + 4.1, "face", reason="no face"),
            Judgement(4.1, START + 4.1, "settings", reason='{"mode": "simple"}'),
        ],
    )
    timeline = timeline_of(store.judgements(number))
    assert len(timeline) == int(4.1 / ROW_SECONDS) + 1
    assert list(timeline["face_label"].notna()) == [True, True] + [False] * (len(timeline) - 2), (
        "carried over one row, not further"
    )
    assert timeline["face_reason"].iloc[-1] == "no face" and timeline["face_reason"].iloc[3] == "no picture"
    assert timeline_of(store.judgements(number), carry=False)["face_label"].notna().sum() == 1
    assert "together_label" not in timeline


def test_search_rename_note_and_tags(store):
    first, second = recorded(store, name="Hamlet, act 3"), recorded(store, at=START + 100)
    store.change(second, name="Ophelia – 100 %", note="first try", tags=["#Theatre", "theatre ", "ünïcode"])
    assert [s.id for s in store.sessions()] == [second, first], "newest first"
    assert [s.id for s in store.sessions(search="HAMLET")] == [first]
    assert [s.id for s in store.sessions(search="first")] == [second]
    assert [s.id for s in store.sessions(search="100 %")] == [second], "% is a character here, not a pattern"
    assert [s.id for s in store.sessions(search="_")] == []
    assert [s.id for s in store.sessions(search="ÜNÏ")] == [second], "letters beyond ASCII too"
    assert [s.id for s in store.sessions(search='"')] == [], "how tags are stored is nobody's business"
    assert [s.id for s in store.sessions(tag="theatre")] == [second]
    assert store.session(second).tags == ("theatre", "ünïcode")
    with pytest.raises(StoreError, match="1 to 200"):
        store.change(first, name="  ")
    with pytest.raises(StoreError, match="no session 999999"):
        store.session(999999)


def test_deleting_takes_rows_and_files(store):
    first, second = recorded(store), recorded(store)
    store.media_folder.mkdir(parents=True, exist_ok=True)
    for number in (first, second):
        (store.media_folder / f"{number}.mp4").write_bytes(b"picture")
        store.set_media(number, f"{number}.mp4")
    assert store.delete([first]) == 1
    assert [s.id for s in store.sessions()] == [second] and not len(store.judgements(first))
    assert [f.name for f in store.media_folder.iterdir()] == [f"{second}.mp4"]
    store.add_attempt(at_unix_s=START, target="happy", models="a+b", face=0.5, voice=None, together=0.5, curve=[0.5])
    assert store.delete_all() == 1
    assert not store.sessions() and not list(store.media_folder.iterdir()) and not len(store.attempts())


def test_a_database_of_an_older_version_still_gives_its_scores(tmp_path):
    """Its column for the score of both together is called `both`."""
    with sqlite3.connect(tmp_path / "sessions.db") as old:
        old.execute(
            "CREATE TABLE attempt (id INTEGER NOT NULL, at_unix_s FLOAT NOT NULL, target VARCHAR(10) NOT NULL, "
            "models VARCHAR(40) NOT NULL, face FLOAT, voice FLOAT, both FLOAT NOT NULL, PRIMARY KEY (id))"
        )
        old.execute("INSERT INTO attempt VALUES (1, 1700000000.0, 'sad', 'a+b', 0.5, NULL, 0.7)")
    store = open_store(f"sqlite:///{tmp_path / 'sessions.db'}", home=tmp_path)
    store.add_attempt(
        at_unix_s=START + 1, target="sad", models="a+b", face=None, voice=0.25, together=0.25, curve=[0.25, None]
    )
    found = store.attempts()
    assert list(found.columns) == ["id", "at_unix_s", "target", "models", "face", "voice", "together", "curve"]
    assert list(found["curve"]) == [(), (0.25, None)], "an older version kept no course"
    assert list(found["together"]) == [0.7, 0.25] and list(found["face"])[0] == 0.5 and list(found["voice"])[1] == 0.25


def test_another_database_with_the_same_folder_keeps_its_films(store, tmp_path):
    number = recorded(store)
    store.set_media(number, "1-1000.mp4")
    store.media_folder.mkdir(parents=True, exist_ok=True)
    (store.media_folder / "1-1000.mp4").write_bytes(b"picture")
    other = open_store(f"sqlite:///{tmp_path / 'other.db'}", home=store.home)
    recorded(other)
    assert other.delete_all() == 1
    assert store.media_path(store.session(number)) is not None


def test_retention_is_off_unless_set(store):
    recorded(store, at=START)
    new = recorded(store, at=START + 9 * 86400)
    assert store.retention_days() is None and store.prune(now_unix_s=START + 1000 * 86400) == 0
    store.set_retention_days(7)
    assert store.retention_days() == 7
    assert store.prune(now_unix_s=START + 10 * 86400) == 1 and [s.id for s in store.sessions()] == [new]
    with pytest.raises(StoreError, match="at least a day"):
        store.set_retention_days(0)


def test_deleted_words_are_not_left_in_the_file(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'sessions.db'}", home=tmp_path)
    number = recorded(store, name="a-very-private-name", seconds=60)
    store.change(number, note="nobody may read this")
    full = sum(f.stat().st_size for f in tmp_path.glob("sessions.db*"))
    store.delete([number])
    left = b"".join(f.read_bytes() for f in tmp_path.glob("sessions.db*"))
    assert b"a-very-private-name" not in left and b"nobody may read" not in left
    assert len(left) < full / 2, "free pages were given back"


@pytest.mark.slow
def test_a_server_gives_back_the_pages_of_deleted_sessions(postgres, tmp_path):
    store = open_store(postgres, home=tmp_path)
    number, small = recorded(store, seconds=120), recorded(store)

    def size() -> int:
        with store.engine.connect() as db:
            return db.execute(text("select pg_total_relation_size('judgement')")).scalar()

    full = size()
    store.delete([number])
    assert size() < full / 3 and len(store.judgements(small)) == 48
    store.delete_all()
    store.engine.dispose()


def test_a_second_program_reads_while_the_first_writes(tmp_path):
    url = f"sqlite:///{tmp_path / 'sessions.db'}"
    writer, reader = open_store(url, home=tmp_path), open_store(url, home=tmp_path)
    number = writer.begin(started_unix_s=START, settings={})
    for i in range(20):
        writer.add(number, [Judgement(float(i), START + i, "face", HAPPY, track=1)])
        assert len(reader.judgements(number)) == i + 1


def test_only_the_owner_may_look(tmp_path):
    open_store(f"sqlite:///{tmp_path / 'new' / 'sessions.db'}", home=tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_a_database_that_cannot_be_opened(tmp_path):
    (tmp_path / "sessions.db").write_bytes(b"this is not a database, not at all" * 100)
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path / 'sessions.db'}", home=tmp_path)


@pytest.mark.slow
def test_kill_while_recording_loses_at_most_a_second(tmp_path):
    """A process records and is killed with SIGKILL; what it recorded is there up to its last second.

    Its clock runs as fast as its writing thread can follow, so the seconds are those of the recording.
    """
    program = textwrap.dedent(f"""
        import time
        from pathlib import Path
        import numpy as np
        from emotion.judge import VoiceReading
        from emotion.realtime.recorder import Recorder
        from emotion.timeline.store import open_store
        from tests.support import Clock
        clock, folder = Clock(), Path({str(tmp_path)!r})
        store = open_store(f"sqlite:///{{folder / 'sessions.db'}}", home=folder)
        recorder = Recorder(store, settings={{}}, picture=True, sound=True, clock=clock)
        picture = np.zeros((240, 320, 3), np.uint8)
        while True:
            recorder.picture(picture + int(clock.now * 40) % 200, clock.now)
            recorder.sound(np.zeros(800, np.float32), clock.now)
            recorder.voice(VoiceReading(clock.now, np.full(8, 0.125, np.float32)), clock.now)
            while recorder._queue.qsize() > 4:
                time.sleep(0.001)
            print(recorder.seconds, flush=True)
            clock.turn(0.05)
    """)
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    reached = 0.0
    while reached < 4:
        line = process.stdout.readline()
        assert line, "the recording process ended by itself"
        reached = float(line)
    process.send_signal(signal.SIGKILL)
    reached = max([reached, *map(float, process.stdout.read().splitlines()[:-1])])  # the last line may be cut off
    process.wait()
    store = open_store(f"sqlite:///{tmp_path / 'sessions.db'}", home=tmp_path)
    info = store.sessions()[0]
    assert info.ended_unix_s is None
    assert store.judgements(info.id)["time_s"].max() > reached - 1.1
    with av.open(str(store.media_path(info))) as film:
        last = max(frame.time for frame in film.decode(video=0))
    assert last > reached - 1.6, "the film plays up to its last fragment"
    assert sqlite3.connect(tmp_path / "sessions.db").execute("pragma integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize(
    "url, told",
    [
        ("postgresql+psycopg://a@b/c", {"connect_timeout": CONNECT_SECONDS}),
        ("postgresql+psycopg://a@b/c?connect_timeout=30", {}),
        ("sqlite:///sessions.db", {}),
    ],
)
def test_only_postgresql_is_told_how_long_to_wait_and_the_address_may_say_otherwise(url, told):
    assert connect_args(url) == told
