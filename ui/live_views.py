"""What the Live page shows of a stream: figures, one readout per judgement, the last minute."""

from __future__ import annotations

import numpy as np
import streamlit as st

from emotion.fusion import face_labels_of_voice
from emotion.judge import REST_SECONDS
from emotion.labels import FACE_LABELS, VOICE_LABELS, affect_in_words, valence_arousal
from emotion.person import WORTH_A_WORD_S
from emotion.protocols import adapts
from emotion.realtime.session import HISTORY_SECONDS, LiveSession, Moment, Snapshot
from emotion.timeline.disagreement import divergence
from ui.experimental import experimental
from ui.kept_clips import voice_note
from ui.kept_neutral import ask_whether_to_keep, in_words
from ui.live_people import people_table
from ui.live_spoken import draw_spoken, in_spoken_words
from ui.panels import readout, vitals
from ui.plots.live_plots import circumplex_svg, disagreement_svg, timeline_svg
from ui.settings import settings
from ui.visitor import with_reason

STRONGEST = 3  # words that have a bar, unless all are asked for
ALL_WORDS = "live-all-words"  # the switch that asks for them
TRAIL = 40  # moments of the path through valence and arousal


def main_title(mode: str, *, camera: bool) -> str:
    """The one judgement that the page is about: Together, and in Simple the face, or the voice without a camera."""
    if mode == "hybrid":
        return "Together"
    return "Face" if camera else "Voice"


def draw_readouts(session: LiveSession, *, playing: bool = True, camera: bool = True) -> None:
    """One readout per judgement, the main one first and the largest; empty ones while the stream does not run.

    camera: whether the stream uses one.
    """
    strongest = None if st.session_state.get(ALL_WORDS) else STRONGEST
    large = main_title(session.settings.mode, camera=camera)
    if not playing:
        others = {"Face": FACE_LABELS, "Voice": VOICE_LABELS}
        notes = {"Voice": voice_note(session.voice_model)}
        html = {
            t: readout(t, None, w, reason="stopped", note=notes.get(t, ""), strongest=STRONGEST, large=t == large)
            for t, w in {large: FACE_LABELS, **others}.items()
        }
        st.html("".join(html.values()))
        draw_spoken("")
        return
    s, face_model = session.snapshot(), settings().face_model
    html = {"Together": _together(s, face_model, strongest)} if s.mode == "hybrid" else {}
    html["Face"] = _face(s, face_model, strongest, large=large == "Face")
    html["Voice"] = _voice(s, session, strongest, large=large == "Voice")
    first = html.pop(large, "")
    st.html(first + people_table(s) + "".join(html.values()))
    draw_spoken(in_spoken_words(s, large))
    if s.gave_way:
        st.info(
            "This machine cannot keep up with the chosen face model just now, so the model `fast` answers until you "
            "press STOP."
        )
    if s.error:
        st.warning(with_reason("Something went wrong and the stream goes on", s.error))


def draw_details(session: LiveSession) -> None:
    """Figures of the stream."""
    st.html(vitals(_figures(session.snapshot())))


def _figures(s: Snapshot) -> dict[str, str]:
    return {
        "pictures a second": f"{s.fps:.0f}",
        "label age": "–" if s.label_age_ms is None else f"{s.label_age_ms:.0f} ms",
        "pictures not judged": f"{s.frames_skipped} of {s.frames}",
        "face": s.face_reason or "in use",
        "voice": s.voice_reason or "in use",
    }


def _together(s: Snapshot, face_model: str, strongest: int | None = None) -> str:
    if s.together is None:
        reason = "starting" if s.face_reason == "starting" else "neither face nor voice"
        return readout("Together", None, FACE_LABELS, reason=reason, strongest=strongest, large=True)
    weights = ", ".join(f"{m} × {w:.1f}" for m, w in s.together.weights.items() if w)
    note = f"{s.together.reason} ({weights})" if s.together.sure else weights
    labels = s.together.labels
    note = "; ".join([note, *(f"experimental: {word}" for word in experimental(face_model) if word in labels)])
    shown = labels.index(s.together.label)
    return readout(
        "Together",
        s.together.answer,
        labels,
        shown=shown,
        reason=s.together.reason,
        note=note,
        strongest=strongest,
        large=True,
    )


def _face(s: Snapshot, face_model: str, strongest: int | None = None, *, large: bool = False) -> str:
    main = s.faces.main if s.faces and not s.face_reason else None
    if main is None:
        return readout("Face", None, FACE_LABELS, reason=s.face_reason, strongest=strongest, large=large)
    several = len(s.faces.faces) > 1
    notes = [f"the main one of {len(s.faces.faces)} faces, #{main.track}"] if several else []
    notes += changed_from(main.neutral.seconds, learned=main.neutral.learned) if main.neutral else []
    notes += [f"experimental: {word}" for word in experimental(face_model) if word in main.labels]
    reason, note = s.face_reason or main.why_hard, "; ".join(notes)
    return readout(
        "Face",
        main.answer,
        main.labels,
        shown=main.shown,
        reason=reason,
        note=note,
        strongest=strongest,
        large=large,
    )


