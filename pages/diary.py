"""Diary: recorded sessions day by day, for oneself."""

import time
from datetime import datetime, tzinfo

import streamlit as st

from emotion.timeline.days import in_period, local_day
from emotion.timeline.store import SessionInfo
from ui.entry import through_app
from ui.sample_clip import offer_sample
from ui.shared_store import shared_store
from ui.time_zone import local_zone
from ui.trends import draw_trend

PERIODS = {"7 days": 7, "30 days": 30, "365 days": 365, "All": None}
CAUTION = """
**No diagnosis.** These are a model's guesses about how a face looked and a voice sounded while you recorded, not how
you felt. Light, camera, microphone, the topic of your talk and the chosen model change the lines too, and the models
are often wrong. A day that looks sad here need not have been sad, and a happy chart does not mean that all is well.

**If you are worried about yourself or someone else**, do not wait for a chart: talk to a doctor or a therapist, or to
someone you trust. In an emergency call the emergency number of the place where you are.
"""


def length(seconds: float) -> str:
    """A length in words."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def count(things: list, word: str) -> str:
    """A number in bold and its word, with an s where there are several."""
    return f"**{len(things)}** {word}{'s' if len(things) > 1 else ''}"


def draw_day(sessions: list[SessionInfo], zone: tzinfo) -> None:
    """The sessions of one day with their notes and tags, oldest first."""
    for s in sorted(sessions, key=lambda s: s.started_unix_s):
        begun = f"{datetime.fromtimestamp(s.started_unix_s, zone):%H:%M}"
        with st.container(border=True):
            # what people typed is shown as it is, never as Markdown
            st.text(" · ".join([begun, s.name, length(s.duration_s), *(f"#{t}" for t in s.tags)]))
            if s.note:
                st.text(s.note)
            if not s.judgements:
                st.caption("Nothing was judged in this session.")


through_app()
st.title("Diary")
st.caption("Your recorded sessions, day by day, from this machine. Everybody who can open this page can see it.")
store = shared_store()
if store is None:
    st.stop()
zone = local_zone()
everything = store.sessions()
if not everything:
    st.info(
        "Your diary is empty. It shows sessions that you record: open **Live**, press START, then **Record**, and stop "
        "when you like. A minute a day is enough. You can add tags and notes on the Sessions page."
    )
    offer_sample("diary")
    st.markdown(CAUTION)
    st.stop()

left, right = st.columns([2, 1], vertical_alignment="bottom")
period = left.segmented_control("Period", list(PERIODS), default="30 days", key="diary-period") or "30 days"
tag = right.selectbox(
    "Tag",
    [None, *sorted({t for s in everything for t in s.tags})],
    key="diary-tag",
    format_func=lambda t: "all" if t is None else f"#{t}",
)
recent = in_period(everything, days=PERIODS[period], now_unix_s=time.time(), zone=zone)
chosen = [s for s in recent if tag is None or tag in s.tags]
st.warning(CAUTION, icon=":material/health_and_safety:")
if not chosen:
    st.info("No session in this period with this tag. Choose a longer period or another tag.")
    st.stop()

days = sorted({local_day(s.started_unix_s, zone=zone) for s in chosen}, reverse=True)
total = length(sum(s.duration_s for s in chosen))
st.markdown(f"{count(chosen, 'session')} on {count(days, 'day')}, **{total}** in all.")
draw_trend(store, chosen, key="diary")
st.subheader("Notes and tags")
day = st.selectbox("Day", days, key="diary-day", format_func=lambda d: f"{d:%A, %d %B %Y}")
draw_day([s for s in chosen if local_day(s.started_unix_s, zone=zone) == day], zone)
