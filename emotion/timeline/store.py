"""Recorded sessions in a database: SQLite beside the recordings, or any that EMOTION_DATABASE_URL names.

All of it is in two places: `recordings/sessions.db`, and `recordings/media/` with one film per session. Before the
first recording the tables are empty. Deleting removes rows, files and free pages.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    delete,
    event,
    func,
    insert,
    make_url,
    select,
    text,
    update,
)

from emotion.paths import recordings_folder
from emotion.timeline.judgements import KIND_LABELS, Judgement

LOCK_WAIT_SECONDS = 5.0  # for another program's writing, SQLite
CONNECT_SECONDS = 4  # for a server to answer; a silent one would hold the thread that writes, or a page, for minutes
ADD_WAIT_SECONDS = 0.5  # while a stream is recorded: its pictures wait meanwhile

_meta = MetaData()
_session = Table(
    "session",
    _meta,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("tags", Text, nullable=False, default="[]"),  # JSON list
    Column("started_unix_s", Float, nullable=False, index=True),
    Column("ended_unix_s", Float),  # null: not ended properly
    Column("settings", Text, nullable=False),
    Column("media", String(100)),  # file name in the media folder
    sqlite_autoincrement=True,  # a deleted session's number never comes back
)
_judgement = Table(
    "judgement",
    _meta,
    Column("id", Integer, primary_key=True),
    Column("session_id", ForeignKey("session.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("time_s", Float, nullable=False),
    Column("wall_clock_unix_s", Float, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("track", Integer),
    Column("main", Integer, nullable=False),
    Column("label", String(10)),
    Column("confidence", Float),
    Column("probs", Text),  # JSON list in label order
    Column("reason", Text, nullable=False),
    Column("box", Text),
)
_attempt = Table(
    "attempt",
    _meta,
    Column("id", Integer, primary_key=True),
    Column("at_unix_s", Float, nullable=False),
    Column("target", String(10), nullable=False, index=True),
    Column("models", String(40), nullable=False, index=True),
    Column("face", Float),
    Column("voice", Float),
    Column("both", Float, key="together", nullable=False),  # named `both` in the database, as older versions wrote it
)
_curve = Table(  # a table of its own, so that a database of an older version gets it too
    "attempt_curve",
    _meta,
    Column("attempt_id", ForeignKey("attempt.id", ondelete="CASCADE"), primary_key=True),
    Column("curve", Text, nullable=False),  # JSON list
)
_setting = Table("setting", _meta, Column("key", String(40), primary_key=True), Column("value", Text, nullable=False))


class StoreError(Exception):
    """The sessions cannot be read or written; the message says why and what to do."""


def reason_of(e: Exception) -> str:
    """Why a database or a disk refused, in one line: what it said, without SQLAlchemy's statement and parameters."""
    return str(getattr(e, "orig", None) or e).splitlines()[0][:200]


@dataclass(frozen=True)
class SessionInfo:
    """One recorded session as the list shows it."""

    id: int
    name: str
    note: str
    tags: tuple[str, ...]
    started_unix_s: float
    ended_unix_s: float | None  # None: recording now, or cut off
    settings: dict  # mode, models with sha256, smoothing, … at the start
    media: str | None
    judgements: int
    duration_s: float


def database_url(home: Path | None = None) -> str:
    """EMOTION_DATABASE_URL, else the SQLite file in the recordings folder."""
    return os.environ.get("EMOTION_DATABASE_URL") or f"sqlite:///{(home or recordings_folder()) / 'sessions.db'}"


def open_store(url: str | None = None, *, home: Path | None = None) -> Store:
    """A store of its own, for the command line and tests; the pages share one through st.connection."""
    home = home or recordings_folder()
    url = url or database_url(home)
    return Store(create_engine(url, connect_args=connect_args(url)), home=home)


def connect_args(url: str) -> dict:
    """What to tell the driver besides the address: how long to wait for PostgreSQL, unless the address says it."""
    parsed = make_url(url)
    waits = parsed.get_backend_name() == "postgresql" and "connect_timeout" not in parsed.query
    return {"connect_timeout": CONNECT_SECONDS} if waits else {}


