"""Recorded sessions on the Sessions page: the list, one session, deleting, and how long they are kept."""

from __future__ import annotations

from datetime import datetime, tzinfo

import pandas as pd
import streamlit as st

from emotion.timeline.judgements import face_answers, settings_changes, timeline_of
from emotion.timeline.people import faces_table
from emotion.timeline.store import SessionInfo, Store, StoreError
from ui.replay import draw_replay
from ui.text import counted
from ui.time_zone import local_zone
from ui.timeline_views import as_chosen, draw_downloads, draw_people, draw_timeline
from ui.visitor import here_or

TABS = ["Replay", "Summary and downloads", "Rename, note, tags, delete"]
DOWNLOAD_IT = "Download it under “Summary and downloads”."
NOTHING = "Nothing was judged in this session."


def table_of(sessions: list[SessionInfo], *, zone: tzinfo) -> pd.DataFrame:
    """What the list shows. zone: in which times are told."""
    return pd.DataFrame(
        [
            {
                "name": s.name,
                "begun": _local_time(s.started_unix_s, zone),
                "length": f"{int(s.duration_s) // 60}:{int(s.duration_s) % 60:02d}",
                "tags": " ".join(f"#{t}" for t in s.tags),
                "kept": "labels, film" if s.media else "labels",
                "judgements": s.judgements,
                "state": "" if s.ended_unix_s is not None else "recording, or cut off",
                "note": s.note,
            }
            for s in sessions
        ]
    )


def _local_time(unix_s: float, zone: tzinfo) -> str:
    """A moment in a time zone, to the minute."""
    return f"{datetime.fromtimestamp(unix_s, zone):%Y-%m-%d %H:%M}"


@st.cache_data(show_spinner=False, max_entries=64)
def timeline_and_changes(_store: Store, session_id: int, judgements: int) -> tuple[pd.DataFrame, dict]:
    """A session's timeline, and how the sidebar's settings were changed while it was recorded.

    judgements: how many there are, so that a growing session is read again.
    """
    table = _store.judgements(session_id)
    return timeline_of(table), settings_changes(table, _store.session(session_id).settings)


@st.cache_data(show_spinner=False, max_entries=16)
def faces_of(_store: Store, session_id: int, judgements: int) -> pd.DataFrame:
    """A row for each face in each row of a session's timeline; judgements: as above."""
    table = _store.judgements(session_id)
    return faces_table(timeline_of(table), face_answers(table))


def draw_session(store: Store, session: SessionInfo) -> None:
    """One session: its name, replay, summary, downloads, changes, delete."""
    st.subheader(session.name)
    # only the open tab is drawn: the charts of the others would double the time until the page is there
    tabs = st.tabs(TABS, key=f"session-{session.id}-tabs", on_change="rerun")
    timeline, changes = timeline_and_changes(store, session.id, session.judgements)
    for tab, draw in zip(tabs, (_draw_replay, _draw_summary, _draw_edit)):
        if tab.open:
            with tab:
                draw(store, session, timeline, changes)


def _draw_replay(store: Store, session: SessionInfo, timeline: pd.DataFrame, changes: dict) -> None:
    """Film, curves and readouts."""
    if not len(timeline):
        st.info(NOTHING)
        return
    film = store.media_path(session)
    draw_replay(
        as_chosen(timeline),
        film,
        key=str(session.id),
        else_say=here_or(f"It is in `{film}` on the machine that runs this app.", DOWNLOAD_IT),
        no_film="Labels only: picture and sound were not recorded.",
    )


def _draw_summary(store: Store, session: SessionInfo, timeline: pd.DataFrame, changes: dict) -> None:
    """Figures, charts and downloads."""
    if not len(timeline):
        st.info(NOTHING)
        return
    faces, key = faces_of(store, session.id, session.judgements), f"session-{session.id}"
    draw_people(faces)
    draw_timeline(as_chosen(timeline))
    draw_downloads(timeline, _about(session, changes), name=session.name, key=key, faces=faces)
    _draw_film_download(store, session)


