"""Who speaks, of two faces: how often the app names the right one."""

from __future__ import annotations

import streamlit as st

from emotion.evaluation import measurements
from ui.results.result_tables import percent, table, taken


def draw_speakers(measured: dict[str, dict]) -> None:
    """The measurement of the naming of speakers; nothing where there is none."""
    f = measured.get(measurements.SPEAKERS_NAME)
    if f is None:
        return
    st.markdown("**Who speaks, of two faces**")
    known = [row for row in f["rows"] if "right" in row]
    known += [_all_of(group, known) for group in dict.fromkeys(row["set"] for row in known)]
    table(
        [
            {
                "people": row["set"],
                "the one who speaks is …": row["kind"],
                "films": row["films"],
                "speech, s": row["seconds"],
                "right %": percent(row["right"]),
                "wrong %": percent(row["wrong"]),
                "nobody named %": percent(row["nobody"]),
                "right, sound 0.1 s apart %": percent(row["right_sound_apart"]),
            }
            for row in known
        ],
        key="speakers",
    )
    others = "; ".join(f"{row['set']}, {row['kind']}: {row['named']:.0%}" for row in f["rows"] if "named" in row)
    st.caption(f"Where nobody or both speak, somebody was named in this share of the time: {others}.")
    st.caption(f"{f['data_set']}; {f['split']}. {f['protocol']} {taken(f)}")


def _all_of(group: str, rows: list[dict]) -> dict:
    """One row for all films of a set, each second of speech counted the same."""
    mine = [row for row in rows if row["set"] == group]
    seconds = sum(row["seconds"] for row in mine)
    mean = {
        share: sum(row[share] * row["seconds"] for row in mine) / seconds
        for share in ("right", "wrong", "nobody", "right_sound_apart")
    }
    return {"set": group, "kind": "all of these", "films": sum(r["films"] for r in mine), "seconds": seconds, **mean}
