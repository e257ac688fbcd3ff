"""How probable contempt is in a face: a logistic regression on what a face network says before its last layer.

Each face model has a head of its own, models/NAME_contempt.json, learned from FER+ votes (`emotion train contempt`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion.checkpoint import read_card
from emotion.paths import MODELS, RESTORE_MODELS
from emotion.runner import ModelError


def head_name(face_model: str) -> str:
    """The name of a head's file: of `face_fast` it is `face_fast_contempt`."""
    return f"{face_model}_contempt"


@dataclass(frozen=True)
class ContemptHead:
    """The weights of one head."""

    kernel: np.ndarray  # float32 (D,), D: size of the network's embedding
    bias: float

    def probability(self, embeddings: np.ndarray) -> np.ndarray:
        """float (N, D) -> float32 (N,), 0…1."""
        logits = np.einsum("nd,d->n", embeddings, self.kernel) + self.bias  # the same sum whatever N is
        return (1 / (1 + np.exp(-np.clip(logits, -50, 50)))).astype(np.float32)

    @property
    def sha256(self) -> str:
        """Hex digest of the weights."""
        return hashlib.sha256(np.append(self.kernel, self.bias).astype("<f4").tobytes()).hexdigest()


def load_contempt_head(face_model: str, network_sha256: str, *, folder: Path = MODELS) -> ContemptHead:
    """The head of `face_fast` or `face_accurate`, whose file has this sha256.

    Raises ModelError where it is missing, altered, or was learned on another network.
    """
    name = head_name(face_model)
    path, card = folder / f"{name}.json", read_card(name, folder)
    again = "learn it again: python -m emotion train contempt --install"
    if card.get("network_sha256") != network_sha256:
        raise ModelError(
            f"{path} belongs to another network: it names sha256 {str(card.get('network_sha256'))[:12]}…, "
            f"{face_model}.tflite has {network_sha256[:12]}…; {again}"
        )
    head = ContemptHead(np.array(card["kernel"], np.float32), float(card["bias"]))
    if head.sha256 != card["sha256"]:
        raise ModelError(f"{path} was altered: its weights are not those of its sha256; {RESTORE_MODELS}, or {again}")
    return head
