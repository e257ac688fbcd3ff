"""Used by several tests: files to write, a clock turned by hand, waiting, pages to run. Tests import from here only."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
import urllib.request
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

from emotion.labels import FACE_LABELS

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parent.parent
LONG_S = 120.0  # only so that a test which fails does not wait for ever


def write_wav(path: Path, samples: np.ndarray, rate: int) -> Path:
    """16-bit mono WAV from float32 (T,)."""
    with wave.open(str(path), "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(rate)
        f.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def write_video(path, pictures, sound=None, *, fps=25, rate=16_000):
    """MP4 from uint8 (H, W, 3) pictures and, if given, float32 (T,) sound."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        voice = out.add_stream("aac", rate=rate, layout="mono") if sound is not None else None
        for picture in pictures:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode())
        if voice is not None:
            frame = av.AudioFrame.from_ndarray((sound * 32767).astype(np.int16)[None], format="s16", layout="mono")
            frame.sample_rate = rate
            for piece in av.AudioResampler(format="fltp", layout="mono", rate=rate).resample(frame):
                out.mux(voice.encode(piece))
            out.mux(voice.encode())
    return path


FILM_RATE = 16_000  # Hz, of the sound of test films
MILLISECONDS = Fraction(1, 1000)
# a track's matrix in MP4 (ISO 14496-12): as it is, and shown a quarter turn to the right
UPRIGHT = bytes.fromhex("00010000" + "00" * 12 + "00010000" + "00" * 12 + "40000000")
TURNED = bytes.fromhex("000000000001000000000000ffff0000" + "00" * 20 + "40000000")


def write_film(
    path: Path, pictures, *, times_s=None, sound: np.ndarray | None = None, sound_from_s: float = 0.0
) -> Path:
    """H.264, and AAC or (in MKV) plain sound, with the given times.

    pictures: uint8 (H, W, 3) RGB; sound: float32 (T,) at FILM_RATE.
    """
    times_s = times_s if times_s is not None else [i / 25 for i in range(len(pictures))]
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=30, options={"preset": "ultrafast", "crf": "18", "bf": "0"})
        video.width, video.height, video.pix_fmt = (
            pictures[0].shape[1],
            pictures[0].shape[0],
            "yuv444p" if pictures[0].shape[0] % 2 else "yuv420p",
        )
        video.codec_context.time_base = video.time_base = MILLISECONDS
        voice = (
            out.add_stream("pcm_s16le" if path.suffix == ".mkv" else "aac", rate=FILM_RATE, layout="mono")
            if sound is not None
            else None
        )
        for picture, time_s in zip(pictures, times_s, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = round(time_s * 1000), MILLISECONDS
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        for at in range(0, len(sound) if sound is not None else 0, 1024):
            piece = (np.clip(sound[at : at + 1024], -1, 1) * 32767).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(piece, format="s16", layout="mono")
            frame.sample_rate, frame.time_base, frame.pts = (
                FILM_RATE,
                Fraction(1, FILM_RATE),
                round(sound_from_s * FILM_RATE) + at,
            )
            out.mux(voice.encode(frame))
        if voice:
            out.mux(voice.encode(None))
    return path


def turn(path: Path) -> Path:
    """The same MP4 as a phone held upright writes it: lying pictures, and a matrix that turns them."""
    data = path.read_bytes()
    assert data.count(UPRIGHT) == 2, "of the film and of its one track"
    at = data.rindex(UPRIGHT)
    path.write_bytes(data[:at] + TURNED + data[at + len(TURNED) :])
    return path


BROWSER_RATE = 48_000


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self):
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def turn(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.now += seconds


def browser_frames(samples: np.ndarray):
    """float32 (T,) at 48 kHz -> frames as WebRTC brings them: packed stereo s16, 960 samples."""
    whole = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
    for i in range(0, len(whole) - 959, 960):
        stereo = np.repeat(whole[i : i + 960], 2)[None]
        frame = av.AudioFrame.from_ndarray(stereo, format="s16", layout="stereo")
        frame.sample_rate, frame.pts = BROWSER_RATE, i
        yield frame


@contextmanager
def next_item_worked_on(worker) -> Iterator[None]:
    """Give a realtime.Worker an item within this block; after it the worker has worked on the item, or failed."""
    done, work = threading.Event(), worker._work

    def work_and_tell(item) -> None:
        try:
            work(item)
        finally:
            done.set()

    worker._work = work_and_tell
    yield
    assert done.wait(LONG_S), f"{worker.name} did not answer"
    worker._work = work


def run(page: str = "app.py", **state) -> AppTest:
    """A page after one run; state goes into the session."""
    from streamlit.testing.v1 import AppTest  # here, because Streamlit takes long to import

    app = AppTest.from_file(str(ROOT / page), default_timeout=LONG_S)
    for key, value in state.items():
        app.session_state[key] = value
    return app.run()


def html_of(app: AppTest) -> str:
    """Everything a page wrote as HTML."""
    return " ".join(e.proto.body for e in app.get("html"))


def wait_until(true: Callable[[], object], *, seconds: float = LONG_S) -> None:
    """Wait for a condition."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"it did not happen within {seconds} s"
        time.sleep(0.01)


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def app_answers(process: subprocess.Popen, url: str, log: Path) -> bool:
    """Whether the app that runs in `process` answers by now; fails with the end of its log where it has ended."""
    assert process.poll() is None, f"the app ended:\n{log.read_text()[-3000:]}"
    try:
        return urllib.request.urlopen(url + "/_stcore/health", timeout=10).status == 200
    except OSError:
        return False


def finished_job(job, seconds: float = LONG_S):
    """The AnalysisJob, when it has ended."""
    wait_until(lambda: not job.running, seconds=seconds)
    return job


def finished_round(target: str = "happy", share: float = 0.8):
    """A round with a face that was `share` sure and no voice."""
    probs = np.full(7, (1 - share) / 6, np.float32)
    probs[FACE_LABELS.index(target)] = share
    from emotion.realtime.practice_round import SLOTS, Round, Sample, result_of

    return result_of(
        Round(target, 0.0, tuple(Sample(i * 0.5, probs, None, probs, "", "silence") for i in range(SLOTS)))
    )
