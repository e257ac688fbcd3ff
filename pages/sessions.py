"""Sessions: what was recorded – list, replay, compare, download, delete."""

import streamlit as st

from emotion.timeline.store import SessionInfo, Store
from ui.comparison import draw_comparison
from ui.entry import through_app
from ui.sample_clip import offer_sample
from ui.session_views import confirm_delete, draw_retention, draw_session, table_of, timeline_and_changes
from ui.shared_store import shared_store
from ui.text import counted
from ui.time_zone import local_zone
from ui.trends import draw_trend


def draw_list(store: Store, found: list[SessionInfo]) -> None:
    """The list, and below it the ticked session, or two of them compared."""
    if not found:
        st.info("No session matches. Clear the search or the tag.")
        return
    picked = st.dataframe(
        table_of(found, zone=local_zone()),
        hide_index=True,
        width="stretch",
        selection_mode="multi-row",
        on_select="rerun",
        key="session-list-" + "-".join(str(s.id) for s in found),  # ticks are of row numbers: other rows, another list
    )
    ticked = [found[i] for i in picked.selection.rows if i < len(found)]
    if not picked.selection.rows:
        st.caption("Tick one session to see it, two to compare them. Shown now: the newest.")
    shown = ticked or found[:1]
    if len(shown) == 1:
        draw_session(store, shown[0])
    elif len(shown) == 2:
        draw_two(store, *shown)
    else:
        st.write(f"{len(shown)} sessions are ticked.")
        if st.button("Delete these sessions", icon=":material/delete:"):
            confirm_delete(store, shown)


def draw_two(store: Store, first: SessionInfo, second: SessionInfo) -> None:
    """Two sessions side by side; their numbers tell them apart if they have the same name."""
    name = lambda s: f"{s.name} ({s.id})" if first.name == second.name else s.name
    timelines = {name(s): timeline_and_changes(store, s.id, s.judgements)[0] for s in (first, second)}
    draw_comparison(timelines, key="compare")


through_app()
st.title("Sessions")
st.caption("What you recorded on the Live page. Labels are a model's guesses about expressions, not feelings.")
store = shared_store()
if store is None:
    st.stop()
everything = store.sessions()
if not everything:
    st.info("Nothing is recorded yet. Open **Live**, press START, then **Record**.")
    offer_sample("sessions")
    draw_retention(store)
    st.stop()

left, right = st.columns([2, 1])
search = left.text_input("Search names, notes and tags", key="session-search")
tag = right.selectbox(
    "Tag",
    [None, *sorted({t for s in everything for t in s.tags})],
    format_func=lambda t: "all" if t is None else f"#{t}",
)
found = store.sessions(search=search, tag=tag)
names = ["List", "Trend over days", "How long they are kept"]
list_tab, trend_tab, keep_tab = st.tabs(names, key="session-tabs", on_change="rerun")
with list_tab:
    st.caption(counted(len(found), "session"))
    draw_list(store, found)
if trend_tab.open:
    with trend_tab:
        draw_trend(store, found, key="sessions-trend")
if keep_tab.open:
    with keep_tab:
        draw_retention(store)
