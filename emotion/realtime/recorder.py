"""Writes the judgements of a live stream, and on request its picture and sound, while it goes on.

The stream's threads only put things into queues; one thread writes, every FLUSH_SECONDS.
"""

from __future__ import annotations

import atexit
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from emotion.audio import SAMPLE_RATE
from emotion.fusion import Fused
from emotion.judge import FacesReading, VoiceReading
from emotion.speaker import Speaker
from emotion.timeline.judgements import Judgement
from emotion.timeline.mp4 import MediaWriter
from emotion.timeline.store import Store, reason_of

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.5  # judgements are written this often
WAITING_PICTURES = 45  # more than this in the queue: the encoder cannot keep up, pictures are left out
WAITING_BYTES = 64_000_000  # the same for large pictures: of 4K, three wait
WAITING_SOUND_S = 300.0  # the same for sound, 64 kB a second
LAST_TRIES = 20  # to write what is left at the end, FLUSH_SECONDS apart: a disk may stay full for ever
GRACE_SECONDS = 2.0  # a stream that comes back within this goes on in the same recording
AT_EXIT_SECONDS = 3.0  # a program that is told to end waits so long for what is left to be written
KEPT_WHILE_STUCK = 200_000  # judgements held in memory while the disk is full, hours of them


class Recorder:
    """One recording. Judgements go to the store, picture and sound to `media/<number>-<begin in milliseconds>.mp4`.

    The time is in the name because two databases may share the folder. When its session is deleted, a recording ends.
    clock: seconds that only grow, the same as the session's; wall_clock: seconds since 1970.
    """

    def __init__(
        self,
        store: Store,
        *,
        settings: dict,
        picture: bool = False,
        sound: bool = False,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ):
        """Begins at once. Raises what the store raises when the session cannot be made."""
        self._clock, self._start_s, self._wall_start_s = clock, clock(), wall_clock()
        self._store = store
        self.session_id = store.begin(started_unix_s=self._wall_start_s, settings=settings)
        self._film_error = self._labels_error = ""
        self.pictures_left_out, self.sound_left_out_s = 0, 0.0
        self.finished = threading.Event()
        self.file = (
            store.media_folder / f"{self.session_id}-{round(self._wall_start_s * 1000)}.mp4"
            if picture or sound
            else None
        )
        self.deleted = False  # the session was deleted while this went on: nothing of it is kept
        self._media = MediaWriter(self.file, picture=picture, sound=sound) if self.file else None
        self.wants = (picture, sound)
        self._queue: queue.Queue = queue.Queue()
        self._bytes_put = self._bytes_taken = 0  # of pictures: by the stream's thread, by the one that writes
        self._samples_put = self._samples_taken = 0  # of sound, likewise
        # not in the queue: pictures that wait to be encoded must not delay them
        self._judgements: deque[Judgement] = deque()
        self._pending: list[Judgement] = []
        self._last_s = 0.0  # time of the newest thing recorded
        self._stop = threading.Event()
        self._stream_ended_s: float | None = None
        self._last_arrival_s = self._start_s
        self._thread = threading.Thread(target=self._run, name="emotion-recorder", daemon=True)
        if self.file is not None:
            store.set_media(self.session_id, self.file.name)
        atexit.register(self._end_with_the_program)
        self._thread.start()

    # --- called by the stream's threads; return at once ---

    def picture(self, image: np.ndarray, now_s: float) -> None:
        """uint8 (H, W, 3) RGB; not changed by the caller afterwards."""
        self._last_arrival_s = now_s
        if self.wants[0] and not self._stop.is_set():
            waiting_bytes = self._bytes_put - self._bytes_taken + image.nbytes
            if self._queue.qsize() > WAITING_PICTURES or waiting_bytes > max(WAITING_BYTES, image.nbytes):
                self.pictures_left_out += 1
            else:
                self._bytes_put += image.nbytes
                self._queue.put(("picture", image, now_s - self._start_s))

    def sound(self, samples: np.ndarray, now_s: float) -> None:
        """float32 (T,) mono at audio.SAMPLE_RATE; its end is at now_s."""
        self._last_arrival_s = now_s
        if self.wants[1] and not self._stop.is_set():
            if self._samples_put - self._samples_taken + len(samples) > WAITING_SOUND_S * SAMPLE_RATE:
                self.sound_left_out_s += len(samples) / SAMPLE_RATE
            else:
                self._samples_put += len(samples)
                self._queue.put(("sound", samples, now_s - self._start_s))

    def faces(self, reading: FacesReading) -> None:
        """One row per face, or one that says why there is none."""
        main = reading.main
        if not reading.faces:
            self._judged(Judgement(0, 0, "face", reason=reading.reason), reading.time_s)
        for face in reading.faces:
            self._judged(
                Judgement(
                    0, 0, "face", face.probs, face.reason or face.why_hard, face.track, face is main, face.face.box
                ),
                reading.time_s,
            )
            if face is main and face.as_it_is is not None:
                self._judged(Judgement(0, 0, "as_it_is", face.as_it_is, track=face.track), reading.time_s)

    def voice(self, reading: VoiceReading, now_s: float) -> None:
        """The voice, or why there is none."""
        self._judged(Judgement(0, 0, "voice", reading.probs, reading.reason or reading.why_hard), now_s)
        if reading.as_it_is is not None:
            self._judged(Judgement(0, 0, "voice_own", reading.as_it_is), now_s)

    def speaker(self, speaker: Speaker | None, now_s: float) -> None:
        """Who speaks, or why nobody is named; nothing where there is one face."""
        if speaker is not None:
            self._judged(Judgement(0, 0, "speaker", reason=speaker.reason, track=speaker.track), now_s)

    def together(self, together: Fused | None, now_s: float, *, track: int | None = None) -> None:
        """The joint judgement of Hybrid, None where there is none. track: of the face that it is about."""
        probs, reason = (None, "") if together is None else (together.probs, together.reason)
        self._judged(Judgement(0, 0, "together", probs, reason, track=track), now_s)

    def settings_changed(self, settings_json: str) -> None:
        """The settings of the sidebar from now on."""
        self._judged(Judgement(0, 0, "settings", reason=settings_json), self._clock())

    def stream_ended(self) -> None:
        """The stream says it is over: end in GRACE_SECONDS, unless pictures or sound go on arriving. Never waits."""
        self._stream_ended_s = self._clock()

    def stop(self) -> None:
        """Ask for the end. Never waits, so it may be called on the event loop."""
        self._stop.set()
        self._queue.put(None)

    # --- called by the page ---

    @property
    def error(self) -> str:
        """What is wrong now, in words; "" when all is written."""
        return " ".join(filter(None, (self._film_error, self._labels_error)))

    @property
    def left_out(self) -> str:
        """What the film lacks because it could not be written in time, in words; "" when it lacks nothing."""
        parts = [_counted(self.pictures_left_out, "picture")] if self.pictures_left_out else []
        parts += [f"{self.sound_left_out_s:.1f} s of sound"] if self.sound_left_out_s else []
        return f"Left out: {' and '.join(parts)}. This machine is too busy to write all of it." if parts else ""

    @property
    def seconds(self) -> float:
        """How long this recording is."""
        return self._clock() - self._start_s

    def join(self, timeout_seconds: float = 10.0) -> bool:
        """Wait until everything is written; False when it takes longer than this."""
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _end_with_the_program(self) -> None:
        self.stop()
        self.join(AT_EXIT_SECONDS)

    # --- on the recorder's thread ---

    def _judged(self, judgement: Judgement, now_s: float) -> None:
        if not self._stop.is_set():
            time_s = max(0.0, now_s - self._start_s)
            self._judgements.append(replace(judgement, time_s=time_s, wall_clock_unix_s=self._wall_start_s + time_s))

    def _run(self) -> None:
        flushed_s = self._clock()
        while not (self._stop.is_set() and self._queue.empty()):
            try:
                item = self._queue.get(timeout=max(0.0, flushed_s + FLUSH_SECONDS - self._clock()))
            except queue.Empty:
                item = None
            if item is not None:
                self._write_media(*item)
                self._bytes_taken += item[1].nbytes if item[0] == "picture" else 0
                self._samples_taken += len(item[1]) if item[0] == "sound" else 0
                self._last_s = max(self._last_s, item[2])
            if self._clock() - flushed_s >= FLUSH_SECONDS:
                self._flush()
                flushed_s = self._clock()
                self._end_with_the_stream()
        self._finish()

    def _end_with_the_stream(self) -> None:
        if self._stream_ended_s is None or self._clock() - self._stream_ended_s < GRACE_SECONDS:
            return
        if self._clock() - self._last_arrival_s < GRACE_SECONDS:
            self._stream_ended_s = None  # it goes on
        else:
            self.stop()

    def _take_judgements(self) -> None:
        while self._judgements:
            self._pending.append(self._judgements.popleft())
            self._last_s = max(self._last_s, self._pending[-1].time_s)

    def _flush(self) -> bool:
        self._take_judgements()
        if self.deleted:
            self._pending = []
            return True
        try:
            self._store.add(self.session_id, self._pending)
        except Exception as e:  # a full disk, a lost server: keep the rows and try again
            if self._was_deleted():
                self.deleted = True
                self._labels_error = "This session was deleted, so its recording ended; nothing of it is kept."
                self.stop()
                return self._flush()
            if not self._labels_error:  # once, not with each new try
                log.exception("recording %s", self.session_id)
            self._pending = self._pending[-KEPT_WHILE_STUCK:]
            waiting = _counted(len(self._pending), "judgement")
            self._labels_error = (
                f"Not written yet: {waiting} ({reason_of(e)}). Free some disk space or check the database; the "
                "recording goes on and catches up."
            )
            return False
        self._pending, self._labels_error = [], ""
        return True

    def _was_deleted(self) -> bool:
        try:
            return not self._store.exists(self.session_id)
        except Exception:  # the database does not answer
            return False

    def _write_media(self, kind: str, data: np.ndarray, time_s: float) -> None:
        if self._media is None:
            return
        try:
            (self._media.write_picture if kind == "picture" else self._media.write_sound)(data, time_s)
        except Exception as e:
            log.exception("picture and sound of recording %s", self.session_id)
            self._film_error = (
                f"Picture and sound end here ({reason_of(e)}); labels are still recorded. "
                "Free some disk space for the next recording."
            )
            self._close_media()

    def _close_media(self) -> None:
        media, self._media = self._media, None
        try:
            if media is not None:
                media.close()
        except Exception:
            log.exception("closing picture and sound of recording %s", self.session_id)

    def _finish(self) -> None:
        self._close_media()
        missing = why = ""
        for _ in range(LAST_TRIES):
            if self._flush():
                break
            time.sleep(FLUSH_SECONDS)
        else:
            missing = f"the last {_counted(len(self._pending), 'judgement')}"
        try:
            kept = self.file is not None and self.file.is_file() and self.file.stat().st_size > 0
            self.deleted |= not self._store.finish(
                self.session_id,
                ended_unix_s=self._wall_start_s + self._last_s,
                media=self.file.name if kept and self.file else None,
            )
            if self.file is not None and (self.deleted or not kept):
                self.file.unlink(missing_ok=True)
        except Exception as e:
            log.exception("end of recording %s", self.session_id)
            missing, why = missing or "the time of its end", f" ({reason_of(e)})"
        if missing:
            self._labels_error = (
                f"The end of the recording could not be written{why}. Missing: {missing}; all before is kept. "
                "Free some disk space or check the database before the next recording."
            )
        atexit.unregister(self._end_with_the_program)
        self.finished.set()


def _counted(n: int, thing: str) -> str:
    return f"{n:,} {thing}" + ("" if n == 1 else "s")
