"""The voice model with noise, through other channels, where nobody speaks, and through a browser."""

from __future__ import annotations

import streamlit as st

from ui.results.dots import Dot, dot_chart
from ui.results.result_tables import interval, percent, table, taken


def draw_channels(f: dict) -> None:
    """The loss through codecs, microphones, rooms and noise."""
    st.markdown("**With noise, and through another channel**")
    table(
        [
            {
                "channel": r["channel"],
                "UAR %": percent(r["uar"]),
                "lost %": percent(r["uar_lost"]),
                "same label %": percent(r["same_label"]),
                "accuracy %": percent(r["accuracy"]),
                "accuracy, 95% interval": interval(r["interval_95"]),
            }
            for r in f["channels"]
        ],
        key="channels",
    )
    st.caption(
        f"8 classes. {f['protocol']} n = {f['n']:,} clips. {taken(f)} A channel "
        "costs something for sure only where its interval lies below that of clean sound."
    )
    st.markdown("**Where nobody speaks**")
    table(
        [
            {
                "sound": r["sound"],
                "named an emotion %": percent(r["judged"]),
                "readings": r["readings"],
                "recordings": r["recordings"],
            }
            for r in f["no_voice"]
        ],
        key="no_voice",
    )
    st.caption(
        "As the app listens: one reading each half second, judged only where voice activity detection finds speech. "
        "Mute, hiss, keyboard and music are synthetic, the others are recordings (ESC-10). The right answer is: none. "
        f"{f['date']}."
    )


def draw_browser(f: dict) -> None:
    """The effect of the browser's own sound processing."""
    st.markdown("**Through the browser's own sound processing**")
    cards = [
        dot_chart(sound, [_dot(r["setting"], r, "not through a browser") for r in f["settings"] if r["sound"] == sound])
        for sound in dict.fromkeys(r["sound"] for r in f["settings"])
    ]
    st.html(f'<div class="cards two">{"".join(cards)}</div>')
    with st.expander("As a table"):
        table(
            [
                {
                    "sound": r["sound"],
                    "browser setting": r["setting"],
                    "UAR %": percent(r["uar"]),
                    "accuracy %": percent(r["accuracy"]),
                    "accuracy, 95% interval": interval(r["interval_95"]),
                }
                for r in f["settings"]
            ],
            key="browser",
        )
    st.caption(f"Accuracy, with its 95% interval. {f['protocol']} n = {f['n']:,} clips. {taken(f)}")


def _dot(name: str, row: dict, unchanged: str) -> Dot:
    """A condition's accuracy; that of the unchanged sound in the app's colour."""
    low, high = row["interval_95"]
    return Dot(name, row["accuracy"], (low, high), ours=name == unchanged)