class Store:
    """All reads and writes of recorded sessions. Safe to use from several threads."""

    def __init__(self, engine: Engine, *, home: Path | None = None):
        """Makes the tables where they are missing. Raises StoreError when the database cannot be used."""
        self.engine, self.home = engine, home or recordings_folder()
        self.media_folder = self.home / "media"
        if engine.dialect.name == "sqlite":
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not event.contains(engine, "connect", _prepare_sqlite):
                event.listen(engine, "connect", _prepare_sqlite)
                engine.dispose()  # connections made before do not have the settings
        try:
            _meta.create_all(engine)
        except Exception as e:
            raise StoreError(
                f"the session database {engine.url.render_as_string()} cannot be opened: {e}. Check the path and its "
                "permissions, free space, or EMOTION_DATABASE_URL"
            ) from e

    # --- writing ---

    def begin(self, *, started_unix_s: float, settings: dict, name: str = "") -> int:
        """A new session's number."""
        with self.engine.begin() as db:
            row = db.execute(
                insert(_session).values(
                    name=name[:200], note="", tags="[]", started_unix_s=started_unix_s, settings=json.dumps(settings)
                )
            )
            number = int(row.inserted_primary_key[0])
            if not name:
                db.execute(update(_session).where(_session.c.id == number).values(name=f"Session {number}"))
        return number

    def add(self, session_id: int, judgements: Iterable[Judgement]) -> None:
        """Write judgements in one transaction: all of them, or none and an exception.

        Waits for another program's lock no longer than ADD_WAIT_SECONDS: whoever records tries again soon.
        """
        rows = [_row(session_id, j) for j in judgements]
        if not rows:
            return
        with self.engine.connect() as db, _lock_wait(db, ADD_WAIT_SECONDS), db.begin():
            db.execute(insert(_judgement), rows)

    def finish(self, session_id: int, *, ended_unix_s: float, media: str | None = None) -> bool:
        """The recording is over. False when the session was deleted meanwhile."""
        with self.engine.begin() as db:
            return (
                db.execute(
                    update(_session).where(_session.c.id == session_id).values(ended_unix_s=ended_unix_s, media=media)
                ).rowcount
                > 0
            )

    def set_media(self, session_id: int, media: str | None) -> None:
        """Name the session's file in the media folder."""
        with self.engine.begin() as db:
            db.execute(update(_session).where(_session.c.id == session_id).values(media=media))

    def change(
        self, session_id: int, *, name: str | None = None, note: str | None = None, tags: Sequence[str] | None = None
    ) -> None:
        """Rename, note, tag; None leaves as it is. A name is 1 to 200 characters."""
        values: dict = {} if note is None else {"note": note}
        if name is not None:
            if not 1 <= len(name.strip()) <= 200:
                raise StoreError(f"a session's name has 1 to 200 characters, this one {len(name.strip())}")
            values["name"] = name.strip()
        if tags is not None:
            values["tags"] = json.dumps(
                sorted({t.strip().lstrip("#").lower() for t in tags if t.strip()}), ensure_ascii=False
            )
        if values:
            with self.engine.begin() as db:
                db.execute(update(_session).where(_session.c.id == session_id).values(**values))

    def delete(self, session_ids: Iterable[int]) -> int:
        """Delete sessions for good: rows, files, and the database's free pages. Returns how many."""
        ids = list(session_ids)
        with self.engine.begin() as db:
            films = list(
                db.scalars(select(_session.c.media).where(_session.c.id.in_(ids), _session.c.media.is_not(None)))
            )
            db.execute(delete(_judgement).where(_judgement.c.session_id.in_(ids)))
            gone = db.execute(delete(_session).where(_session.c.id.in_(ids))).rowcount
        for film in films:  # by name: another database may keep its films in the same folder
            path = self.media_folder / Path(film).name
            path.unlink(missing_ok=True)
            path.with_suffix(".part").unlink(missing_ok=True)
        self._give_back_space()
        return gone

    def delete_all(self) -> int:
        """Every session, every practice attempt, every film of these sessions."""
        with self.engine.begin() as db:
            ids = list(db.scalars(select(_session.c.id)))
            db.execute(delete(_curve))
            db.execute(delete(_attempt))
        return self.delete(ids)

    def prune(self, *, now_unix_s: float) -> int:
        """Delete what is older than the retention setting; nothing unless it is set. Returns how many sessions went."""
        days = self.retention_days()
        if days is None:
            return 0
        with self.engine.connect() as db:
            old = list(db.scalars(select(_session.c.id).where(_session.c.started_unix_s < now_unix_s - days * 86400)))
        return self.delete(old) if old else 0

    def set_retention_days(self, days: int | None) -> None:
        """Delete sessions after this many days; None keeps them."""
        if days is not None and days < 1:
            raise StoreError(f"sessions are kept at least a day, got {days}")
        with self.engine.begin() as db:
            db.execute(delete(_setting).where(_setting.c.key == "retention_days"))
            if days is not None:
                db.execute(insert(_setting).values(key="retention_days", value=str(int(days))))

    def add_attempt(
        self,
        *,
        at_unix_s: float,
        target: str,
        models: str,
        face: float | None,
        voice: float | None,
        together: float,
        curve: Sequence[float | None] = (),
    ) -> None:
        """A practice score, each 0…1. models: which models gave it, any text of at most 40 characters.

        curve: the course of `together` over the round, each 0…1, None where nothing was judged.
        """
        with self.engine.begin() as db:
            row = db.execute(
                insert(_attempt).values(
                    at_unix_s=at_unix_s, target=target, models=models, face=face, voice=voice, together=together
                )
            )
            if curve:
                rounded = json.dumps([None if p is None else round(p, 3) for p in curve])
                db.execute(insert(_curve).values(attempt_id=row.inserted_primary_key[0], curve=rounded))

    def delete_attempts(self) -> int:
        """Delete every practice score for good. Returns how many."""
        with self.engine.begin() as db:
            db.execute(delete(_curve))
            gone = db.execute(delete(_attempt)).rowcount
        self._give_back_space()
        return gone

    # --- reading ---

    def retention_days(self) -> int | None:
        """The retention setting; None: keep."""
        with self.engine.connect() as db:
            value = db.scalar(select(_setting.c.value).where(_setting.c.key == "retention_days"))
        return None if value is None else int(value)

    def sessions(self, *, search: str = "", tag: str | None = None) -> list[SessionInfo]:
        """Newest first. search: part of a name, note or tag, upper and lower case alike."""
        with self.engine.connect() as db:
            found = [
                _info(row)
                for row in db.execute(_with_counts().order_by(_session.c.started_unix_s.desc(), _session.c.id.desc()))
            ]
        part = search.strip().casefold()  # here, because SQLite's lower() knows ASCII only
        return [
            s
            for s in found
            if (tag is None or tag in s.tags) and any(part in text.casefold() for text in (s.name, s.note, *s.tags))
        ]

    def exists(self, session_id: int) -> bool:
        """Whether the session is (still) there."""
        with self.engine.connect() as db:
            return db.scalar(select(_session.c.id).where(_session.c.id == session_id)) is not None

    def session(self, session_id: int) -> SessionInfo:
        """One session. Raises StoreError when it is not there."""
        with self.engine.connect() as db:
            row = db.execute(_with_counts().where(_session.c.id == session_id)).first()
        if row is None:
            raise StoreError(f"there is no session {session_id}; it may have been deleted in another window")
        return _info(row)

    def judgements(self, session_id: int) -> pd.DataFrame:
        """Every judgement as it was made, one row each, oldest first; `probs` holds float32 arrays or None."""
        with self.engine.connect() as db:
            rows = (
                db.execute(
                    select(_judgement)
                    .where(_judgement.c.session_id == session_id)
                    .order_by(_judgement.c.time_s, _judgement.c.id)
                )
                .mappings()
                .all()
            )
        table = pd.DataFrame([dict(r) for r in rows], columns=[c.name for c in _judgement.columns])
        arrays = [None if r["probs"] is None else np.array(json.loads(r["probs"]), np.float32) for r in rows]
        table["probs"] = pd.Series(arrays, dtype=object)
        table["box"] = pd.Series(
            [None if r["box"] is None else tuple(json.loads(r["box"])) for r in rows], dtype=object
        )
        return table

    def media_path(self, session: SessionInfo) -> Path | None:
        """The session's recording, when it has one and the file is there."""
        path = self.media_folder / Path(session.media).name if session.media else None
        return path if path and path.is_file() else None

    def attempts(self) -> pd.DataFrame:
        """Practice attempts, oldest first: id, at_unix_s, target, models, face, voice, together, curve.

        curve: as in add_attempt, () where an older version wrote none.
        """
        both = select(_attempt, _curve.c.curve).outerjoin(_curve, _curve.c.attempt_id == _attempt.c.id)
        with self.engine.connect() as db:
            rows = db.execute(both.order_by(_attempt.c.at_unix_s)).all()
        table = pd.DataFrame([tuple(r) for r in rows], columns=[*(c.key for c in _attempt.columns), "curve"])
        table["curve"] = pd.Series([tuple(json.loads(r[-1])) if r[-1] else () for r in rows], dtype=object)
        return table

    def _give_back_space(self) -> None:
        """Overwrite and free the pages of deleted rows, also in the write-ahead log."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            if self.engine.dialect.name == "sqlite":
                db.execute(text("VACUUM"))
                db.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            elif self.engine.dialect.name == "postgresql":  # plain VACUUM keeps the pages with the deleted words
                for table in (_judgement, _session, _curve, _attempt):
                    db.execute(text(f"VACUUM FULL {table.name}"))


def _prepare_sqlite(connection, _record) -> None:
    """Settings by which a kill at any moment does no harm, writers wait for each other, and deleted rows are erased."""
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        f"busy_timeout={LOCK_WAIT_SECONDS * 1000:.0f}",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def _lock_wait(db: Connection, seconds: float) -> Iterator[None]:
    """Within this block SQLite waits so long for a lock of another writer."""
    if db.dialect.name != "sqlite":
        yield
        return
    raw = db.connection.driver_connection
    raw.execute(f"PRAGMA busy_timeout={seconds * 1000:.0f}")
    try:
        yield
    finally:
        raw.execute(f"PRAGMA busy_timeout={LOCK_WAIT_SECONDS * 1000:.0f}")


def _row(session_id: int, j: Judgement) -> dict:
    label = confidence = probs = None
    if j.probs is not None:
        best = int(np.argmax(j.probs))
        label, confidence = KIND_LABELS[j.kind][best], round(float(j.probs[best]), 4)
        probs = json.dumps([round(float(p), 4) for p in j.probs])
    return {
        "session_id": session_id,
        "time_s": round(j.time_s, 3),
        "wall_clock_unix_s": round(j.wall_clock_unix_s, 3),
        "kind": j.kind,
        "track": j.track,
        "main": int(j.main),
        "label": label,
        "confidence": confidence,
        "probs": probs,
        "reason": j.reason,
        "box": None if j.box is None else json.dumps([round(float(v)) for v in j.box]),
    }


def _with_counts():
    """The query of all sessions, each with how many judgements it has and when the last one was made."""
    count = (
        select(_judgement.c.session_id, func.count().label("judgements"), func.max(_judgement.c.time_s).label("last_s"))
        .group_by(_judgement.c.session_id)
        .subquery()
    )
    return select(_session, count.c.judgements, count.c.last_s).outerjoin(count, count.c.session_id == _session.c.id)


def _info(row) -> SessionInfo:
    duration_s = row.last_s or 0.0
    if row.ended_unix_s is not None:
        duration_s = max(duration_s, row.ended_unix_s - row.started_unix_s)
    return SessionInfo(
        id=row.id,
        name=row.name,
        note=row.note,
        tags=tuple(json.loads(row.tags)),
        started_unix_s=row.started_unix_s,
        ended_unix_s=row.ended_unix_s,
        settings=json.loads(row.settings),
        media=row.media,
        judgements=row.judgements or 0,
        duration_s=float(duration_s),
    )
