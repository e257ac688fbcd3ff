"""The two judges: pictures or sound in, readings over time out. Live pages and file analysis use the same two.

Neither calls a clock: time comes in with the data, so live and offline give the same answers.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from emotion import audio, vad
from emotion.face import FILM, LIVE, Face, Search, crop_face, crop_problem, detect_faces, iou
from emotion.labels import FACE_LABELS, MORE_FACE_LABELS, VOICE_LABELS
from emotion.main_face import GONE_SECONDS, MainFace, is_gone
from emotion.mesh import mesh_points, mouth_opening
from emotion.more_words import with_contempt
from emotion.person import LearnedCentre, LearnedNeutral, NeutralFace, SpeakerCentre, neutral_face
from emotion.protocols import AdaptingPredictor, FacePredictor, VoicePredictor, adapts, tells_contempt
from emotion.reliability import (
    FaceQuality,
    VoiceQuality,
    face_quality,
    neutral_offset,
    reliability,
    voice_quality,
    why_hard,
)
from emotion.shown_word import ShownWord

HOP_SECONDS = 0.5  # a voice label this often
ENOUGH_SPEECH_S = 1.2  # with this much speech in a window it counts in full where a speaker is learned
SMALL_FACES_SECONDS = 6.0  # in a film small faces are looked for this often: it costs more than all else
SMOOTHING_S = 0.35  # default time constant of the smoothing
REST_SECONDS = 5.0  # a neutral face that is asked for is looked at for so long
NEUTRAL_SPEECH_SECONDS = 3.0  # so much speech of a plain sentence that is asked for is heard
MUTED_LEVEL = 6.0  # a switched-off camera sends frames darker and flatter than this
STEPS_PER_HOP = 25  # the loudness of a hop is told in so many steps


@dataclass(frozen=True)
class FaceReading:
    """One face in one picture."""

    time_s: float
    track: int  # the same person keeps the same number while in view
    face: Face
    probs: np.ndarray | None  # float32 (7,), smoothed along the track; None when it cannot be judged
    reason: str = ""  # why not: "too dark", "too small", "no picture"
    as_it_is: np.ndarray | None = None  # where `probs` are a person's change from neutral: the model's own answer
    neutral: NeutralFace | None = None  # what `probs` are changes from
    mouth: float | None = None  # how far the mouth is open (mesh.mouth_opening), where there are several faces
    quality: FaceQuality | None = None  # what makes it hard to judge
    shown: int | None = None  # index of the word to show, which does not flicker; None: the most probable one
    contempt: float | None = None  # how probable it is beside the seven, smoothed, where more words were asked for

    @property
    def labels(self) -> tuple[str, ...]:
        """The words of `answer`; `shown` counts them."""
        return FACE_LABELS if self.contempt is None else MORE_FACE_LABELS

    @property
    def answer(self) -> np.ndarray | None:
        """`probs`, or where more words were asked for float32 (8,) over MORE_FACE_LABELS."""
        if self.probs is None or self.contempt is None:
            return self.probs
        return with_contempt(self.probs, self.contempt)

    @property
    def reliability(self) -> float:
        """0…1: how much it counts beside a voice."""
        return 1.0 if self.quality is None else reliability(self.quality)

    @property
    def neutral_offset(self) -> float:
        """By how much the logarithm of its *neutral* is lowered beside the other modality."""
        return 0.0 if self.quality is None else neutral_offset(self.quality)

    @property
    def why_hard(self) -> str:
        """What makes it hard to judge, in words; "" where nothing does."""
        return why_hard(self.quality)


@dataclass(frozen=True)
class FacesReading:
    """Everything seen in one picture; faces are largest first."""

    time_s: float
    faces: tuple[FaceReading, ...]
    reason: str = ""  # "" or why there is nothing to say: "no face", "muted", …
    rest_left_s: float | None = None  # while a neutral face is being taken: for how long it should stay at rest
    main_track: int | None = None  # the main face's number, in view or away for a moment; None: the largest face's
    pinned: int | None = None  # the number of the face that was chosen to be the main one

    @property
    def main(self) -> FaceReading | None:
        """The main face, where it could be judged."""
        return next((f for f in self.faces if f.probs is not None and self.main_track in (None, f.track)), None)

    @property
    def mouths(self) -> dict[int, float]:
        """How far each mouth is open, by track; only where there are several faces."""
        return {f.track: f.mouth for f in self.faces if f.mouth is not None}


@dataclass(frozen=True)
class VoiceReading:
    """The last audio.CLIP_SECONDS of sound, judged at time_s."""

    time_s: float
    probs: np.ndarray | None  # float32 (8,), smoothed; None when there is no voice
    reason: str = ""  # "muted", "silence", "no voice"
    voiced_seconds: float = 0.0
    level_dbfs: float = -120.0
    as_it_is: np.ndarray | None = None  # where `probs` come with a speaker's centre: the answer without it, smoothed
    centre: SpeakerCentre | None = None  # that `probs` come with
    rest_left_s: float | None = None  # while a plain sentence is being taken: how much speech of it is still needed
    # float (STEPS_PER_HOP, 2): level in dB of full scale, and probability of speech, in the HOP_SECONDS before time_s
    loudness: np.ndarray | None = None
    quality: VoiceQuality | None = None  # what makes it hard to judge
    shown: int | None = None  # as FaceReading.shown
    stretch_s: float = 0.0  # so long before time_s the stretch of speech began that was heard last

    @property
    def reliability(self) -> float:
        """0…1: how much it counts beside a face."""
        return 1.0 if self.quality is None else reliability(self.quality)

    @property
    def neutral_offset(self) -> float:
        """By how much the logarithm of its *neutral* is lowered beside the other modality."""
        return 0.0 if self.quality is None else neutral_offset(self.quality)

    @property
    def why_hard(self) -> str:
        """What makes it hard to judge, in words; "" where nothing does."""
        return why_hard(self.quality)


def share_of_speech(voiced_seconds: float) -> float:
    """0…1: how much a window with so much speech counts where a speaker is learned."""
    return min(1.0, voiced_seconds / ENOUGH_SPEECH_S)


def smooth(old: np.ndarray | None, new: np.ndarray, *, elapsed_s: float, smoothing_s: float) -> np.ndarray:
    """Exponential smoothing with time constant smoothing_s; 0 keeps the newest answer as it is."""
    if old is None or smoothing_s <= 0:
        return new
    share = 1 - math.exp(-max(elapsed_s, 0.0) / smoothing_s)
    mixed = old * (1 - share) + new * share
    return (mixed / mixed.sum()).astype(np.float32)


@dataclass
class _Track:
    number: int
    face: Face
    seen_s: float
    probs: np.ndarray | None = None  # as they are, smoothed
    contempt: np.ndarray | None = None  # float32 (2,): how probable it is and is not, smoothed
    learned: LearnedNeutral = field(default_factory=LearnedNeutral)
    asked: NeutralFace | None = None  # the neutral face that was taken when it was asked for
    shown: ShownWord = field(default_factory=ShownWord)


@dataclass
class _Resting:
    """A neutral face that is being taken: the answers to one track within REST_SECONDS of its first picture."""

    track: int | None = None
    began_s: float = 0.0
    probs: list[np.ndarray] = field(default_factory=list)


class FaceJudge:
    """Detect, follow, crop, classify. One judge per stream; settings may change while it runs."""

    def __init__(
        self,
        model: FacePredictor,
        *,
        max_faces: int = 4,
        smoothing_s: float = SMOOTHING_S,
        neutral: NeutralFace | None = None,
        start: NeutralFace | None = None,
        starts: Mapping[int, NeutralFace] | None = None,
        adapt: bool = False,
        search: Search = LIVE,
        more_words: bool = False,
        stands_s: float = GONE_SECONDS,
    ):
        """neutral: the neutral of the main face, whose answers are then changes from there.

        adapt: whether each other face is judged by its change from what was learned to be neutral for it. start: what
        a face that is alone in the picture begins to learn from; starts: the same of each track by its number. search:
        how much is spent on looking for faces. more_words: whether contempt is told too, where the model can; it is no
        change from what is neutral. stands_s: so long a picture stands until the next one, at most; faces in it keep
        their numbers. A face that is not in the pictures for GONE_SECONDS gets a new one when it comes back.
        """
        self.model, self.max_faces, self.smoothing_s, self.neutral = model, max_faces, smoothing_s, neutral
        self.adapt, self.start, self.starts, self._search = adapt, start, starts or {}, search
        self.more_words = more_words
        self._looked_close_s, self._small_there = -math.inf, False
        self._tracks: list[_Track] = []
        self._next = 1
        self._stands_s, self._looked_s = stands_s, -math.inf
        self._main = MainFace(stands_s)
        self._resting: _Resting | None = None
        self._judged_with = model  # the model whose answers the tracks were told

    def begin_again(self, start: NeutralFace | None = None) -> None:
        """Another stream begins, with nobody in it: nothing of the one before counts. start: as when it was made."""
        self._tracks, self._resting, self._judged_with, self.start = [], None, self.model, start
        self._main, self._looked_s = MainFace(self._stands_s), -math.inf

    def pin(self, track: int | None) -> None:
        """Make the face with this number the main one until it is gone; None: let go of it.

        May be called while another thread looks.
        """
        self._main.pinned = track

    @property
    def resting(self) -> bool:
        """Whether a neutral face is being taken."""
        return self._resting is not None

    def stop_resting(self) -> None:
        """The neutral face that was asked for is not taken any more."""
        self._resting = None

    def take_neutral(self) -> None:
        """For the next REST_SECONDS the main face is neutral: from then on its answers are changes from there.

        Until the face is gone. May be called while another thread looks.
        """
        self._resting = _Resting()

    def look(self, image: np.ndarray, time_s: float) -> FacesReading:
        """image: uint8 (H, W, 3) RGB, taken at time_s of its stream -> what is in it."""
        if float(image[::8, ::8].mean()) < MUTED_LEVEL and float(image[::8, ::8].std()) < MUTED_LEVEL:
            return FacesReading(time_s, (), "muted")
        faces = self._detect(image, time_s)
        tracks, model = self._follow(faces, time_s), self.model
        if _network(model) != _network(self._judged_with):  # what is neutral is neutral to one model
            self._judged_with, self.start = model, None
            self._resting = _Resting() if self._resting else None
            for track in self._tracks:
                track.learned, track.asked = LearnedNeutral(), None
        crops = [crop_face(image, f) for f in faces]
        problems = [crop_problem(c, f) for c, f in zip(crops, faces)]
        for track, crop, problem in zip(tracks, crops, problems):
            if problem:
                track.probs = track.contempt = None
            else:
                track.probs = self._classify(track, model, crop, elapsed_s=time_s - track.seen_s)
                track.learned.see(track.probs, time_s)
            track.seen_s = time_s
        main_track = self._main.choose([t.number for t in tracks if t.probs is not None], time_s)
        rest_left_s = self._rest(tracks, main_track, time_s)
        if not faces:
            dark = float(image[::8, ::8].mean()) < 20
            reason = "too dark" if dark else "no face"
            return FacesReading(time_s, (), reason, rest_left_s, main_track, self._main.pinned)
        readings, several = [], len(self._tracks) > 1  # in the last second
        for face, track, crop, problem in zip(faces, tracks, crops, problems):
            mouth = _mouth(image, face) if several else None
            quality = None if problem else face_quality(crop, face)
            contempt = None if track.contempt is None else float(track.contempt[0])
            reading = FaceReading(
                time_s, track.number, face, track.probs, problem, mouth=mouth, quality=quality, contempt=contempt
            )
            reading = _changed(reading, self._neutral_of(track, main=track.number == main_track))
            if reading.answer is not None:
                reading = replace(reading, shown=track.shown.see(reading.answer, time_s))
            readings.append(reading)
        found = FacesReading(time_s, tuple(readings), "", rest_left_s, main_track, self._main.pinned)
        if found.main is not None:
            return found
        away = any(r.probs is not None for r in readings)
        return replace(found, reason="main face away" if away else readings[0].reason)

    def _detect(self, image: np.ndarray, time_s: float) -> list[Face]:
        """The faces of a picture.

        In a film small ones are looked for now and then, always while there are any, and where a face is missing that
        was in the picture before: beside a larger one it may be too small for a quick look.
        """
        search = self._search
        if search is FILM:
            due = self._small_there or not 0 <= time_s - self._looked_close_s < SMALL_FACES_SECONDS
            self._looked_close_s, search = (time_s, FILM) if due else (self._looked_close_s, LIVE)
        faces = detect_faces(image, max_faces=self.max_faces, search=search)
        if self._search is FILM and search is LIVE and len(faces) < self.max_faces and self._one_is_missing(faces):
            self._looked_close_s, search = time_s, FILM
            faces = detect_faces(image, max_faces=self.max_faces, search=search)
        if search is not LIVE:
            self._small_there = any(f.small for f in faces)
        return faces

    def _one_is_missing(self, faces: list[Face]) -> bool:
        """Whether a face of the picture before is not among these."""
        there = [t for t in self._tracks if t.seen_s == self._looked_s]
        return any(all(_closeness(t.face, f) <= 0 for f in faces) for t in there)

    def _classify(self, track: _Track, model: FacePredictor, crop: np.ndarray, *, elapsed_s: float) -> np.ndarray:
        """The model's answer to a crop (7,), smoothed along its track; keeps that of contempt in the track."""

        def along(old: np.ndarray | None, new: np.ndarray) -> np.ndarray:
            return smooth(old, new, elapsed_s=elapsed_s, smoothing_s=self.smoothing_s)

        if self.more_words and tells_contempt(model):
            (new,), (p,) = model.predict_with_contempt(crop[None])
            track.contempt = along(track.contempt, np.array([p, 1 - p], np.float32))
        else:
            (new,), track.contempt = model.predict(crop[None]), None
        return along(track.probs, new)

    def _neutral_of(self, track: _Track, *, main: bool) -> NeutralFace | None:
        """From what the answers to this face are changes; None: they stay as they are."""
        if self.neutral is not None and main:
            return self.neutral
        return (track.asked or track.learned.face) if self.adapt else None

    def _rest(self, tracks: list[_Track], main_track: int | None, time_s: float) -> float | None:
        """Go on taking the neutral face that was asked for. tracks: in this picture; main_track: the main face's.

        Returns for how long the face should still be at rest, None where none was asked for.
        """
        resting = self._resting
        if resting is None:
            return None
        judged = [t for t in tracks if t.probs is not None]
        if resting.track is None and any(t.number == main_track for t in judged):
            resting.track, resting.began_s = main_track, time_s
        track = next((t for t in judged if t.number == resting.track), None)
        if track is not None and track.probs is not None:
            resting.probs.append(track.probs)
        left_s = REST_SECONDS - (time_s - resting.began_s) if resting.track is not None else REST_SECONDS
        if left_s > 0:
            return left_s
        if track is not None:  # one that is gone has taken its neutral along
            track.asked = neutral_face(np.stack(resting.probs), seconds=REST_SECONDS)
        if self._resting is resting:  # not asked for again meanwhile
            self._resting = None
        return None

    def _follow(self, faces: list[Face], time_s: float) -> list[_Track]:
        """The track of each face: best overlap first, else nearest centre within half a face, else a new one."""
        before_s, self._looked_s = self._looked_s, time_s
        self._tracks = [
            t for t in self._tracks if not is_gone(t.seen_s, time_s, looked_s=before_s, stands_s=self._stands_s)
        ]
        pairs = sorted(
            ((_closeness(t.face, f), i, j) for i, t in enumerate(self._tracks) for j, f in enumerate(faces)),
            reverse=True,
        )
        owner: dict[int, _Track] = {}
        taken: set[int] = set()
        for closeness, i, j in pairs:
            if closeness > 0 and i not in taken and j not in owner:
                taken.add(i)
                owner[j] = self._tracks[i]
        for j, face in enumerate(faces):
            if j not in owner:
                start = self.starts.get(self._next) or (self.start if len(faces) == 1 else None)
                owner[j] = _Track(self._next, face, time_s, learned=LearnedNeutral(start))
                self._next += 1
                self._tracks.append(owner[j])
            owner[j].face = face
        return [owner[j] for j in range(len(faces))]