def changed_from(seconds: float, *, learned: bool = True) -> list[str]:
    """What an answer is a change from, in words; nothing while hardly anything is known."""
    how = "learned from" if learned else "taken for"
    return [f"changed from your neutral ({how} {seconds:.0f} s)"] if seconds >= WORTH_A_WORD_S else []


def _voice(s: Snapshot, session: LiveSession, strongest: int | None = None, *, large: bool = False) -> str:
    probs = s.voice.probs if s.voice and not s.voice_reason else None
    notes = changed_from(s.voice.centre.seconds) if s.voice and s.voice.centre else []
    notes += [note] if (note := voice_note(session.voice_model)) else []
    reason = s.voice_reason or (s.voice.why_hard if s.voice else "")
    shown = s.voice.shown if s.voice else None
    note = "; ".join(notes)
    return readout(
        "Voice",
        probs,
        VOICE_LABELS,
        shown=shown,
        reason=reason,
        note=note,
        strongest=strongest,
        large=large,
    )


def draw_neutral_controls(session: LiveSession, *, camera: bool, microphone: bool) -> None:
    """The button that takes a neutral face and voice, what it still waits for, and the button that keeps them."""
    s = session.snapshot()
    face_left_s = s.faces.rest_left_s if s.faces else None
    voice_left_s = s.voice.rest_left_s if s.voice else None
    voice_too = microphone and adapts(session.voice_model)
    if not session.settings.adapt:
        st.caption("Face and voice are judged as they are: “Adapt to each person” is off.")
        return
    waits = ""
    if face_left_s is not None:
        waits = f":material/self_improvement: Rest your face and look at the camera: {face_left_s:.0f} s"
    elif voice_left_s is not None:
        waits = (
            ":material/record_voice_over: Say a sentence plainly, as you would tell the time: "
            f"{voice_left_s:.0f} s of speech are still needed"
        )
    if waits:
        st.caption(waits)
        st.button("Cancel", key="neutral-cancel", on_click=session.stop_taking_neutral)
        return
    if not camera and not voice_too:
        return
    with st.container(horizontal=True):
        if st.button("This is my neutral", icon=":material/self_improvement:", help=_what_is_asked(camera, voice_too)):
            session.take_neutral(face=camera, voice=voice_too)
        # the help stays the same: with another text it would be another button, and a click on the one before is lost
        person = session.learned()
        if in_words(person) and st.button(
            "Remember my neutral",
            icon=":material/save:",
            help="For the next time. Asks before anything is kept on this machine.",
        ):
            ask_whether_to_keep(person, session.face_model, session.voice_model)
            st.rerun()  # the whole page: what this fragment draws is gone in a second


def _what_is_asked(face: bool, voice: bool) -> str:
    parts = [f"Rest your face for {REST_SECONDS:.0f} seconds."] if face else []
    parts += ["Say a sentence plainly."] if voice else []
    return " Then ".join(parts).replace("Then Say", "Then say") + " From then on the change from there is shown."


def draw_history(session: LiveSession) -> None:
    """The last minute, and the path through valence and arousal."""
    moments = session.history()
    hybrid = session.settings.mode == "hybrid"
    shown = {"Together": FACE_LABELS} if hybrid else {"Face": FACE_LABELS, "Voice": VOICE_LABELS}
    left, right = st.columns([3, 2] if hybrid else 2)
    for place, (title, labels) in zip((left, right), shown.items()):
        line = [(m.time_s, getattr(m, title.lower())) for m in moments]
        words = f"Last {HISTORY_SECONDS:.0f} s – {title}"
        picture = timeline_svg(line, labels, span_s=HISTORY_SECONDS, title=words)
        place.markdown(picture, unsafe_allow_html=True)  # st.html drops SVG
    with left:
        both = [(m.time_s, m.face, m.voice) for m in moments if m.face is not None and m.voice is not None]
        if both:
            st.caption("How far face and voice are apart")
            values = [(t, float(divergence(face, face_labels_of_voice(voice)))) for t, face, voice in both]
            st.markdown(disagreement_svg(values, span_s=HISTORY_SECONDS), unsafe_allow_html=True)
    with right:
        answers = [_main_answer(m, hybrid) for m in moments[-TRAIL:]]
        trail = [valence_arousal(probs, labels) for probs, labels in answers if probs is not None]
        now = f": now {affect_in_words(*trail[-1])}" if trail else ""
        st.caption(
            f"How pleasant and how excited{now}",
            help="Valence and arousal of the words, weighted by the answer (Russell 1980).",
        )
        st.markdown(circumplex_svg(trail), unsafe_allow_html=True)


def _main_answer(moment: Moment, hybrid: bool) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """The distribution that the circle follows: Together in Hybrid, else the face, else the voice."""
    if hybrid:
        return moment.together, FACE_LABELS
    return (moment.face, FACE_LABELS) if moment.face is not None else (moment.voice, VOICE_LABELS)
