"""What stands over the picture in Practice: countdown or seconds left, the score now, what to do about the input."""

from __future__ import annotations

from html import escape

from emotion.labels import EMOJI, FACE_LABELS
from emotion.realtime.practice_round import Round, phase, seconds_left, so_far
from emotion.realtime.practice_tip import advice
from emotion.realtime.session import Snapshot
from ui.colours import MODALITY_COLOURS


def overlay(s: Snapshot, target: str, round_: Round | None) -> str:
    """HTML, never mirrored: style.css lays it over the picture. round_: None while no round goes on."""
    trouble = "" if round_ is None else trouble_now(s, round_)
    said = f'<div class="trouble" role="status">{escape(trouble)}</div>' if trouble else ""
    clock, mean = ("", None) if round_ is None else (_clock(round_, s.now_s), so_far(round_))
    return f'<div class="over-picture"><div>{clock}</div><div>{said}{_score(s, target, mean)}</div></div>'


def _clock(round_: Round, now_s: float) -> str:
    left = int(seconds_left(round_, now_s)) + 1
    words = "get ready" if phase(round_, now_s) == "countdown" else "act now"
    return f'<div class="clock {words.replace(" ", "-")}" role="timer">{left}<small>{words}</small></div>'


def _score(s: Snapshot, target: str, mean: float | None) -> str:
    """How probable the target is now, and the score of the round until now."""
    now = None if s.together is None else float(s.together.probs[FACE_LABELS.index(target)])
    width, value = (0.0, "–") if now is None else (now * 100, f"{now:.0%}")
    fill = f'<div class="fill" style="width:{width:.1f}%;background:{MODALITY_COLOURS["together"]}"></div>'
    until_now = "" if mean is None else f"<span>score <b>{mean:.0%}</b></span>"
    return (
        f'<div class="now"><span>{EMOJI[target]} {target}</span><div class="track">{fill}</div>'
        f"<span>now <b>{value}</b></span>{until_now}</div>"
    )


def trouble_now(s: Snapshot, round_: Round) -> str:
    """What is wrong with the input during a round and what to do, "" where nothing is.

    Silence is no trouble before the window is open.
    """
    if "face" in round_.used and s.face_reason not in ("", "starting"):
        return advice("face", s.face_reason)
    quiet = ("", "starting") if phase(round_, s.now_s) == "open" else ("", "starting", "silence", "no voice")
    if "voice" in round_.used and s.voice_reason not in quiet:
        return advice("voice", s.voice_reason)
    return ""
