"""More words than the seven: contempt of the face, calm of the voice. Only where they are asked for; all pure.

The seven stay as they are to each other. Contempt takes its probability from all of them alike. Calm takes from
neutral the share that calm has of the voice's calm and neutral.
"""

from __future__ import annotations

import numpy as np

from emotion.labels import FACE_LABELS, VOICE_LABELS

NEUTRAL = FACE_LABELS.index("neutral")
CALM_OF_VOICE, NEUTRAL_OF_VOICE = VOICE_LABELS.index("calm"), VOICE_LABELS.index("neutral")


def with_contempt(probs: np.ndarray, contempt: float | np.ndarray) -> np.ndarray:
    """Probabilities over FACE_LABELS (…, 7) and that of contempt (…,), 0…1 -> over MORE_FACE_LABELS (…, 8)."""
    contempt = np.asarray(contempt, probs.dtype)[..., None]  # (…, 1)
    return np.concatenate([probs * (1 - contempt), np.broadcast_to(contempt, (*probs.shape[:-1], 1))], axis=-1)


def with_more_words(
    probs: np.ndarray, *, contempt: float | np.ndarray = 0.0, voice: np.ndarray | None = None
) -> np.ndarray:
    """A joint judgement over FACE_LABELS (…, 7) -> over MORE_LABELS (…, 9).

    contempt: (…,), 0…1, as the face says; 0 where no face counts. voice: (…, 8) over VOICE_LABELS, as the voice says;
    None where no voice counts, and then nothing is calm.
    """
    calm = np.zeros(probs.shape[:-1], probs.dtype)
    probs = probs.copy()
    if voice is not None:
        quiet = voice[..., CALM_OF_VOICE] + voice[..., NEUTRAL_OF_VOICE]
        calm = probs[..., NEUTRAL] * voice[..., CALM_OF_VOICE] / np.maximum(quiet, np.finfo(np.float32).tiny)
        probs[..., NEUTRAL] -= calm
    calm = calm * (1 - np.asarray(contempt))
    return np.concatenate([with_contempt(probs, contempt), calm[..., None]], axis=-1).astype(probs.dtype)
