"""Several faces on the Live page: which one is the main face, what each shows, and who speaks."""

from __future__ import annotations

from html import escape

import streamlit as st

from emotion.certainty import verdict
from emotion.judge import FaceReading
from emotion.labels import EMOJI
from emotion.realtime.session import LiveSession, Snapshot
from ui.panels import UNSURE_MARK


def draw_main_face(session: LiveSession) -> None:
    """A choice of the main face by its number, where there are several."""
    s = session.snapshot()
    if s.faces is None or s.face_reason in ("no camera", "picture too large", "failed", "starting"):
        return
    pinned = s.faces.pinned
    tracks = sorted({f.track for f in s.faces.faces} | ({pinned} if pinned is not None else set()))
    if len(tracks) < 2:
        return
    key = "main-face-" + "-".join(map(str, tracks))  # other faces, another choice
    st.segmented_control(
        "Main face",
        tracks,
        format_func=lambda track: f"#{track}",
        default=pinned,
        key=key,
        on_change=lambda: session.pin(st.session_state.get(key)),
        help="The number is on the face's box. Chosen: that face is the main one until it is gone. Not chosen: the "
        "largest becomes the main one, and stays it until it is gone for a second.",
    )


def people_table(s: Snapshot) -> str:
    """What each face shows and who speaks, as HTML; empty where there is one face or none."""
    faces = s.faces.faces if s.faces and not (s.face_reason and s.face_reason != "main face away") else ()
    if len(faces) < 2:
        return ""
    rows = "".join(_row(f, s) for f in sorted(faces, key=lambda f: f.track))
    why = s.speaker.reason if s.speaker and s.speaker.track is None else ""
    note = f'<div class="why">Who speaks: {escape(why)}</div>' if why else ""
    return f'<div class="readout people"><h3>Each person</h3><table>{rows}</table>{note}</div>'


def _row(face: FaceReading, s: Snapshot) -> str:
    if face.answer is None:
        answer = f"– {escape(face.reason)}"
    else:
        found = verdict(face.answer, face.labels, "face", shown=face.shown)
        answer = f"{EMOJI[found.label] if found.sure else UNSURE_MARK} {found.words} {found.confidence:.0%}"
    main = s.faces is not None and s.faces.main is face
    marks = ["pinned" if s.faces and s.faces.pinned == face.track else "main face"] if main else []
    marks += ["speaks"] if s.speaker and s.speaker.track == face.track else []
    return f"<tr><th>#{face.track}</th><td>{answer}</td><td>{', '.join(marks)}</td></tr>"
