"""Who speaks: of several faces the one whose mouth moves with the voice of the last two seconds.

No clock and no threads: times come in with the mouths and the sound. With one face there is nothing to choose.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from emotion.vad import SPEECH_THRESHOLD

LOOK_SECONDS = 0.06  # while several faces are in view, pictures are judged this often: lips move fast
KEPT_SECONDS = 10.0  # sound may come so much later than the pictures of its time, or the other way round
WINDOW_SECONDS = 2.0  # mouths and sound of so long count, the newest most
MAX_STEP_SECONDS = 0.4  # two looks at a mouth further apart than this say nothing about its movement
MIN_LOOKS = 6  # a mouth with fewer looks than this within the window is not judged
MIN_VOICE_SECONDS = 0.2  # with less speech than this within the window nobody speaks

# Chosen on films made of RAVDESS clips (evaluation/two_faces.py). Speeds are shares of the face's size a second: see
# mesh.mouth_opening.
RECENT_SECONDS = 1.5  # how much mouths move is compared over this
STILL_SPEED = 0.08  # a mouth that moves less than this over the window does not speak
OUTMOVES = 2.0  # a mouth that moves so many times as much as any other one speaks
SPEED_LEADS_SECONDS = 0.15  # lips move fastest so long before the sound is at its loudest
CHANGE_LEADS_SECONDS = 0.08  # lips open so long before the sound gets louder
OFFSETS_SECONDS = (-0.05, 0.05)  # so far apart may sound and picture come; the best one counts, for all faces alike
SMOOTH_SECONDS = 0.08  # levels are averaged over this: vowels count, not the waves in them
QUIET_DB = 40.0  # levels further than this below the loudest count as silence
SYNC_SECONDS = 2.0  # time constant over which the agreement of mouth and sound is averaged
SPEED_WEIGHT = 0.2  # how much a mouth that moves e times as much counts, in units of correlation
MARGIN = 0.05  # so much better than any other face a new speaker has to be


@dataclass(frozen=True)
class Speaker:
    """Who speaks at one moment."""

    time_s: float
    track: int | None  # the number of the face that speaks; it may have left the picture just now
    reason: str = ""  # where nobody is named: why not


@dataclass(frozen=True)
class Joined:
    """Which face the voice is pooled with."""

    track: int | None  # whose judgement Together is; None: of the voice alone
    voice_too: bool  # whether the voice is this person's
    note: str = ""  # why, where there are several faces


def joined(speaker: Speaker | None, judged: Collection[int], main: int | None, pinned: int | None = None) -> Joined:
    """Whom Together is about: who speaks; nobody or several, or one face alone: the main face.

    judged: the tracks of the faces that could be judged; main: the main face's track; pinned: where it was chosen by
    hand. Then Together stays with it, without the voice while another one speaks. So it does where the one who speaks
    has left the picture; a voice without any face stands alone.
    """
    face = main if main in judged else None
    if speaker is None or speaker.reason == "no voice":
        return Joined(face, True)
    if speaker.track is None:
        return Joined(face, True, f"{speaker.reason}: with the main face")
    if speaker.track in judged and pinned in (None, speaker.track):
        return Joined(speaker.track, True, f"#{speaker.track} speaks")
    other = None if face == speaker.track else face
    return Joined(other, other is None, f"the voice is of #{speaker.track}")


class SpeakerFinder:
    """The mouths and the sound of the last seconds in, the speaker out. Its memory does not grow."""

    def __init__(self) -> None:
        self._mouths: dict[int, deque[tuple[float, float]]] = {}  # track -> (time_s, opening)
        self._sound: deque[tuple[float, float, float]] = deque()  # (time_s, level in dB, probability of speech)
        self._sync: dict[int, np.ndarray] = {}  # track -> agreement of mouth and sound at each of OFFSETS_SECONDS
        self._asked_s = 0.0
        self._last: int | None = None  # who was named last

    def see(self, mouths: Mapping[int, float], time_s: float) -> None:
        """The mouths of one picture, where it shows several faces: track -> opening (mesh.mouth_opening)."""
        for track, opening in mouths.items():
            self._mouths.setdefault(track, deque()).append((time_s, opening))
        self._forget_looks(time_s - KEPT_SECONDS)

    def hear(self, loudness: np.ndarray, time_s: float, seconds: float) -> None:
        """The sound of so many seconds until time_s: float (n, 2), level in dB and probability of speech.

        What was heard before is left out.
        """
        step_s = seconds / len(loudness)
        last_s = self._sound[-1][0] if self._sound else -math.inf
        for i, (level, speech) in enumerate(loudness.tolist()):
            at_s = time_s - seconds + (i + 0.5) * step_s
            if at_s > last_s + step_s / 2:
                self._sound.append((at_s, level, speech))
        self._forget_sound(time_s - KEPT_SECONDS)

    def name(self, time_s: float) -> Speaker | None:
        """Who speaks at time_s, from what was seen and heard until then; None: fewer than two faces were in view.

        To be asked with growing times; what is older than the window is forgotten. A face that left the picture within
        the window may still be named: what is heard may be its voice.
        """
        self._forget_looks(time_s - WINDOW_SECONDS)
        self._forget_sound(time_s - WINDOW_SECONDS)
        mouths = {t: np.array([m for m in seen if m[0] <= time_s]) for t, seen in self._mouths.items()}
        moved = {t: movement(m) for t, m in mouths.items() if len(m) >= MIN_LOOKS}
        if sum(len(m) > 0 for m in mouths.values()) < 2:
            self._sync, self._last = {}, None
            return None
        sound = np.array([s for s in self._sound if s[0] <= time_s]).reshape(-1, 3)
        if voiced_seconds(sound) < MIN_VOICE_SECONDS:
            return Speaker(time_s, None, "no voice")
        speed = {t: speed_while_speaking(m, sound, time_s, WINDOW_SECONDS) for t, m in moved.items()}
        recent = {t: speed_while_speaking(m, sound, time_s, RECENT_SECONDS) for t, m in moved.items()}
        self._agree({t: sync(m, sound, time_s) for t, m in moved.items()}, time_s)
        moving = sorted((t for t in speed if speed[t] >= STILL_SPEED), key=lambda t: -recent[t])
        if not moving:
            return Speaker(time_s, None, "no mouth moves")
        if len(moving) > 1 and recent[moving[0]] < OUTMOVES * recent[moving[1]]:
            offset = int(np.argmax(np.max([self._sync[t] for t in moving], axis=0)))
            score = {t: float(self._sync[t][offset]) + SPEED_WEIGHT * math.log(recent[t] + 1e-3) for t in moving}
            moving.sort(key=lambda t: -score[t])
            # who spoke so far goes on while it is the best one
            if moving[0] != self._last and score[moving[0]] - score[moving[1]] < MARGIN:
                return Speaker(time_s, None, "several mouths move")
        self._last = moving[0]
        return Speaker(time_s, moving[0])

    def _forget_looks(self, before_s: float) -> None:
        for track, seen in list(self._mouths.items()):
            while seen and seen[0][0] <= before_s:
                seen.popleft()
            if not seen:
                del self._mouths[track]

    def _forget_sound(self, before_s: float) -> None:
        while self._sound and self._sound[0][0] <= before_s:
            self._sound.popleft()

    def _agree(self, found: dict[int, np.ndarray], time_s: float) -> None:
        """Average the agreement of each track with the sound over the last moments."""
        kept = math.exp(-max(0.0, time_s - self._asked_s) / SYNC_SECONDS)
        self._sync = {t: kept * self._sync.get(t, new) + (1 - kept) * new for t, new in found.items()}
        self._asked_s = time_s


def voiced_seconds(sound: np.ndarray) -> float:
    """Seconds of speech. sound: float (n, 3), as SpeakerFinder keeps it."""
    if len(sound) < 2:
        return 0.0
    return float((sound[:, 2] >= SPEECH_THRESHOLD).mean() * np.ptp(sound[:, 0]))


def movement(mouth: np.ndarray) -> np.ndarray:
    """(n, 2), time_s and opening of each look -> (m, 4): begin and end of each step in s, opening before and after."""
    steps = np.column_stack([mouth[:-1, 0], mouth[1:, 0], mouth[:-1, 1], mouth[1:, 1]])
    length_s = steps[:, 1] - steps[:, 0]
    return steps[(length_s > 0) & (length_s <= MAX_STEP_SECONDS)]


def _rate(moved: np.ndarray) -> np.ndarray:
    """Opening a second in each step, below 0 while the mouth closes."""
    return (moved[:, 3] - moved[:, 2]) / (moved[:, 1] - moved[:, 0])


def _newer_counts_more(moved: np.ndarray, now_s: float, seconds: float) -> np.ndarray:
    """The weight of each step: 1 now, hardly any so many seconds ago."""
    return np.clip(1 - (now_s - (moved[:, 0] + moved[:, 1]) / 2) / seconds, 1e-3, 1)


def speed_while_speaking(moved: np.ndarray, sound: np.ndarray, now_s: float, seconds: float) -> float:
    """Mean speed of a mouth while there is speech, as a share of the face's size a second.

    moved: (m, 4) of movement; sound: float (n, 3), as SpeakerFinder keeps it.
    """
    at_s = (moved[:, 0] + moved[:, 1]) / 2 + SPEED_LEADS_SECONDS
    speech = np.interp(at_s, sound[:, 0], sound[:, 2]) >= SPEECH_THRESHOLD
    weight = _newer_counts_more(moved, now_s, seconds) * speech
    return float((weight * np.abs(_rate(moved))).sum() / weight.sum()) if weight.any() else 0.0


def sync(moved: np.ndarray, sound: np.ndarray, now_s: float) -> np.ndarray:
    """How well a mouth goes with the sound, -1…1 at each of OFFSETS_SECONDS; arguments as above.

    The mean of two correlations: a mouth moves fast where the sound is loud, and opens where it gets louder.
    """
    if len(moved) < MIN_LOOKS - 1:
        return np.zeros(len(OFFSETS_SECONDS))
    times_s, level = sound[:, 0], _smoothed(np.maximum(sound[:, 1], sound[:, 1].max() - QUIET_DB), sound[:, 0])
    weight, rate, middle_s = (
        _newer_counts_more(moved, now_s, WINDOW_SECONDS),
        _rate(moved),
        (moved[:, 0] + moved[:, 1]) / 2,
    )
    out = []
    for offset_s in OFFSETS_SECONDS:
        loud = np.interp(middle_s + SPEED_LEADS_SECONDS + offset_s, times_s, level)
        later_s = CHANGE_LEADS_SECONDS + offset_s
        louder = np.interp(moved[:, 1] + later_s, times_s, level) - np.interp(moved[:, 0] + later_s, times_s, level)
        out.append((_correlation(np.abs(rate), loud, weight) + _correlation(rate, louder, weight)) / 2)
    return np.array(out)


def _smoothed(level: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """A moving mean over SMOOTH_SECONDS."""
    around = np.abs(times_s[:, None] - times_s) <= SMOOTH_SECONDS / 2 + 1e-6  # (n, n)
    return (around * level).sum(axis=1) / around.sum(axis=1)


def _correlation(a: np.ndarray, b: np.ndarray, weight: np.ndarray) -> float:
    """Pearson's correlation with weights; 0 where one of both does not change."""
    weight = weight / weight.sum()
    a, b = a - (weight * a).sum(), b - (weight * b).sum()
    spread = math.sqrt((weight * a * a).sum() * (weight * b * b).sum())
    return float((weight * a * b).sum()) / spread if spread > 1e-9 else 0.0
