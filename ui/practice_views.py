"""What a practice round looks like: target, meters, and the scores with their tip, curve and explanation."""

from __future__ import annotations

from html import escape

import streamlit as st

from emotion.fusion import voice_to_face_labels
from emotion.labels import COLOURS, EMOJI, FACE_LABELS
from emotion.realtime.practice_round import MODALITIES, Result
from emotion.realtime.practice_tip import tip_of
from emotion.realtime.practice_words import HINTS, explain
from emotion.realtime.session import Snapshot
from ui.colours import MODALITY_COLOURS
from ui.panels import REASONS, bar
from ui.plots.practice_plot import curve_svg


def target_card(target: str) -> str:
    """The emotion to act and how it is usually shown, as HTML."""
    hint = HINTS[target]
    background = f"color-mix(in srgb,{COLOURS[target]} 18%,transparent)"
    return (
        f'<div class="target" style="background:{background}"><span class="face">{EMOJI[target]}</span>'
        f'<span><div class="word">{target}</div><div class="hint">Face: {escape(hint.face)}</div>'
        f'<div class="hint">Voice: {escape(hint.voice)}</div></span></div>'
    )


def meters(s: Snapshot, target: str, *, playing: bool) -> str:
    """How probable the target is now, to each modality, as HTML. playing: whether the stream runs."""
    face_reason, voice_reason = (s.face_reason, s.voice_reason) if playing else ("stopped", "stopped")
    face = s.faces.main.probs if s.faces and s.faces.main and not s.face_reason else None
    voice = s.voice.probs if s.voice and not s.voice_reason else None
    bars = (
        _meter("face", face, target, reason=face_reason),
        _meter("voice", None if voice is None else voice_to_face_labels(voice), target, reason=voice_reason),
        _meter("together", s.together and s.together.probs, target, reason=""),
    )
    heading = f"<h3>How much “{target}” the models see and hear now</h3>"
    return f'<div class="readout on meters">{heading}<div class="bars">{"".join(bars)}</div></div>'


def _meter(modality: str, probs, target: str, *, reason: str) -> str:
    colour = MODALITY_COLOURS[modality]
    if probs is None:
        why = f'<div class="why">{escape(REASONS.get(reason, reason))}</div>' if reason else ""
        return bar(modality, 0, colour, "–") + why
    p = float(probs[FACE_LABELS.index(target)])
    return bar(modality, p, colour, f"{p:.0%}")


def draw_result(
    result: Result, *, bests: tuple[str, ...], best_curve: tuple[float | None, ...], best_in_words: str
) -> None:
    """Three scores, a tip, and the course over the window beside that of the best round.

    bests: modalities with a new best score. best_curve: see Score.curve; () where it is not known.
    """
    st.subheader(f"{EMOJI[result.target]} {result.target}: your result", anchor=False)
    cards = "".join(_score_card(m, getattr(result, m).value, new_best=m in bests) for m in MODALITIES)
    st.html(f'<div class="scores">{cards}</div>')
    st.html(f'<div class="tip"><b>Tip</b> {escape(tip_of(result))}</div>')
    st.markdown(curve_svg(result, best_curve), unsafe_allow_html=True)  # st.html drops SVG
    st.caption(best_in_words)


def draw_explanation(result: Result) -> None:
    """Why each of the three scores is what it is."""
    for column, (name, sentences) in zip(st.columns(3), explain(result, reasons=REASONS).items()):
        column.markdown(f"**{name.capitalize()}**\n\n" + "\n".join(f"- {s}" for s in sentences))


def _score_card(modality: str, value: float | None, *, new_best: bool) -> str:
    return (
        f'<div class="score score-{modality}" style="border-top-color:{MODALITY_COLOURS[modality]}">'
        f'<h3>{modality.capitalize()}</h3><div class="value">{"–" if value is None else f"{value:.0%}"}</div>'
        f'<div class="new">{"★ new best" if new_best else ""}</div></div>'
    )
