"""The readouts as small pieces of HTML: they change several times a second without flicker."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

import numpy as np

from emotion.certainty import verdict
from emotion.labels import COLOURS, EMOJI
from ui.colours import css_variables

UNSURE_MARK = "?"  # in the place of a word's emoji

REASONS = {
    "no face": "no face in the picture",
    "main face away": "the main face is out of view",
    "muted": "muted: switched off or covered",
    "too dark": "too dark: more light on the face",
    "too small": "too far away: come closer",
    "no picture": "no picture",
    "silence": "silence",
    "no voice": "sound, but no voice in it",
    "no camera": "no camera picture arrives",
    "picture too large": "the camera’s pictures are too large: choose a smaller size or another camera",
    "no microphone": "no sound arrives from the microphone",
    "failed": "not judged: see the message below",
    "starting": "starting…",
    "stopped": "press START",
}


@cache
def style() -> str:
    """The rules of style.css, with the colours they take, as HTML; app.py gives them to every page."""
    return f"<style>{css_variables()}{Path(__file__).with_name('style.css').read_text(encoding='utf-8')}</style>"


def bar(name: str, share: float, colour: str, value: str) -> str:
    """A name, a bar as long as share (0…1), and a value."""
    fill = f'<div class="fill" style="width:{share * 100:.1f}%;background:{colour}"></div>'
    return (
        f'<div class="bar"><span>{name}</span><div class="track">{fill}</div><span class="value">{value}</span></div>'
    )


def readout(
    title: str,
    probs: np.ndarray | None,
    labels: tuple[str, ...],
    *,
    modality: str | None = None,
    shown: int | None = None,
    reason: str = "",
    note: str = "",
    strongest: int | None = None,
    large: bool = False,
) -> str:
    """One answer with a bar per class. probs: (n_labels,) or None, then `reason` says why there is no answer.

    shown: index of the word to name, None: the most probable one.
    modality: whose threshold tells whether the answer is sure; the title's unless given. Of an unsure answer `reason`
    says what makes it hard. strongest: so many bars, those of the strongest words; None: all, in their order. large:
    the one answer that the page is about.
    """
    if probs is None:
        state = "off stopped" if reason == "stopped" else "off"
        answer = f'<span>–</span><span class="why">{escape(REASONS.get(reason, reason))}</span>'
        bars = "".join(bar(label, 0, COLOURS[label], "") for label in labels[: strongest or len(labels)])
    else:
        found = verdict(probs, labels, modality or title.lower(), why=reason, shown=shown)
        state = "on" if found.sure else "on unsure"
        answer = (
            f"<span>{EMOJI[found.label] if found.sure else UNSURE_MARK}</span><span class='label'>{found.words}</span>"
            f"<span class='percent'>{found.confidence:.0%}</span>"
        )
        note = "; ".join(filter(None, (found.reason, note)))
        order = range(len(labels)) if strongest is None else np.argsort(-probs, kind="stable")[:strongest]
        bars = "".join(bar(labels[i], probs[i], COLOURS[labels[i]], f"{probs[i]:.0%}") for i in order)
    return (
        f'<div class="readout {state}{" large" if large else ""} readout-{title.lower().replace(" ", "-")}">'
        f'<h3>{escape(title)}</h3><div class="answer">{answer}</div>'
        f'<div class="bars">{bars}</div><div class="why">{escape(note)}</div></div>'
    )


def vitals(pairs: dict[str, str]) -> str:
    """A line of small figures."""
    figures = "".join(f"<span>{escape(k)} <b>{escape(v)}</b></span>" for k, v in pairs.items())
    return f'<div class="vitals">{figures}</div>'
