"""How a model is trained: every number of a training run that is not in the code of its batches."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """The settings of one training run. They are kept in the run's state and in the model's card."""

    epochs: int = 30
    minutes: float = 60.0  # wall-clock budget, all calls together; training ends with this or with the epochs
    batch: int = 128
    optimizer: str = "adamw"  # or "sgd": Nesterov momentum 0.9; it needs 30 times the rate and a tenth of the decay
    learning_rate: float = 2e-3  # peak; linear warm-up, then cosine to 1 % over the larger share spent
    warmup: float = 0.05  # share of the run
    weight_decay: float = 0.02
    clip_norm: float | None = 1.0  # the longest gradient of one weight array; None leaves gradients as they are
    ema: float = 0.998  # per step
    label_smoothing: float = 0.05
    mixup: float = 0.2  # alpha of the beta distribution; 0 turns it off
    mixup_share: float = 1.0  # of the batches are mixed
    augment: float = 1.0  # strength of the changes made to each example, 0…1
    seed: int = 0
