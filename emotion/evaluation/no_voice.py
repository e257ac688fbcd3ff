"""How often sound in which nobody speaks is given an emotion: the live judge on noises."""

from __future__ import annotations

import numpy as np

from emotion import audio
from emotion.evaluation.scores import evenly
from emotion.evaluation.simulate import hiss, keyboard, music
from emotion.judge import VoiceJudge
from emotion.paths import data_root
from emotion.protocols import VoicePredictor

SECONDS = 60  # of each made sound


def sounds_without_a_voice(root=None, *, limit: int | None = None) -> dict[str, list[np.ndarray]]:
    """Name -> recordings float32 (T,) at audio.SAMPLE_RATE.

    Mute, hiss, keys and music are made; the others are ESC-10's kinds of noise, where found. limit: at most so many
    recordings of each kind.
    """
    rng, n = np.random.default_rng(0), SECONDS * audio.SAMPLE_RATE
    found: dict[str, list[np.ndarray]] = {
        "mute": [np.zeros(n, np.float32)],
        "hiss": [0.03 * hiss(n, rng)],
        "keyboard": [0.2 * keyboard(n, rng)],
        "music": [music(n, rng)],
    }
    for folder in sorted(p for p in (data_root(root) / "noise" / "esc10").glob("*") if p.is_dir()):
        files = sorted(folder.glob("*.ogg"))
        found[folder.name.replace("_", " ")] = [audio.read_audio(files[i]) for i in evenly(len(files), limit)]
    return found


def no_voice_figures(model: VoicePredictor, sounds: dict[str, list[np.ndarray]]) -> list[dict]:
    """Per kind of sound: recordings, seconds, readings (one each half second, as in the app), share with an emotion."""
    rows = []
    for name, waves in sounds.items():
        judged = [reading.probs is not None for wave in waves for reading in VoiceJudge(model).hear(wave)]
        rows.append(
            {
                "sound": name,
                "recordings": len(waves),
                "seconds": round(sum(map(len, waves)) / audio.SAMPLE_RATE, 1),
                "readings": len(judged),
                "judged": float(np.mean(judged)),
            }
        )
    return rows
