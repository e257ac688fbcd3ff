"""How a browser's own sound processing changes the answers: echo cancellation, noise suppression, gain control.

A real Chromium, driven by Playwright, takes RAVDESS clips as its microphone, once for each setting of getUserMedia, and
returns what a page would get.
"""

from __future__ import annotations

import base64
import functools
import http.server
import shutil
import tempfile
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import numpy as np

from emotion import audio, metrics
from emotion.datasets import fold_of, load_ravdess
from emotion.evaluation.measurements import BROWSER_COMMAND, BROWSER_NAME, out_folder, write_metrics
from emotion.evaluation.scores import evenly, right_answers
from emotion.evaluation.simulate import add_noise, hiss
from emotion.evaluation.voices import fold_voices, fold_weights
from emotion.labels import VOICE_LABELS
from emotion.paths import MODELS

CLIPS = 72
GAP_SECONDS = 0.8
NOISE_DB = 10  # white noise this far below each voice, in the second recording
SETTINGS = {  # name -> (echoCancellation, noiseSuppression, autoGainControl)
    "all off": (False, False, False),
    "echo cancellation": (True, False, False),
    "noise suppression": (False, True, False),
    "gain control": (False, False, True),
    "all on (a browser's default)": (True, True, True),
}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
RECORD = """({echo, noise, gain, rate}) => {
  const worklet = `registerProcessor('keep', class extends AudioWorkletProcessor {
    process(inputs) { if (inputs[0][0]) this.port.postMessage(inputs[0][0].slice()); return true; } })`;
  window.kept = [];
  const wanted = {echoCancellation: echo, noiseSuppression: noise, autoGainControl: gain};
  return navigator.mediaDevices.getUserMedia({audio: wanted}).then(async stream => {
    const context = new AudioContext({sampleRate: rate});
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([worklet], {type: 'text/javascript'})));
    const node = new AudioWorkletNode(context, 'keep');
    node.port.onmessage = e => kept.push(e.data);
    context.createMediaStreamSource(stream).connect(node);
  });
}"""
ENOUGH = "samples => kept.reduce((n, k) => n + k.length, 0) >= samples"
FETCH = """async () => {
  const whole = new Int16Array(kept.reduce((n, k) => n + k.length, 0));
  let at = 0;
  for (const k of kept) for (const v of k) whole[at++] = Math.max(-32768, Math.min(32767, Math.round(32767 * v)));
  const reader = new FileReader();
  const read = new Promise(done => { reader.onload = () => done(reader.result); });
  reader.readAsDataURL(new Blob([whole]));
  const url = await read;
  return url.slice(url.indexOf(',') + 1);
}"""


class BrowserError(Exception):
    """There is no browser to measure with, or it did not give its sound; the message says what to do."""


def chromium_path() -> str | None:
    """Where Chromium is, or None."""
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