def _draw_edit(store: Store, session: SessionInfo, timeline: pd.DataFrame, changes: dict) -> None:
    """Name, note, tags, and deleting it."""
    _draw_changes(store, session)
    if st.button("Delete this session", icon=":material/delete:", key=f"delete-{session.id}"):
        confirm_delete(store, [session])


def _about(session: SessionInfo, changes: dict) -> dict:
    """What a download says about its source."""
    return {
        "source": f"recorded session {session.id}: {session.name}",
        "note": session.note,
        "tags": list(session.tags),
        "begun": f"{datetime.fromtimestamp(session.started_unix_s, local_zone()):%Y-%m-%d %H:%M %z}",
        "seconds": round(session.duration_s, 1),
        **session.settings,
        **({"changed while it was recorded": changes} if changes else {}),
    }


def _draw_film_download(store: Store, session: SessionInfo) -> None:
    if film := store.media_path(session):
        st.download_button(
            "Picture and sound (MP4)",
            film.read_bytes,  # read on click
            file_name=f"session-{session.id}.mp4",
            mime="video/mp4",
            on_click="ignore",
            icon=":material/movie:",
        )


def _draw_changes(store: Store, session: SessionInfo) -> None:
    """Name, note and tags."""
    with st.form(f"change-{session.id}"):
        name = st.text_input("Name", session.name, max_chars=200)
        note = st.text_area("Note", session.note)
        tags = st.text_input("Tags, separated by commas", ", ".join(session.tags))
        if st.form_submit_button("Save"):
            try:
                store.change(session.id, name=name, note=note, tags=tags.split(","))
            except StoreError as e:
                st.error(str(e))
            else:
                st.rerun()


@st.dialog("Delete for good?")
def confirm_delete(store: Store, sessions: list[SessionInfo]) -> None:
    """Ask once, then delete."""
    names = ", ".join(s.name for s in sessions[:5]) + (" …" if len(sessions) > 5 else "")
    st.write(
        f"{counted(len(sessions), 'session')} with all labels, pictures and sound: {names}. This cannot be undone."
    )
    if st.button("Delete", type="primary"):
        store.delete([s.id for s in sessions])
        st.cache_data.clear()
        st.rerun()


def draw_retention(store: Store) -> None:
    """How long sessions are kept, and a button to delete everything."""
    days = store.retention_days()
    left, right = st.columns(2, vertical_alignment="bottom")
    limited = left.toggle("Delete old sessions automatically", value=days is not None, key="retention-on")
    chosen = right.number_input("Delete after (days)", 1, 3650, days or 30, disabled=not limited, key="retention-days")
    wanted = int(chosen) if limited else None
    if wanted != days and st.button("Save", key="retention-save"):
        store.set_retention_days(wanted)
        deleted = store.prune(now_unix_s=datetime.now().timestamp())
        st.toast(
            f"Saved. Deleted because they were older: {counted(deleted, 'session')}."
            if wanted
            else "Saved. Sessions are kept until you delete them."
        )
        st.rerun()
    if st.button("Delete all sessions and scores", icon=":material/delete_forever:"):
        _confirm_delete_all(store)
    say_where(store)


def say_where(store: Store) -> None:
    """Where everything is kept; paths and addresses for this machine's own browser only."""
    if store.engine.dialect.name == "sqlite":
        where = here_or(f"in `{store.home}` on this machine", "on the machine that runs this app")
        st.caption(f"Everything is {where} and nowhere else.")
    else:
        url = store.engine.url.render_as_string(hide_password=True)
        others = "Labels are in a database, films on the machine that runs this app."
        st.caption(here_or(f"Labels are in {url}, films in `{store.media_folder}`.", others))


@st.dialog("Delete everything?")
def _confirm_delete_all(store: Store) -> None:
    """Ask once, then delete everything that was ever recorded here."""
    st.write("Every session, every film and every practice score on this machine. This cannot be undone.")
    if st.button("Delete all", type="primary"):
        store.delete_all()
        st.cache_data.clear()
        st.rerun()
