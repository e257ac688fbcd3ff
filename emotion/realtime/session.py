"""One live stream: WebRTC callbacks in, a Snapshot out. Predictors arrive as arguments; no TensorFlow, no Streamlit.

The callbacks only hand over the newest picture and the newest sound, and draw the last known result; two workers
judge. Times are seconds of a monotonic clock, which tests replace.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import av
import numpy as np

from emotion.audio import SAMPLE_RATE, MonoResampler
from emotion.certainty import verdict
from emotion.fusion import Fused
from emotion.joint import RecentFaces, together_of
from emotion.judge import HOP_SECONDS, SMOOTHING_S, FaceJudge, FacesReading, VoiceJudge, VoiceReading
from emotion.overlay import draw_faces
from emotion.person import NOBODY, Person
from emotion.protocols import FacePredictor, VoicePredictor
from emotion.realtime.pace import Pace, PictureClock
from emotion.realtime.ring import SoundRing
from emotion.realtime.turns import MODELS
from emotion.realtime.worker import Worker
from emotion.shown_word import ShownWord
from emotion.speaker import LOOK_SECONDS as MOUTHS_SECONDS
from emotion.speaker import Joined, Speaker, SpeakerFinder
from emotion.timeline.picture_depth import MAX_PIXELS

if TYPE_CHECKING:
    from emotion.realtime.practice_film import PracticePictures
    from emotion.realtime.recorder import Recorder

log = logging.getLogger(__name__)

RING_SECONDS = 10.0
HISTORY_SECONDS = 60.0
STALE_SECONDS = 2.0  # after so long without anything new a modality is not in use
LOOK_SECONDS = 0.075  # a picture is judged at most this often, so that the video stays smooth
STAND_IN = 360, 640  # height, width of the black picture that comes back for one above MAX_PIXELS
RATE_SECONDS = 2.0  # frames per second are counted over this time


@dataclass(frozen=True)
class LiveSettings:
    """What the sidebar sets; a new one takes effect with the next frame."""

    mode: str = "hybrid"
    smoothing_s: float = SMOOTHING_S
    max_faces: int = 4
    mirror: bool = True
    adapt: bool = False  # whether face and voice are judged by their change from what is usual for the person
    more_words: bool = False  # whether contempt and calm are told too; what is recorded stays the seven words


@dataclass(frozen=True)
class Snapshot:
    """Everything the page shows, at one moment."""

    now_s: float
    mode: str
    faces: FacesReading | None
    face_reason: str  # "" while the face is in use, else why not
    voice: VoiceReading | None
    voice_reason: str
    together: Fused | None  # Hybrid only
    speaker: Speaker | None = None  # who speaks; None: fewer than two faces, or nothing heard lately
    joined: Joined = Joined(None, True)  # whom `together` is about
    fps: float = 0.0
    label_age_ms: float | None = None
    frames: int = 0
    frames_skipped: int = 0  # pictures shown but not judged: they came too soon, or a newer one was there
    sound_seconds: float = 0.0
    gave_way: bool = False  # the chosen face model was too slow for this machine, the spare one answers
    error: str = ""  # the last error of a worker, in words


@dataclass(frozen=True)
class Moment:
    """One row of the timeline."""

    time_s: float
    face: np.ndarray | None
    voice: np.ndarray | None
    together: np.ndarray | None


@dataclass(frozen=True)
class Counts:
    """How much has come and was judged since the stream began."""

    pictures: int
    face_looks: int
    voice_answers: int


@dataclass
class _Counts:
    frames: int = 0
    arrivals: deque = field(default_factory=lambda: deque(maxlen=120))
    last_frame_s: float | None = None
    too_large_s: float | None = None  # when the last picture above MAX_PIXELS came
    last_sound_s: float | None = None
    samples: int = 0
    voice_answers: int = 0
    sound_began_s: float = 0.0  # when the first sample came, if all that came since had come without a pause


class LiveSession:
    """Owns the two workers of one page. Threads start with the first frame and end with the stream."""

    def __init__(
        self,
        face_model: FacePredictor,
        voice_model: VoicePredictor,
        settings: LiveSettings = LiveSettings(),
        *,
        person: Person = NOBODY,
        clock: Callable[[], float] = time.monotonic,
        idle_seconds: float = 5.0,
    ):
        """person: what each stream knows of the person at its beginning."""
        self._clock, self._lock = clock, threading.Lock()
        self.settings, self.person = settings, person
        self._face_judge = FaceJudge(face_model)
        self._face_model = face_model  # the chosen one
        self._spare: FacePredictor | None = None  # answers where the chosen one is too slow
        self._picture_clock = PictureClock()  # of the pictures handed to the face worker
        self._voice_model = voice_model
        self._ring = SoundRing(int(RING_SECONDS * SAMPLE_RATE))
        worker = partial(Worker, idle_seconds=idle_seconds, turn=MODELS.turn)
        self._face_worker = worker("emotion-face", self._judge_picture)
        self._voice_worker = worker("emotion-voice", self._judge_sound)
        self._recorder: Recorder | None = None
        self.practice_pictures: PracticePictures | None = None  # is given each picture, and is emptied with the stream
        self._reset()

    def _reset(self) -> None:
        self._counts = _Counts()
        self._faces: FacesReading | None = None
        self._recent = RecentFaces()
        self._voice: VoiceReading | None = None
        self._voice_error: Exception | None = None  # until the voice is judged again: most pieces bring no reading
        self._voice_end_s = 0.0  # when the window of that reading ended, by the clock of the pictures
        self._offered_s: float | None = None
        self._looks_before = self._face_worker.done
        self._face_judge.model, self._pace = self._face_model, Pace()
        self._face_judge.begin_again(self.person.face)
        self._finder, self._dropped_before = SpeakerFinder(), self._ring.dropped
        self._speaker: Speaker | None = None
        self._sentence_next = False
        self._voice_judge = VoiceJudge(self._voice_model, start=self.person.voice)
        self._resampler = MonoResampler(nan_as_silence=True)
        self._history: deque[Moment] = deque()
        self._shown = ShownWord()
        self._ended = False

    # --- called by WebRTC, on its threads; must return fast and never raise ---

    def on_video(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Hand the picture to the face worker; return it with the last known boxes drawn."""
        try:
            now = self._clock()
            if frame.width * frame.height > MAX_PIXELS:
                self._counts.too_large_s = now
                return _at_the_time_of(frame, np.zeros((*STAND_IN, 3), np.uint8))
            image: np.ndarray = frame.to_ndarray(format="rgb24")  # (H, W, 3)
            if self.settings.mirror:
                image = np.ascontiguousarray(image[:, ::-1])
            self._begin_again()
            self._counts.frames += 1
            self._counts.arrivals.append(now)
            self._counts.last_frame_s = now
            if recorder := self._recorder:
                recorder.picture(image, now)
            if practice := self.practice_pictures:
                practice.take(image, now)
            faces = self._faces
            every_s = MOUTHS_SECONDS if faces and len(faces.faces) > 1 else LOOK_SECONDS
            if self._offered_s is None or now - self._offered_s >= every_s:
                self._offered_s = now
                self._face_worker.put((image, now, self._picture_clock.tick(now)))
            speaker = self._who_speaks(now)
            shown = (
                image
                if faces is None or now - faces.time_s > STALE_SECONDS
                else draw_faces(image, faces.faces, speaker=speaker.track if speaker else None)
            )
            return _at_the_time_of(frame, shown)
        except Exception:  # one exception here would stop the video for good
            log.exception("video callback")
            return frame

    def on_audio(self, frame: av.AudioFrame) -> None:
        """Resample and keep the sound, wake the voice worker."""
        try:
            self._begin_again()
            for samples in self._resampler.push(frame):
                self._counts.samples += len(samples)
                self._ring.append(samples)
                if recorder := self._recorder:
                    recorder.sound(samples, self._clock())
            self._counts.last_sound_s = self._clock()
            self._counts.sound_began_s = self._counts.last_sound_s - self._counts.samples / SAMPLE_RATE
            self._voice_worker.put(None)
        except Exception:
            log.exception("audio callback")

    def on_ended(self) -> None:
        """The stream is over: ask both workers to end. Never waits, so it may be called on the event loop."""
        self._ended = True
        if recorder := self._recorder:
            recorder.stream_ended()
        if practice := self.practice_pictures:
            practice.clear()
        self._face_worker.stop()
        self._voice_worker.stop()

    def _begin_again(self) -> None:
        """A frame after the end of a stream begins the next stream, with an empty history."""
        if self._ended:
            with self._lock:
                if self._ended:
                    self._ring.take()
                    self._reset()

    # --- called by the page ---

    @property
    def recorder(self) -> Recorder | None:
        """The recording that is going on, None if there is none."""
        if self._recorder is not None and self._recorder.finished.is_set():  # it ended with its stream
            self._recorder = None
        return self._recorder

    @property
    def face_model(self) -> FacePredictor:
        """The face model in use."""
        return self._face_judge.model

    @property
    def streaming(self) -> bool:
        """Whether pictures or sound are coming in."""
        counts, now = self._counts, self._clock()
        last = counts.last_frame_s, counts.too_large_s, counts.last_sound_s
        return not self._ended and not all(_old(t, now) for t in last)

    @property
    def voice_model(self) -> VoicePredictor:
        """The voice model in use."""
        return self._voice_model

    def record(self, recorder: Recorder) -> None:
        """From now on hand everything to a recorder too; where the stream is over, the recorder soon ends by itself."""
        self._recorder = recorder
        if self._ended:  # it may have ended while the recorder was made
            recorder.stream_ended()

    def end_recording(self) -> Recorder | None:
        """Hand nothing more to the recorder, which finishes on its own thread. Never waits."""
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            recorder.stop()
        return recorder

    def use_face_model(self, model: FacePredictor, *, spare: FacePredictor | None = None) -> None:
        """Change the face model while the stream goes on.

        spare: a faster one, which answers until the stream ends where this machine cannot keep up with `model`.
        """
        self._spare = spare
        if model is not self._face_model:
            self._face_model = self._face_judge.model = model
            self._faces, self._pace = None, Pace()  # what was seen is another model's

    def use_voice_model(self, model: VoicePredictor) -> None:
        """Change the voice model while the stream goes on; the sound so far stays in the window."""
        with self._lock:  # a stream that begins right now must not keep the old model
            self._voice_model = self._voice_judge.model = model

    def pin(self, track: int | None) -> None:
        """Make the face with this number the main one until it is gone; None: let go of it."""
        self._face_judge.pin(track)

    def take_neutral(self, *, face: bool = True, voice: bool = True) -> None:
        """The main face, and then what is said, are neutral: see FaceJudge and VoiceJudge."""
        self._sentence_next = face and voice  # nobody is to speak while the face rests
        if face:
            self._face_judge.take_neutral()
        elif voice:
            self._voice_judge.take_neutral()

    def stop_taking_neutral(self) -> None:
        """The person does not want to rest or speak after all."""
        self._sentence_next = False
        self._face_judge.stop_resting()
        self._voice_judge.stop_taking_neutral()

    def learned(self) -> Person:
        """What is known of the main face in the picture now, and of whoever has spoken in this stream."""
        faces = self._faces
        main = faces.main if faces else None
        return Person(main.neutral if main else None, self._voice_judge.centre)

    def stop(self, timeout_seconds: float = 5.0) -> bool:
        """End both workers and wait for them; False when one did not end in time."""
        self.on_ended()
        return all([self._face_worker.join(timeout_seconds), self._voice_worker.join(timeout_seconds)])

    def threads_alive(self) -> int:
        """How many threads of this session are running: 0, 1 or 2."""
        return int(self._face_worker.alive) + int(self._voice_worker.alive)

    def snapshot(self) -> Snapshot:
        """The state right now. Cheap: takes no lock that a worker holds for long."""
        now, mode = self._clock(), self.settings.mode
        faces, voice, counts = self._faces, self._voice, self._counts
        arrivals = [t for t in list(counts.arrivals) if now - t <= RATE_SECONDS]
        face_reason = self._face_missing(now) or (faces.reason if faces else "starting")
        voice_reason = self._voice_missing(now) or (voice.reason if voice else "starting")
        speaker = self._who_speaks(now)
        seen = faces if not face_reason else None
        one, whose = self._together(seen, voice if not voice_reason else None, speaker)
        face, hearing = self._face_worker, self._voice_worker
        found = [(face.name, face.error), (hearing.name, self._voice_error or hearing.error)]
        errors = [f"{name}: {error}" for name, error in found if error]
        return Snapshot(
            now_s=now,
            mode=mode,
            faces=faces,
            face_reason=face_reason,
            voice=voice,
            voice_reason=voice_reason,
            together=self._as_shown(one, now) if mode == "hybrid" and one else None,
            speaker=speaker,
            joined=whose,
            fps=len(arrivals) / RATE_SECONDS,
            frames=counts.frames,
            frames_skipped=max(0, counts.frames - (self._face_worker.done - self._looks_before)),
            label_age_ms=None if faces is None or face_reason else (now - faces.time_s) * 1000,
            sound_seconds=counts.samples / SAMPLE_RATE,
            gave_way=self._face_judge.model is not self._face_model,
            error="; ".join(errors),
        )

    def counts(self) -> Counts:
        """What has come and was judged so far, for whoever measures rates."""
        return Counts(self._counts.frames, self._face_worker.done - self._looks_before, self._counts.voice_answers)

    def history(self) -> list[Moment]:
        """The last HISTORY_SECONDS, oldest first; time_s is relative to now (0 or below)."""
        now = self._clock()
        with self._lock:
            return [Moment(m.time_s - now, m.face, m.voice, m.together) for m in self._history]

    def _face_missing(self, now: float) -> str:
        """Why there is no present answer to the face at all, "" where there is one or none is due yet."""
        if not _old(self._counts.too_large_s, now):
            return "picture too large"
        if _old(self._counts.last_frame_s, now):
            return "no camera"
        faces = self._faces
        return "failed" if self._face_worker.error and _old(faces.time_s if faces else None, now) else ""

    def _voice_missing(self, now: float) -> str:
        """The same of the voice."""
        if _old(self._counts.last_sound_s, now):
            return "no microphone"
        return "failed" if self._voice_error and _old(self._voice_end_s, now) else ""

    def _who_speaks(self, now: float) -> Speaker | None:
        speaker = self._speaker
        return None if speaker is None or now - speaker.time_s > STALE_SECONDS else speaker

    def _together(
        self, faces: FacesReading | None, voice: VoiceReading | None, speaker: Speaker | None
    ) -> tuple[Fused | None, Joined]:
        with self._lock:
            return together_of(
                faces,
                voice,
                speaker,
                self._recent,
                voice_end_s=self._voice_end_s,
                more_words=self.settings.more_words,
            )

    def _as_shown(self, one: Fused, now: float) -> Fused:
        """The judgement with the word that does not flicker."""
        found = verdict(one.answer, one.labels, "together", shown=self._shown.see(one.answer, now))
        return replace(one, label=found.label, confidence=found.confidence, words=found.words)

    # --- on the workers' threads ---

    def _judge_picture(self, item: tuple[np.ndarray, float, float]) -> None:
        image, now, paced_s = item
        self._face_judge.max_faces = self.settings.max_faces
        self._face_judge.smoothing_s = self.settings.smoothing_s
        self._face_judge.adapt = self.settings.adapt
        self._face_judge.more_words = self.settings.more_words
        if self._pace.too_slow(paced_s) and self._spare is not None:
            self._face_judge.model = self._spare
        faces = self._faces = self._face_judge.look(image, now)
        with self._lock:
            self._finder.see(faces.mouths, now)
            self._recent.see(faces)
        if self._sentence_next and not self._face_judge.resting:
            self._sentence_next = False
            self._voice_judge.take_neutral()
        if recorder := self._recorder:
            recorder.faces(faces)
        self._remember(now)

    def _judge_sound(self, _: None) -> None:
        self._voice_judge.smoothing_s = self.settings.smoothing_s
        self._voice_judge.adapt = self.settings.adapt
        try:
            readings = self._voice_judge.hear(self._ring.take())
        except Exception as e:
            self._voice_error = e
            raise
        for reading in readings:
            end_s = self._listen(reading)
            if recorder := self._recorder:
                recorder.voice(reading, end_s)
                recorder.speaker(self._speaker, end_s)
        self._counts.voice_answers += len(readings)
        if readings:
            self._voice, self._voice_end_s, self._voice_error = readings[-1], end_s, None
            self._remember(self._clock())

    def _listen(self, reading: VoiceReading) -> float:
        """Name the speaker of the time until this reading. Returns when that is, by the clock of the pictures."""
        lost_s = (self._ring.dropped - self._dropped_before) / SAMPLE_RATE
        end_s = self._counts.sound_began_s + lost_s + reading.time_s
        with self._lock:
            if reading.loudness is not None:
                self._finder.hear(reading.loudness, end_s, HOP_SECONDS)
            self._speaker = self._finder.name(end_s)
        return end_s

    def _remember(self, now: float, every_s: float = 0.25) -> None:
        seen = None if self._face_missing(now) else self._faces
        heard = None if self._voice_missing(now) else self._voice
        together, whose = self._together(seen, heard, self._who_speaks(now))
        if (recorder := self._recorder) and self.settings.mode == "hybrid":
            recorder.together(together, now, track=whose.track)
        with self._lock:
            if self._history and now - self._history[-1].time_s < every_s:
                return
            self._history.append(
                Moment(
                    now,
                    seen.main.probs if seen and seen.main else None,
                    heard.probs if heard else None,
                    together.probs if together else None,
                )
            )
            while self._history and now - self._history[0].time_s > HISTORY_SECONDS:
                self._history.popleft()


def _at_the_time_of(frame: av.VideoFrame, image: np.ndarray) -> av.VideoFrame:
    """uint8 (H, W, 3) RGB as a frame with the same time stamp."""
    out = av.VideoFrame.from_ndarray(image, format="rgb24")
    if frame.pts is not None and frame.time_base is not None:
        out.pts, out.time_base = frame.pts, frame.time_base
    return out


def _old(time_s: float | None, now: float) -> bool:
    """Whether something was STALE_SECONDS ago, or never."""
    return time_s is None or now - time_s > STALE_SECONDS
