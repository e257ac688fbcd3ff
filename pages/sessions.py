"""Sessions: what was recorded – found, looked back at, compared, taken out, deleted."""

from datetime import datetime

import pandas as pd
import streamlit as st

from emotion.timeline.judgements import settings_changes, timeline_of
from emotion.timeline.store import SessionInfo, Store, StoreError
from ui.comparison import draw_comparison
from ui.day_charts import draw_trend
from ui.entry import through_app
from ui.replay import draw_replay
from ui.shared_store import shared_store
from ui.timeline_views import draw_downloads, draw_timeline


def local_time(unix_s: float) -> str:
    """A moment in this machine's time zone, to the minute."""
    return datetime.fromtimestamp(unix_s).strftime("%Y-%m-%d %H:%M")


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def table_of(sessions: list[SessionInfo]) -> pd.DataFrame:
    """What the list shows."""
    return pd.DataFrame(
        [
            {
                "name": s.name,
                "begun": local_time(s.started_unix_s),
                "length": clock(s.duration_s),
                "tags": " ".join(f"#{t}" for t in s.tags),
                "kept": "labels, film" if s.media else "labels",
                "judgements": s.judgements,
                "state": "" if s.ended_unix_s is not None else "recording, or cut off",
                "note": s.note,
            }
            for s in sessions
        ]
    )


def about(session: SessionInfo, changes: dict) -> dict:
    """What a download says of where it comes from."""
    return {
        "source": f"recorded session {session.id}: {session.name}",
        "note": session.note,
        "tags": list(session.tags),
        "begun": local_time(session.started_unix_s),
        "seconds": round(session.duration_s, 1),
        **session.settings,
        **({"changed while it was recorded": changes} if changes else {}),
    }


@st.cache_data(show_spinner=False, max_entries=64)
def look_back(_store: Store, session_id: int, judgements: int) -> tuple[pd.DataFrame, dict]:
    """A session's timeline, and what the sidebar was changed to meanwhile; judgements: how many there are, so that a growing session is read again."""
    table = _store.judgements(session_id)
    return timeline_of(table), settings_changes(table, _store.session(session_id).settings)


def draw_session(store: Store, session: SessionInfo) -> None:
    """One session: its name and note, replay, summary, downloads, delete."""
    st.subheader(session.name)
    table, changes = look_back(store, session.id, session.judgements)
    replay, summary, edit = st.tabs(["Replay", "Summary and downloads", "Rename, note, tags, delete"])
    if not len(table):
        replay.info("Nothing was judged in this session.")
    else:
        with replay:
            draw_replay(table, store.media_path(session), key=f"replay-{session.id}")
        with summary:
            draw_timeline(table, key=f"session-{session.id}")
            draw_downloads(table, about(session, changes), name=session.name, key=f"session-{session.id}")
            if film := store.media_path(session):
                st.download_button(
                    "Picture and sound (MP4)",
                    film.read_bytes,
                    file_name=f"session-{session.id}.mp4",
                    mime="video/mp4",  # read on click
                    on_click="ignore",
                    icon=":material/movie:",
                )
    with edit:
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
        if st.button("Delete this session", icon=":material/delete:", key=f"delete-{session.id}"):
            confirm_delete(store, [session])


@st.dialog("Delete for good?")
def confirm_delete(store: Store, sessions: list[SessionInfo]) -> None:
    """Ask once, then delete."""
    st.write(
        f"{len(sessions)} session(s) with all labels, pictures and sound: {', '.join(s.name for s in sessions[:5])}"
        + (" …" if len(sessions) > 5 else "")
        + ". This cannot be undone."
    )
    if st.button("Delete", type="primary"):
        store.delete([s.id for s in sessions])
        st.cache_data.clear()
        st.rerun()


@st.dialog("Delete everything?")
def confirm_delete_all(store: Store) -> None:
    """Ask once, then delete everything that was ever recorded here."""
    st.write("Every session, every film and every practice score on this machine. This cannot be undone.")
    if st.button("Delete all", type="primary"):
        store.delete_all()
        st.cache_data.clear()
        st.rerun()


def draw_housekeeping(store: Store) -> None:
    """Retention, and delete all."""
    days = store.retention_days()
    left, right = st.columns(2, vertical_alignment="bottom")
    keep = left.toggle("Delete sessions by themselves after some days", value=days is not None, key="retention-on")
    chosen = right.number_input("Days", 1, 3650, days or 30, disabled=not keep, key="retention-days")
    wanted = int(chosen) if keep else None
    if wanted != days and st.button("Save", key="retention-save"):
        store.set_retention_days(wanted)
        gone = store.prune(now_unix_s=datetime.now().timestamp())
        st.toast(
            f"Saved; {gone} session(s) were older and are gone."
            if wanted
            else "Saved; sessions are kept until you delete them."
        )
        st.rerun()
    if st.button("Delete all sessions and scores", icon=":material/delete_forever:"):
        confirm_delete_all(store)
    st.caption(
        f"Everything lies in `{store.home}` on this machine and nowhere else."
        if store.engine.dialect.name == "sqlite"
        else f"Labels lie in {store.engine.url.render_as_string(hide_password=True)}, films in `{store.media_folder}`."
    )


through_app()
st.title("Sessions")
st.caption("What you recorded on the Live page. Labels are a model's guesses about expressions, not feelings.")
store = shared_store()
if store is None:
    st.stop()
everything = store.sessions()
if not everything:
    st.info("Nothing is recorded yet. Open **Live**, press START, then **Record**.")
    draw_housekeeping(store)
    st.stop()

left, right = st.columns([2, 1])
search = left.text_input("Search names, notes and tags", key="session-search")
tag = right.selectbox(
    "Tag",
    [None, *sorted({t for s in everything for t in s.tags})],
    format_func=lambda t: "all" if t is None else f"#{t}",
)
found = store.sessions(search=search, tag=tag)
list_tab, trend_tab, keep_tab = st.tabs([f"List ({len(found)})", "Trend over days", "Retention and delete all"])
with list_tab:
    if not found:
        st.info("No session matches. Clear the search or the tag.")
    else:
        # ticks belong to row numbers, so another list is another table
        picked = st.dataframe(
            table_of(found),
            hide_index=True,
            width="stretch",
            selection_mode="multi-row",
            on_select="rerun",
            key="session-list-" + "-".join(str(s.id) for s in found),
        )
        rows = [found[i] for i in picked.selection.rows if i < len(found)] or found[:1]
        if not picked.selection.rows:
            st.caption("Tick one session to look back at it, two to compare them. Shown now: the newest.")
        if len(rows) == 1:
            draw_session(store, rows[0])
        elif len(rows) == 2:
            draw_comparison(
                {
                    s.name if rows[0].name != rows[1].name else f"{s.name} ({s.id})": look_back(
                        store, s.id, s.judgements
                    )[0]
                    for s in rows
                },
                key="compare",
            )
        else:
            st.write(f"{len(rows)} sessions are ticked.")
            if st.button("Delete these sessions", icon=":material/delete:"):
                confirm_delete(store, rows)
with trend_tab:
    draw_trend(store, found, key="sessions-trend")
with keep_tab:
    draw_housekeeping(store)
