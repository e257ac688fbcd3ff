"""Private parts of Keras and PyTorch: used in one file, which was seen working with the version that is installed."""

from __future__ import annotations

import ast
import importlib.metadata
import inspect
import re

import numpy as np
import pytest

from tests.support import ROOT

pytestmark = pytest.mark.slow
keras = pytest.importorskip("keras")


def test_the_installed_keras_is_the_one_it_was_seen_working_with():
    from emotion.training.keras_internals import KERAS_VERSION

    pinned = re.search(r"^keras==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE).group(1)
    for what, version in (("requirements.txt pins", pinned), ("installed is", keras.__version__)):
        assert version == KERAS_VERSION, (
            f"emotion/training/keras_internals.py was seen working with Keras {KERAS_VERSION}, {what} {version}. "
            "If the other tests of this file pass, and tests/training/test_torch_kernels.py with KERAS_BACKEND=torch, "
            "change KERAS_VERSION"
        )


def test_the_installed_torch_is_the_one_it_was_seen_working_with():
    from emotion.training.keras_internals import TORCH_VERSION

    try:
        version = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("PyTorch is not installed")
    assert version.split("+")[0] == TORCH_VERSION, (
        f"emotion/training/keras_internals.py was seen working with PyTorch {TORCH_VERSION}, installed is {version}. "
        "If tests/training passes with KERAS_BACKEND=torch, change TORCH_VERSION"
    )


def test_private_parts_stand_in_this_file_only():
    for path in sorted((ROOT / "emotion/training").glob("*.py")):
        foreign = [
            f"{path.name}:{node.lineno} {ast.unparse(node)}"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute)
            and node.attr.startswith("_")
            and not node.attr.startswith("__")
            and not (isinstance(node.value, ast.Name) and node.value.id == "self")
        ]
        assert path.name == "keras_internals.py" or foreign == [], foreign


def test_the_layer_before_a_tensor():
    from emotion.training.keras_internals import layer_before

    x = keras.Input((4,))
    first = keras.layers.Dense(3)
    second = keras.layers.Activation("relu")
    network = keras.Model(x, second(first(x)))
    assert layer_before(network.get_layer(second.name).input) is first and layer_before(network.output) is second


def test_what_the_optimizer_overrides_and_reads_is_there():
    from emotion.training.keras_internals import FusedAdamW

    for method, arguments in (
        ("_clip_gradients", ["self", "grads"]),
        ("_apply_weight_decay", ["self", "variables"]),
        ("_backend_update_step", ["self", "grads", "trainable_variables", "learning_rate"]),
    ):
        own, keras_own = (list(inspect.signature(getattr(k, method)).parameters) for k in FusedAdamW.__mro__[:2])
        assert own == keras_own == arguments, f"Keras {keras.__version__} calls {method} with {keras_own}"
    variables = [keras.Variable(np.ones(shape, np.float32)) for shape in ((2, 3), (5,))]
    optimizer = FusedAdamW(1e-3)
    optimizer.build(variables)
    for i, variable in enumerate(variables):
        assert optimizer._get_variable_index(variable) == i
        assert optimizer._momentums[i].shape == optimizer._velocities[i].shape == variable.shape


def test_the_optimizer_steps_as_adamw_does():
    from emotion.training.keras_internals import FusedAdamW

    def losses(optimizer):
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [keras.Input((20,)), keras.layers.Dense(30, activation="tanh"), keras.layers.Dense(3, activation="softmax")]
        )
        model.compile(optimizer=optimizer(1e-2, weight_decay=0.1, clipnorm=0.3), loss="categorical_crossentropy")
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(64, 20)).astype(np.float32), np.eye(3, dtype=np.float32)[rng.integers(0, 3, 64)]
        return [model.train_on_batch(x, y) for _ in range(30)]

    np.testing.assert_allclose(losses(FusedAdamW), losses(keras.optimizers.AdamW), rtol=1e-3)