def _changed(reading: FaceReading, neutral: NeutralFace | None) -> FaceReading:
    """A reading as a change from the person's neutral face; as it is where that is not known."""
    if reading.probs is None or neutral is None:
        return reading
    return replace(reading, probs=neutral.changed(reading.probs), as_it_is=reading.probs, neutral=neutral)


def _mouth(image: np.ndarray, face: Face) -> float | None:
    """How far the mouth of a face is open; None where the mesh sees no face."""
    points = mesh_points(image, face)
    return None if points is None else mouth_opening(points)


def _closeness(a: Face, b: Face) -> float:
    """Above 0 when two boxes may be one face in successive pictures; larger is closer."""
    overlap = iou(a.box, b.box)
    if overlap > 0.1:
        return 1 + overlap
    apart_px = math.dist(a.centre, b.centre)
    distance = apart_px / max(a.size_px, b.size_px)
    alike = min(a.size_px, b.size_px) / max(a.size_px, b.size_px)
    return 1 - distance if distance < 0.75 and alike > 0.6 else 0.0


class VoiceJudge:
    """Sound in pieces of any size -> one reading per HOP_SECONDS of sound, the same whatever the pieces."""

    def __init__(
        self,
        model: VoicePredictor | AdaptingPredictor,
        *,
        smoothing_s: float = SMOOTHING_S,
        start: SpeakerCentre | None = None,
        adapt: bool = False,
    ):
        """adapt: whether the model is told what was learned of the speaker, where it takes that.

        start: what is known of the speaker at the beginning.
        """
        self.model, self.smoothing_s, self.adapt = model, smoothing_s, adapt
        self._activity = vad.VoiceActivity()
        self._window = np.zeros(0, np.float32)
        self._speech: deque[float] = deque(maxlen=int(audio.CLIP_SECONDS / vad.CHUNK_SECONDS))
        self._heard = 0  # samples since the start
        self._probs: np.ndarray | None = None
        self._as_it_is: np.ndarray | None = None
        self._shown = ShownWord()
        self._judged_s = 0.0
        self._learned = LearnedCentre(start)
        self._judged_with = model
        self._neutral_asked_s: float | None = None
        self._neutral_left_s: float | None = None

    def take_neutral(self, speech_s: float = NEUTRAL_SPEECH_SECONDS) -> None:
        """The next speech_s seconds of speech are neutral: learn the speaker anew, from there.

        May be called while another thread lets this hear. Does nothing where the model takes no centre.
        """
        if adapts(self.model):
            self._neutral_asked_s = speech_s

    def stop_taking_neutral(self) -> None:
        """The plain sentence that was asked for is not waited for any more."""
        self._neutral_asked_s = self._neutral_left_s = None

    @property
    def centre(self) -> SpeakerCentre | None:
        """What was learned of the speaker so far, by the model in use."""
        return self._learned.centre if _network(self.model) == _network(self._judged_with) else None

    def hear(self, samples: np.ndarray) -> list[VoiceReading]:
        """float32 (T,) mono at audio.SAMPLE_RATE -> the readings that fell due."""
        out, hop = [], int(HOP_SECONDS * audio.SAMPLE_RATE)
        if _network(self.model) != _network(self._judged_with):  # what is usual for a voice is so to one model
            self._judged_with, self._learned = self.model, LearnedCentre()
            self.stop_taking_neutral()
        if self._neutral_asked_s is not None:
            self._begin_neutral(self._neutral_asked_s)
        while len(samples):
            piece = samples[: hop - self._heard % hop]
            samples = samples[len(piece) :]
            self._heard += len(piece)
            self._speech.extend(self._activity.push(piece))
            self._window = np.concatenate([self._window, piece])[-audio.CLIP_SAMPLES :]
            if self._heard % hop == 0:
                out.append(self._judge(self._heard / audio.SAMPLE_RATE))
        return out

    def finish(self) -> list[VoiceReading]:
        """A last reading for the sound after the last full hop, when there is enough of it to matter."""
        rest = self._heard % int(HOP_SECONDS * audio.SAMPLE_RATE)
        return [self._judge(self._heard / audio.SAMPLE_RATE)] if rest > 0.1 * audio.SAMPLE_RATE else []

    def _judge(self, time_s: float) -> VoiceReading:
        speech = list(self._speech)
        recent = self._window[-audio.SAMPLE_RATE :]
        voiced, level = vad.voiced_seconds(speech), vad.level_dbfs(recent)
        # a track muted just now still has speech in its window: "silence" looks at the last second, "muted" at the hop
        muted = vad.is_muted(self._window[-int(HOP_SECONDS * audio.SAMPLE_RATE) :], speech)
        loudest = vad.loudest_dbfs(self._window)
        problem = "muted" if muted else vad.voice_problem(recent, speech, loudest=loudest)
        if problem:
            self._probs = self._as_it_is = None
            return VoiceReading(
                time_s, None, problem, voiced, level, rest_left_s=self._neutral_left_s, loudness=self._loudness()
            )
        passed_s, self._judged_s = time_s - self._judged_s, time_s
        centre, new, as_it_is = self._answer(time_s, new_speech_s=min(passed_s, HOP_SECONDS) * share_of_speech(voiced))
        self._probs = smooth(self._probs, new, elapsed_s=passed_s, smoothing_s=self.smoothing_s)
        self._as_it_is = smooth(self._as_it_is, as_it_is, elapsed_s=passed_s, smoothing_s=self.smoothing_s)
        own = None if centre is None else self._as_it_is
        quality = voice_quality(self._window, speech, voiced_seconds=voiced, level_dbfs=level)
        return VoiceReading(
            time_s,
            self._probs,
            "",
            voiced,
            level,
            own,
            centre,
            self._neutral_left_s,
            self._loudness(),
            quality,
            self._shown.see(self._probs, time_s),
            vad.seconds_since_it_began(speech),
        )

    def _loudness(self) -> np.ndarray:
        """Level and probability of speech in the last HOP_SECONDS, float (STEPS_PER_HOP, 2), as VoiceReading has it."""
        hop = int(HOP_SECONDS * audio.SAMPLE_RATE)
        recent = np.concatenate([np.zeros(hop, np.float32), self._window])[-hop:].reshape(STEPS_PER_HOP, -1)
        levels = [vad.level_dbfs(step) for step in recent]
        chunks = [0.0, *self._speech]  # the newest ended up to CHUNK_SECONDS ago
        before_s = HOP_SECONDS * (1 - (np.arange(STEPS_PER_HOP) + 0.5) / STEPS_PER_HOP)
        back = np.minimum((before_s / vad.CHUNK_SECONDS).astype(int) + 1, len(chunks))
        return np.column_stack([levels, [chunks[-n] for n in back]])

    def _answer(self, time_s: float, *, new_speech_s: float) -> tuple[SpeakerCentre | None, np.ndarray, np.ndarray]:
        """The centre that was used, the answer with it and the answer as it is; learns the centre from the window."""
        model = self.model
        if not adapts(model):
            probs = model.predict(self._window, audio.SAMPLE_RATE)
            return None, probs, probs
        centre = self._learned.centre if self.adapt else None
        answer = model.answer(self._window, audio.SAMPLE_RATE, None if centre is None else centre.believed)
        heard_as = answer.unscaled
        if self._neutral_left_s is not None:
            heard_as = np.eye(len(VOICE_LABELS))[VOICE_LABELS.index("neutral")]
            left_s = self._neutral_left_s - new_speech_s
            self._neutral_left_s = left_s if left_s > 0 else None
        self._learned.hear(heard_as, answer.offsets, seconds=new_speech_s, time_s=time_s)
        return centre, answer.probs, answer.as_it_is

    def _begin_neutral(self, speech_s: float) -> None:
        """Forget what was learned, and the sound before the person was asked."""
        self._neutral_asked_s, self._neutral_left_s, self._learned = None, speech_s, LearnedCentre()
        self._window = self._window[:0]
        self._speech.clear()


def _network(model: FacePredictor | VoicePredictor) -> str | int:
    """What tells one network from another, corrected or not."""
    return getattr(model, "card", {}).get("sha256") or id(model)


def shifted(reading: VoiceReading, start_s: float) -> VoiceReading:
    """The same reading with its time counted from another start."""
    return replace(reading, time_s=reading.time_s + start_s)
