"""Everything that uses private parts of Keras or PyTorch: what an upgrade of either may break.

After an upgrade: run tests/training/test_keras_internals.py, and tests/training/test_torch_kernels.py with
KERAS_BACKEND=torch; then write the new versions below.
"""

from __future__ import annotations

import keras

KERAS_VERSION = "3.15.1"  # with which all of this was seen working
TORCH_VERSION = "2.13.0"


def layer_before(tensor) -> keras.layers.Layer:
    """The layer that computes a symbolic tensor of a network. Private: `_keras_history`."""
    return tensor._keras_history.operation


@keras.saving.register_keras_serializable(package="emotion", name="FusedAdamW")  # the name is in every last.keras
class FusedAdamW(keras.optimizers.AdamW):
    """AdamW, with each gradient clipped by its norm, in PyTorch's one kernel where PyTorch is the backend.

    There, Keras' own takes ten passes over the weights: for EfficientNetB7, half as long as the gradients.
    Private, Keras: the three overridden methods, `_get_variable_index`, `_momentums`, `_velocities`.
    Private, PyTorch: `_foreach_norm`, `_foreach_mul_`.
    """

    def _clip_gradients(self, grads):
        if keras.backend.backend() != "torch" or not self.clipnorm:
            return super()._clip_gradients(grads)
        import torch

        norms = torch._foreach_norm(grads)
        torch._foreach_mul_(grads, [self.clipnorm / n.clamp(min=self.clipnorm) for n in norms])
        return grads

    def _apply_weight_decay(self, variables):
        if keras.backend.backend() != "torch":  # there, a part of the step
            super()._apply_weight_decay(variables)

    def _backend_update_step(self, grads, trainable_variables, learning_rate):
        if keras.backend.backend() != "torch":
            return super()._backend_update_step(grads, trainable_variables, learning_rate)
        import torch
        from torch.optim.adamw import adamw

        at = [self._get_variable_index(v) for v in trainable_variables]
        step = float(self.iterations)
        with torch.no_grad():
            adamw(
                [v.value for v in trainable_variables],
                grads,
                [self._momentums[i].value for i in at],
                [self._velocities[i].value for i in at],
                [],
                [torch.tensor(step, device=grads[0].device) for _ in at],
                fused=True,
                amsgrad=False,
                beta1=self.beta_1,
                beta2=self.beta_2,
                lr=float(learning_rate),
                weight_decay=self.weight_decay,
                eps=self.epsilon,
                maximize=False,
            )