@contextmanager
def _pages(microphone: Path, count: int) -> Iterator[list]:
    """Pages whose microphone plays this file again and again.

    Each has a browser of its own: in one browser all pages would get the same processing.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as e:
        raise BrowserError("measuring in a browser takes Playwright: pip install -r requirements-dev.txt") from e
    path = chromium_path()
    if path is None:
        raise BrowserError("no Chromium found. Debian or Ubuntu: sudo apt-get install chromium")
    with tempfile.TemporaryDirectory() as empty:  # getUserMedia wants a page on localhost
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_SilentHandler, directory=empty))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            with sync_playwright() as playwright:
                browsers = [
                    playwright.chromium.launch(
                        executable_path=path,
                        headless=True,
                        args=[
                            "--no-sandbox",
                            "--use-fake-ui-for-media-stream",
                            "--use-fake-device-for-media-stream",
                            "--disable-background-networking",
                            "--autoplay-policy=no-user-gesture-required",
                            f"--use-file-for-fake-audio-capture={microphone}",
                        ],
                    )
                    for _ in range(count)
                ]
                pages = [browser.new_page() for browser in browsers]
                for page in pages:
                    page.goto(f"http://localhost:{server.server_address[1]}/")
                yield pages
                for browser in browsers:
                    browser.close()
        finally:
            server.shutdown()


class _SilentHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_) -> None:
        pass


def joined(waves: list[np.ndarray]) -> tuple[np.ndarray, list[int]]:
    """Recordings one after the other, equally loud, each after GAP_SECONDS of silence: (sound, where each begins)."""
    gap = np.zeros(int(GAP_SECONDS * audio.SAMPLE_RATE), np.float32)
    parts: list[np.ndarray] = []
    starts, at = [], 0
    for sound in waves:
        level = 0.05 / max(float(np.sqrt(np.mean(sound**2))), 1e-6)
        parts += [gap, np.clip(sound * level, -1, 1)]
        starts.append(at + len(gap))
        at += len(gap) + len(sound)
    return np.concatenate(parts), starts


def delay(recorded: np.ndarray, played: np.ndarray) -> int:
    """Samples by which `recorded` is behind `played`, which is as long and repeated without end; exact to 10 ms.

    It is where the correlation of the two envelopes is highest.
    """
    hop = audio.SAMPLE_RATE // 100

    def envelope(wave: np.ndarray) -> np.ndarray:
        return np.log(np.sqrt(np.mean(wave[: len(wave) // hop * hop].reshape(-1, hop) ** 2, axis=1)) + 1e-4)

    ours, theirs = envelope(recorded), envelope(played)
    match = np.fft.irfft(np.fft.rfft(ours - ours.mean()) * np.conj(np.fft.rfft(theirs - theirs.mean())), len(theirs))
    return int(np.argmax(match)) * hop


def through_browser(
    sound: np.ndarray, starts: list[int], lengths: list[int], folder: Path
) -> dict[str, list[np.ndarray]]:
    """Setting -> what the page got of each recording in `sound`. Takes a little longer than the sound plays."""
    file = folder / "microphone.wav"
    with wave.open(str(file), "wb") as f:
        f.setparams((1, 2, audio.SAMPLE_RATE, 0, "NONE", ""))
        f.writeframes((sound * 32767).astype("<i2").tobytes())
    seconds = len(sound) / audio.SAMPLE_RATE
    with _pages(file, len(SETTINGS)) as pages:
        from playwright.sync_api import TimeoutError as PlaywrightTimeout

        for page, (echo, noise, gain) in zip(pages, SETTINGS.values(), strict=True):
            page.evaluate(RECORD, {"echo": echo, "noise": noise, "gain": gain, "rate": audio.SAMPLE_RATE})
        for page in pages:  # all record at the same time
            with suppress(PlaywrightTimeout):  # too little sound is reported below
                page.wait_for_function(ENOUGH, arg=len(sound), polling=500, timeout=1000 * (2 * seconds + 60))
        got = [page.evaluate(FETCH) for page in pages]
    found = {}
    for name, data in zip(SETTINGS, got, strict=True):
        recorded = np.frombuffer(base64.b64decode(data), "<i2").astype(np.float32) / 32767
        if len(recorded) < len(sound):
            raise BrowserError(
                f"the browser gave {len(recorded) / audio.SAMPLE_RATE:.0f} of {seconds:.0f} s of sound; "
                "close other programs and try again"
            )
        whole = np.roll(recorded[: len(sound)], -delay(recorded[: len(sound)], sound))
        found[name] = [whole[s : s + n] for s, n in zip(starts, lengths, strict=True)]
    return found


def evaluate_browser(
    *, data=None, clips: int = CLIPS, out: Path | None = None, models: Path = MODELS, today: date | None = None
) -> dict[str, dict]:
    """Judge out-of-fold clips after each setting of the browser, clean and with white noise, and write the file.

    clips: how many; fewer than CLIPS are written to `out` only. Returns name -> figures. Raises BrowserError,
    DatasetError, ModelError.
    """
    limit = None if clips >= CLIPS else clips
    folder, every = out_folder(out, limit), load_ravdess(data)
    (voices, seeds), chosen = fold_voices(models), [every[i] for i in evenly(len(every), clips)]
    labels, actors = np.array([VOICE_LABELS.index(c.label) for c in chosen]), np.array([c.actor for c in chosen])
    clean = [audio.read_audio(c.path) for c in chosen]
    rng = np.random.default_rng(0)
    rows = []
    for noise, waves in (
        ("clean", clean),
        (f"hiss, {NOISE_DB} dB", [add_noise(w, hiss(len(w), rng), NOISE_DB) for w in clean]),
    ):
        sound, starts = joined(waves)
        lengths = [len(wave) for wave in waves]
        print(f"{noise}: {len(sound) / audio.SAMPLE_RATE / 60:.1f} min through the browser", flush=True)
        with tempfile.TemporaryDirectory() as temporary:
            received = {"not through a browser": waves, **through_browser(sound, starts, lengths, Path(temporary))}
        for setting, sounds in received.items():
            probs = np.stack(
                [voices[fold_of(c.actor)].predict(w, audio.SAMPLE_RATE) for c, w in zip(chosen, sounds, strict=True)]
            )
            rows.append(
                {
                    "sound": noise,
                    "setting": setting,
                    "n": len(labels),
                    "uar": metrics.uar(labels, probs),
                    "accuracy": metrics.accuracy(labels, probs),
                    "interval_95": metrics.bootstrap_interval(right_answers(labels, probs), actors),
                }
            )
            print(f"{noise:12s} {setting:30s} UAR {rows[-1]['uar']:.1%}", flush=True)
    found = write_metrics(
        BROWSER_NAME,
        {
            "model": "voice",
            "kind": "browser",
            "data_set": "RAVDESS speech",
            "split": "ravdess-5fold",
            "seed": seeds[0] if len(seeds) == 1 else seeds,
            "date": (today or date.today()).isoformat(),
            "n": len(labels),
            "limited_to": limit,
            "command": BROWSER_COMMAND,
            "weights_sha256": fold_weights(voices),
            "protocol": f"{len(labels)} out-of-fold clips, evenly over the corpus, played as the microphone of a real "
            "Chromium, which records them with each setting of getUserMedia; judged by the fold's networks, which "
            "never heard the actor. The fake microphone has no room and no echo.",
            "settings": rows,
        },
        None,
        folder,
    )
    return {BROWSER_NAME: found}
