"""The readouts as small pieces of HTML: they change several times a second without flicker."""

from __future__ import annotations

from html import escape

import numpy as np

from emotion.labels import COLOURS, EMOJI

STYLE = """<style>
.stMainBlockContainer{padding-top:3rem;padding-bottom:3rem}
.readout{border:1px solid color-mix(in srgb,currentColor 18%,transparent);border-radius:.6rem;padding:.55rem .8rem .65rem;margin-bottom:.6rem}
.readout h3{font-size:.85rem;font-weight:600;letter-spacing:.04em;margin:0;padding:0;opacity:.75}
.readout .answer{display:flex;align-items:baseline;gap:.45rem;font-size:1.45rem;font-weight:650;line-height:1.5;min-height:2.2rem}
.readout .answer .percent{margin-left:auto;font-variant-numeric:tabular-nums}
.readout .why{font-size:.8rem;opacity:.75;min-height:1.2em}
.readout .bar{display:grid;grid-template-columns:4.9rem 1fr 2.6rem;gap:.5rem;align-items:center;font-size:.8rem;line-height:1.35}
.readout .track{height:.55rem;border-radius:.3rem;background:color-mix(in srgb,currentColor 10%,transparent);overflow:hidden}
.readout .fill{height:100%;border-radius:.3rem;transition:width .25s}
.readout .value{text-align:right;font-variant-numeric:tabular-nums}
.readout.off .bars{opacity:.35}
.vitals{display:flex;flex-wrap:wrap;gap:.35rem 1.1rem;font-size:.85rem;font-variant-numeric:tabular-nums;margin:.2rem 0 .5rem}
.vitals b{font-weight:600}
.chart svg{width:100%;height:auto;display:block}
.chart text{font-size:11px;fill:currentColor;opacity:.75}
.chart .legend{display:flex;flex-wrap:wrap;gap:.2rem .9rem;font-size:.78rem;margin-bottom:.3rem}
.chart .legend i{display:inline-block;width:.7rem;height:.7rem;border-radius:.2rem;margin-right:.3rem;vertical-align:-.05rem}
.circumplex-chart{max-width:26rem;margin:auto}
</style>"""

REASONS = {
    "no face": "no face in the picture",
    "muted": "muted: switched off or covered",
    "too dark": "too dark: more light on the face",
    "too small": "too far away: come closer",
    "no picture": "no picture",
    "silence": "silence",
    "no voice": "sound, but no voice in it",
    "no camera": "no camera picture arrives",
    "no microphone": "no sound arrives from the microphone",
    "starting": "starting…",
}


def readout(title: str, probs: np.ndarray | None, labels: tuple[str, ...], *, reason: str = "", note: str = "") -> str:
    """One answer with a bar per class. probs: (n_labels,) or None, then `reason` says why there is no answer."""
    if probs is None:
        answer = f'<span>–</span><span class="why">{escape(REASONS.get(reason, reason))}</span>'
    else:
        best = int(np.argmax(probs))
        answer = (
            f"<span>{EMOJI[labels[best]]}</span><span class='label'>{labels[best]}</span>"
            f"<span class='percent'>{probs[best]:.0%}</span>"
        )
    bars = "".join(
        f'<div class="bar"><span>{label}</span><div class="track"><div class="fill" style="width:{p * 100:.1f}%;'
        f'background:{COLOURS[label]}"></div></div><span class="value">{f"{p:.0%}" if probs is not None else ""}</span></div>'
        for label, p in zip(labels, probs if probs is not None else np.zeros(len(labels)))
    )
    return (
        f'<div class="readout {"off" if probs is None else "on"} readout-{title.lower().replace(" ", "-")}"><h3>{escape(title)}</h3>'
        f'<div class="answer">{answer}</div><div class="bars">{bars}</div>'
        + (f'<div class="why">{escape(note)}</div>' if note else "")
        + "</div>"
    )


def vitals(pairs: dict[str, str]) -> str:
    """A line of small figures."""
    return (
        '<div class="vitals">'
        + "".join(f"<span>{escape(k)} <b>{escape(v)}</b></span>" for k, v in pairs.items())
        + "</div>"
    )
