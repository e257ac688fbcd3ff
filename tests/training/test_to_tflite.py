"""A Keras network as a LiteRT file with its card."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.runner import ModelError

pytestmark = pytest.mark.slow
keras = pytest.importorskip("keras")


def test_an_export_goes_through_tensorflow_and_answers_as_the_network(tmp_path):
    from emotion.checkpoint import sha256, verified_file
    from emotion.runner import LiteRunner
    from emotion.training.to_tflite import export

    x = keras.Input((4, 4, 1), name="face")
    network = keras.Model(x, keras.layers.Dense(3, activation="softmax")(keras.layers.Flatten()(x)))
    faces = np.random.default_rng(0).normal(size=(20, 4, 4, 1)).astype(np.float32)
    network.save_weights(tmp_path / "some.weights.h5")
    weights = [tmp_path / "some.weights.h5"]
    if keras.backend.backend() != "tensorflow":
        with pytest.raises(ModelError, match="KERAS_BACKEND=tensorflow"):
            export(network, "probe", examples=[faces], card={}, folder=tmp_path / "run")
        return
    card = export(network, "probe", examples=[faces], card={}, folder=tmp_path / "run", run_weights=weights)
    path, kept = verified_file("probe", tmp_path / "run")
    assert kept == card and card["run_weights_sha256"] == [sha256(weights[0])] and card["parity"]["examples"] == 20
    served = LiteRunner(path)(faces[:1])
    np.testing.assert_allclose(served, network.predict(faces[:1], verbose=0)[0], atol=1e-5)
