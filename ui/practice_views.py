"""What a practice round looks like: target, clock, meters, scores and the curve behind them."""

from __future__ import annotations

from html import escape

import streamlit as st

from emotion.fusion import voice_to_face_labels
from emotion.labels import COLOURS, EMOJI, FACE_LABELS
from emotion.realtime.practice_round import (
    HINTS,
    MODALITIES,
    WINDOW_SECONDS,
    Result,
    Round,
    explain,
    phase,
    seconds_left,
)
from emotion.realtime.session import Snapshot
from ui.panels import REASONS, STYLE

LINES = {"face": "#e0762f", "voice": "#2f87ab", "both": "#8e6bbf"}

LOOK = (
    STYLE
    + """<style>
.target{display:flex;align-items:center;gap:.9rem;border-radius:.6rem;padding:.7rem 1rem;margin-bottom:.6rem}
.target .face{font-size:2.6rem;line-height:1.2}.target .word{font-size:1.5rem;font-weight:650}.target .hint{font-size:.85rem;opacity:.85}
.target .clock{margin-left:auto;font-size:2.6rem;font-weight:700;font-variant-numeric:tabular-nums;white-space:nowrap;text-align:right;line-height:1.1}
.target .clock small{display:block;font-size:.8rem;font-weight:500;opacity:.8}
.scores{display:flex;gap:.7rem;margin-bottom:.4rem}
.scores .score{flex:1;border:1px solid color-mix(in srgb,currentColor 18%,transparent);border-radius:.6rem;padding:.5rem .8rem;border-top-width:4px}
.scores h3{font-size:.85rem;font-weight:600;margin:0;padding:0;opacity:.75}
.scores .value{font-size:1.8rem;font-weight:650;font-variant-numeric:tabular-nums}
.scores .new{font-size:.75rem;font-weight:600;opacity:.85;min-height:1.1rem}
.practice-chart{max-width:46rem}@media (max-width:640px){.practice-chart text{font-size:18px}}
</style>"""
)


def clock(round_: Round | None, now_s: float) -> str:
    """The countdown or what is left of the window, as HTML."""
    if round_ is None:
        return ""
    left = int(seconds_left(round_, now_s)) + 1
    words = "get ready" if phase(round_, now_s) == "countdown" else "act now"
    return f'<div class="clock {words.replace(" ", "-")}" role="timer">{left}<small>{words}</small></div>'


def target_card(target: str, beside: str) -> str:
    """The emotion to act, as HTML."""
    return (
        f'<div class="target" style="background:color-mix(in srgb,{COLOURS[target]} 18%,transparent)"><span class="face">{EMOJI[target]}</span>'
        f'<span><div class="word">{target}</div><div class="hint">{escape(HINTS[target])}</div></span>{beside}</div>'
    )


def meters(s: Snapshot, target: str) -> str:
    """How probable the target is now, to each modality, as HTML."""
    face = s.faces.main.probs if s.faces and s.faces.main and not s.face_reason else None
    voice = (
        voice_to_face_labels(s.voice.probs) if s.voice and s.voice.probs is not None and not s.voice_reason else None
    )
    rows = ""
    for name, probs, why in (
        ("face", face, s.face_reason),
        ("voice", voice, s.voice_reason),
        ("both", s.together and s.together.probs, ""),
    ):
        p = None if probs is None else float(probs[FACE_LABELS.index(target)])
        rows += (
            f'<div class="bar"><span>{name}</span><div class="track"><div class="fill" style="width:{(p or 0) * 100:.1f}%;background:{LINES[name]}">'
            f'</div></div><span class="value">{"–" if p is None else f"{p:.0%}"}</span></div>'
            + (f'<div class="why">{escape(REASONS.get(why, why))}</div>' if p is None and why else "")
        )
    return f'<div class="readout on meters"><h3>“{target}” to the models, now</h3><div class="bars">{rows}</div></div>'


def draw_result(result: Result, *, bests: tuple[str, ...]) -> None:
    """Three scores, the curve over the window, and what moved them."""
    st.subheader(f"{EMOJI[result.target]} {result.target}: how it went", anchor=False)
    cards = ""
    for m in MODALITIES:
        value = getattr(result, m).value
        cards += (
            f'<div class="score score-{m}" style="border-top-color:{LINES[m]}"><h3>{m.capitalize()}</h3><div class="value">'
            f'{"–" if value is None else f"{value:.0%}"}</div><div class="new">{"★ new best" if m in bests else ""}</div></div>'
        )
    st.html(f'{LOOK}<div class="scores">{cards}</div>')
    st.markdown(curve_svg(result), unsafe_allow_html=True)  # st.html drops SVG
    for column, (name, sentences) in zip(st.columns(3), explain(result, reasons=REASONS).items()):
        column.markdown(f"**{name.capitalize()}**\n\n" + "\n".join(f"- {s}" for s in sentences))


def curve_svg(result: Result) -> str:
    """Probability of the target over the window, one line per modality, broken where nothing was judged."""
    width, height, left, bottom, top = 640, 190, 56, 24, 12
    x = lambda i: left + (i + 0.5) / len(result.face.curve) * (width - left - 4)  # noqa: E731
    y = lambda p: top + (1 - p) * (height - top - bottom)  # noqa: E731
    faint = 'stroke="currentColor" stroke-opacity="0.18"'
    drawn = "".join(
        f'<line x1="{left}" x2="{width}" y1="{y(p)}" y2="{y(p)}" {faint}/><text x="{left - 6}" y="{y(p) + 4}" text-anchor="end">{p:.0%}</text>'
        for p in (0, 0.5, 1)
    )
    drawn += "".join(
        f'<text x="{left + t / WINDOW_SECONDS * (width - left - 4):.0f}" y="{height - 6}" text-anchor="{"end" if t == WINDOW_SECONDS else "middle"}">{t} s</text>'
        for t in range(0, int(WINDOW_SECONDS) + 1)
    )
    for m in MODALITIES:
        parts: list[list[str]] = [[]]
        for i, p in enumerate(getattr(result, m).curve):
            if p is None:
                parts.append([])
            else:
                parts[-1].append(f"{x(i):.1f},{y(p):.1f}")
                drawn += (
                    f'<circle cx="{x(i):.1f}" cy="{y(p):.1f}" r="{3.2 if m == "both" else 2.4}" fill="{LINES[m]}"/>'
                )
        drawn += "".join(
            f'<polyline points="{" ".join(part)}" fill="none" stroke="{LINES[m]}" stroke-width="{3 if m == "both" else 2}" stroke-linejoin="round"/>'
            for part in parts
            if len(part) > 1
        )
    legend = "".join(f'<span><i style="background:{LINES[m]}"></i>{m}</span>' for m in MODALITIES)
    return (
        f'<div class="chart practice-chart"><div class="legend">{legend}</div><svg viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="probability of {result.target} over the window">{drawn}</svg></div>'
    )
