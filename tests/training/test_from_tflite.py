"""A served file can be trained on: the network filled from it answers as it does."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.paths import MODELS
from emotion.predict import FaceModel
from emotion.runner import LiteRunner, ModelError

pytestmark = pytest.mark.slow
keras = pytest.importorskip("keras")


@pytest.mark.parametrize("model, backbone", [("face_fast", "ResNet14"), ("face_accurate", "EfficientNetB7")])
def test_a_served_face_model_can_be_trained_on(model, backbone, data_folder):
    """The network answers as the file does, and in training mode nearly so: its statistics are those of real faces."""
    from emotion.calibration import apply_temperature
    from emotion.datasets import load_fer2013
    from emotion.face import prepare_crops
    from emotion.training.from_tflite import load_tflite_weights
    from emotion.training.networks import build_face_network

    served = FaceModel(model)
    faces = load_fer2013(data_folder, usages=("PublicTest",)).images[::8][:448]
    faces = faces[np.random.default_rng(0).permutation(len(faces))]  # a batch of one class would have other statistics
    crops = prepare_crops(faces, served.card["input_size"])
    network = build_face_network(backbone, size=served.card["input_size"], classes=7)
    load_tflite_weights(MODELS / f"{model}.tflite", network, crops[:256])
    expected = served.predict(faces[:64])
    for layer in network.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    plain, training = (
        apply_temperature(np.asarray(network(crops[:64], training=t)), served.temperature) for t in (False, True)
    )
    assert np.abs(plain - expected).max() < 0.15  # int8 weights are multiplied by int8 activations where it is served
    assert (plain.argmax(axis=1) == expected.argmax(axis=1)).mean() > 0.9
    assert (training.argmax(axis=1) == expected.argmax(axis=1)).mean() > 0.8


def test_a_served_voice_model_can_be_trained_on(data_folder):
    """The same, for the convolutions and the LSTM of one fold's network."""
    from emotion import audio
    from emotion.datasets import load_ravdess
    from emotion.training.from_tflite import load_tflite_weights
    from emotion.training.networks import build_voice_network

    served = LiteRunner(MODELS / "voice_fold0_seed0.tflite")
    heard = [
        audio.recording_features(audio.mel_power(audio.read_audio(c.path))) for c in load_ravdess(data_folder)[::15]
    ]
    mel, mask = (np.stack([h[i][0] for h in heard]) for i in (0, 1))
    network = build_voice_network(frames=audio.N_FRAMES, mels=audio.FAST.n_mels, classes=8)
    load_tflite_weights(MODELS / "voice_fold0_seed0.tflite", network, [mel, mask])
    expected = np.stack([served(m[None], k[None]) for m, k in zip(mel[:48], mask[:48])])
    for layer in network.layers:
        if isinstance(layer, (keras.layers.Dropout, keras.layers.SpatialDropout2D)):
            layer.rate = 0.0
    plain, training = (np.asarray(network([mel[:48], mask[:48]], training=t)) for t in (False, True))
    np.testing.assert_allclose(plain, expected, atol=1e-4)
    assert (training.argmax(axis=1) == expected.argmax(axis=1)).mean() > 0.8


def test_a_file_of_another_network_is_not_trained_on():
    from emotion.training.from_tflite import load_tflite_weights
    from emotion.training.networks import build_face_network, build_voice_network

    with pytest.raises(ModelError, match="another network"):
        load_tflite_weights(
            MODELS / "face_accurate.tflite",
            build_face_network("ResNet14", size=48, classes=7),
            np.zeros((1, 48, 48, 1), np.float32),
        )
    with pytest.raises(ModelError, match="no place for"):  # the mean of several
        load_tflite_weights(
            MODELS / "voice.tflite",
            build_voice_network(frames=300, mels=64, classes=8),
            [np.zeros((1, 300, 64)), np.ones((1, 300))],
        )
