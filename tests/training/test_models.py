"""The served models: probabilities, any input, and files that are missing or altered."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from emotion.checkpoint import available, read_card, verified_file
from emotion.datasets import FaceSet
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.paths import MODELS
from emotion.predict import FaceModel, load_face_model
from emotion.runner import LiteRunner, ModelError

RNG = np.random.default_rng(0)


def some_faces(n: int = 32) -> FaceSet:
    return FaceSet(
        images=RNG.integers(0, 256, (n, 48, 48), dtype=np.uint8),
        labels=np.arange(n) % 7,
        votes=np.zeros((n, 7), np.float32),
        agreement=np.full(n, np.nan, np.float32),
        usage=np.full(n, "Training"),
        paths=np.full(n, "x"),
    )


@pytest.mark.parametrize("name", ["fast", "accurate"])
def test_face_probabilities(name):
    model = load_face_model(name)
    assert model.labels == FACE_LABELS
    crops = RNG.integers(0, 256, (3, 48, 48), dtype=np.uint8)
    probs = model.predict(crops)
    assert probs.shape == (3, 7) and probs.dtype == np.float32
    np.testing.assert_allclose(probs.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(model.predict(crops[::-1])[::-1], probs, atol=1e-6)  # order in, order out
    assert model.predict(crops[:0]).shape == (0, 7)


@pytest.mark.parametrize("shape", [(1, 20, 20), (2, 300, 300), (1, 100, 80, 3), (1, 1, 1)])
def test_face_crops_of_any_size(face_model, shape):
    assert face_model.predict(RNG.integers(0, 256, shape, dtype=np.uint8)).shape == (shape[0], 7)


def test_brightness_and_contrast_hardly_matter(face_model, astronaut):
    from emotion.face import crop_face, detect_faces

    crop = crop_face(astronaut, detect_faces(astronaut)[0]).astype(float)
    plain, dim, flat = (
        face_model.predict(np.clip(c, 0, 255).astype(np.uint8)[None])[0] for c in (crop, crop * 0.5, crop * 0.5 + 60)
    )
    assert np.abs(plain - dim).max() < 0.15 and np.abs(plain - flat).max() < 0.15


@pytest.mark.parametrize("rate, seconds", [(8_000, 0.2), (16_000, 3), (44_100, 1.3), (48_000, 11)])
def test_voice_probabilities(voice_model, rate, seconds):
    probs = voice_model.predict(RNG.normal(0, 0.1, int(rate * seconds)), rate)
    assert probs.shape == (8,) and probs.dtype == np.float32 and probs.sum() == pytest.approx(1, abs=1e-5)
    assert voice_model.labels == VOICE_LABELS


def test_voice_of_silence_is_finite(voice_model):
    assert np.isfinite(voice_model.predict(np.zeros(16_000, np.float32), 16_000)).all()


def test_an_empty_waveform_is_refused(voice_model):
    from emotion.audio import AudioError

    with pytest.raises(AudioError, match="empty"):
        voice_model.predict(np.zeros(0, np.float32), 16_000)


@pytest.mark.parametrize("name", available())
def test_every_shipped_model_is_what_its_card_says(name):
    path, card = verified_file(name)
    assert path.stat().st_size == card["bytes"] < 95_000_000
    assert card["parity"]["same_label"] >= 0.9 and card["licence"] == "CC BY-NC-SA 4.0"
    assert tuple(card["labels"]) == (FACE_LABELS if card["kind"] == "face" else VOICE_LABELS)
    for training in card["training"].get("networks", [card["training"]]):
        assert {"recipe", "epochs", "minutes", "backend"} <= set(training)


def test_a_missing_card_missing_weights_and_altered_weights(tmp_path):
    with pytest.raises(ModelError, match="missing.*git checkout"):
        FaceModel("face_fast", folder=tmp_path)
    shutil.copy(MODELS / "face_fast.json", tmp_path)
    with pytest.raises(ModelError, match="face_fast.tflite is missing"):
        FaceModel("face_fast", folder=tmp_path)
    data = bytearray((MODELS / "face_fast.tflite").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "face_fast.tflite").write_bytes(data)
    with pytest.raises(ModelError, match="altered.*git checkout"):
        FaceModel("face_fast", folder=tmp_path)
    (tmp_path / "face_fast.json").write_text("{")
    with pytest.raises(ModelError, match="not valid JSON"):
        read_card("face_fast", tmp_path)


def test_a_file_that_is_no_model(tmp_path):
    from emotion.checkpoint import sha256

    (tmp_path / "face_fast.tflite").write_bytes(b"no model" * 100)
    card = read_card("face_fast") | {"sha256": sha256(tmp_path / "face_fast.tflite")}
    (tmp_path / "face_fast.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="cannot be loaded"):
        FaceModel("face_fast", folder=tmp_path)


def test_an_unknown_model_name():
    with pytest.raises(ValueError, match="accurate"):
        load_face_model("best")


def trained_a_little(network):
    """Batch normalisations as after some training: of a new EfficientNet's residual blocks they scale by zero."""
    for layer in network.layers:
        if "BatchNormalization" in type(layer).__name__:
            layer.set_weights([RNG.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])


@pytest.fixture(scope="module")
def dense_and_b7():
    """A dense network whose answers differ from face to face, EfficientNetB7 filled from it, and some faces."""
    keras = pytest.importorskip("keras")
    from emotion.training.dense_b7 import fill_from_dense
    from emotion.training.networks import build_face_network

    keras.utils.set_random_seed(0)
    dense, whole = (build_face_network(n, size=40, classes=7) for n in ("DenseB7", "EfficientNetB7"))
    trained_a_little(dense)
    kernel, bias = dense.get_layer("logits").get_weights()
    faces = np.kron(RNG.uniform(0, 255, (32, 10, 10, 1)), np.ones((1, 4, 4, 1))).astype(np.float32)
    found = keras.Model(dense.input, dense.get_layer("logits").input).predict(faces, verbose=0)
    kernel = kernel / (found @ kernel).std(axis=0)
    dense.get_layer("logits").set_weights([kernel, -(found @ kernel).mean(axis=0)])
    fill_from_dense(whole, dense, faces)
    return dense, whole, faces


def test_b7_filled_from_a_dense_network_answers_as_it_does(dense_and_b7):
    dense, whole, faces = dense_and_b7
    expected = dense.predict(faces, verbose=0)
    assert expected.std(axis=0).min() > 0.05  # it says something else of every face
    np.testing.assert_allclose(
        whole.predict(faces, verbose=0), expected, atol=5e-3
    )  # swish is straight to within a hundredth


def test_a_filter_is_rounded_to_255_steps():
    from emotion.training.dense_b7 import _as_int8

    kernel = RNG.normal(size=(1, 1, 50, 3)) * [0.01, 1, 0]
    steps = np.abs(kernel).max(axis=(0, 1, 2)) / 127
    rounded = _as_int8(kernel)
    assert np.abs(rounded - kernel).max(axis=(0, 1, 2)) == pytest.approx(steps / 2, rel=0.2)
    np.testing.assert_allclose(rounded[..., :2] / steps[:2], np.round(rounded[..., :2] / steps[:2]), atol=1e-6)


def test_the_dense_network_is_found_again_in_b7(dense_and_b7):
    from emotion.runner import ModelError
    from emotion.training.dense_b7 import fill_from_b7
    from emotion.training.networks import build_face_network

    dense, whole, faces = dense_and_b7
    again = build_face_network("DenseB7", size=40, classes=7)
    fill_from_b7(again, whole)
    np.testing.assert_allclose(again.predict(faces, verbose=0), dense.predict(faces, verbose=0), atol=5e-3)
    first = whole.get_layer("block2a_expand_conv")
    kept = first.get_weights()
    first.set_weights([RNG.normal(size=kept[0].shape)])  # as after training as a whole
    with pytest.raises(ModelError, match="block2a is not six copies"):
        fill_from_b7(again, whole)
    first.set_weights(kept)


def test_a_dense_network_guesses_at_what_its_teacher_sees(dense_and_b7):
    from emotion.training.dense_b7 import teacher_with_maps, with_hints
    from emotion.training.networks import build_face_network

    dense, _, faces = dense_and_b7
    teacher = teacher_with_maps(build_face_network("ResNet14", size=48, classes=7), dense)
    larger = np.pad(faces, ((0, 0), (4, 4), (4, 4), (0, 0)), mode="edge")
    guesses, maps = (
        network.predict(x, verbose=0)[1:] for network, x in ((with_hints(dense), faces), (teacher, larger))
    )
    assert [g.shape for g in guesses] == [m.shape for m in maps] == [(32, 10, 10, 64), (32, 5, 5, 128), (32, 3, 3, 256)]
    np.testing.assert_allclose([m.std() for m in maps], 1, atol=0.05)


def test_the_dense_convolution_is_the_separable_one():
    keras = pytest.importorskip("keras")
    from emotion.training.dense_b7 import DenseSeparableConv2D

    x = RNG.normal(size=(2, 9, 9, 5)).astype(np.float32)
    one, two = (
        kind(4, 3, strides=2, padding="same", depth_multiplier=6, use_bias=False)
        for kind in (DenseSeparableConv2D, keras.layers.SeparableConv2D)
    )
    one.build(x.shape)
    two.build(x.shape)
    one.set_weights(two.get_weights())
    np.testing.assert_allclose(np.asarray(one(x)), np.asarray(two(x)), atol=1e-5)


def test_shorter_depthwise_kernels_answer_the_same():
    keras = pytest.importorskip("keras")
    from emotion.training.networks import build_face_network, quicken_depthwise

    keras.utils.set_random_seed(0)
    network = build_face_network("EfficientNetB7", size=32, classes=7)
    trained_a_little(network)
    faces = RNG.uniform(0, 255, (4, 32, 32, 1)).astype(np.float32)
    kernel = network.get_layer("block2b_dwconv")
    before, length = np.asarray(network(faces)), np.abs(kernel.get_weights()[0]).max()
    quicken_depthwise(network, rms=0.05)
    assert np.abs(kernel.get_weights()[0]).max() < 0.8 * length
    # what stands between is the epsilon under the root: 0.001 beside variances of a hundredth
    assert np.abs(np.asarray(network(faces)) - before).max() < 0.05 * before.max()


@pytest.mark.parametrize("side, k, stride, padding", [(6, 5, 1, 2), (3, 5, 1, 2), (9, 5, 2, 0), (2, 3, 1, 1)])
def test_the_places_a_depthwise_kernel_joins(side, k, stride, padding):
    """The table that the gradients on PyTorch go through makes the convolution itself out of a matrix product."""
    keras = pytest.importorskip("keras")
    from emotion.training.torch_kernels import joined_places

    maps, kernels = (
        RNG.normal(size=(4, side, side, 6)).astype(np.float32),
        RNG.normal(size=(k, k, 6, 1)).astype(np.float32),
    )
    padded = np.pad(maps, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    expected = np.asarray(keras.ops.depthwise_conv(padded, kernels, strides=stride, padding="valid"))
    out = expected.shape[1]
    joined = (kernels.reshape(k * k, 6).T @ joined_places(side, out, k, stride, padding).T).reshape(
        6, side * side, out * out
    )
    found = np.einsum("nqc,cqp->npc", maps.reshape(4, side * side, 6), joined).reshape(expected.shape)
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("model, backbone", [("face_fast", "ResNet14"), ("face_accurate", "EfficientNetB7")])
def test_a_served_face_model_can_be_trained_on(model, backbone, data_folder):
    """What thaw makes of the file answers as the file does, and in training mode nearly so: its statistics are those of real faces."""
    keras = pytest.importorskip("keras")
    from emotion.calibration import apply_temperature
    from emotion.datasets import load_fer2013
    from emotion.face import prepare_crops
    from emotion.training.from_tflite import thaw
    from emotion.training.networks import build_face_network

    served = FaceModel(model)
    faces = load_fer2013(data_folder, usages=("PublicTest",)).images[::8][:448]
    faces = faces[np.random.default_rng(0).permutation(len(faces))]  # a batch of one class would have other statistics
    crops = prepare_crops(faces, served.card["input_size"])
    network = build_face_network(backbone, size=served.card["input_size"], classes=7)
    thaw(MODELS / f"{model}.tflite", network, crops[:256])
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
    keras = pytest.importorskip("keras")
    from emotion import audio
    from emotion.datasets import load_ravdess
    from emotion.training.from_tflite import thaw
    from emotion.training.networks import build_voice_network

    served = LiteRunner(MODELS / "voice_fold0_seed0.tflite")
    heard = [
        audio.recording_features(audio.mel_power(audio.read_audio(c.path))) for c in load_ravdess(data_folder)[::15]
    ]
    mel, mask = (np.stack([h[i][0] for h in heard]) for i in (0, 1))
    network = build_voice_network(frames=audio.N_FRAMES, mels=audio.N_MELS, classes=8)
    thaw(MODELS / "voice_fold0_seed0.tflite", network, [mel, mask])
    expected = np.stack([served(m[None], k[None]) for m, k in zip(mel[:48], mask[:48])])
    for layer in network.layers:
        if isinstance(layer, (keras.layers.Dropout, keras.layers.SpatialDropout2D)):
            layer.rate = 0.0
    plain, training = (np.asarray(network([mel[:48], mask[:48]], training=t)) for t in (False, True))
    np.testing.assert_allclose(plain, expected, atol=1e-4)
    assert (training.argmax(axis=1) == expected.argmax(axis=1)).mean() > 0.8


def test_a_file_of_another_network_is_not_trained_on():
    pytest.importorskip("keras")
    from emotion.training.from_tflite import thaw
    from emotion.training.networks import build_face_network, build_voice_network

    with pytest.raises(ModelError, match="another network"):
        thaw(
            MODELS / "face_accurate.tflite",
            build_face_network("ResNet14", size=48, classes=7),
            np.zeros((1, 48, 48, 1), np.float32),
        )
    with pytest.raises(ModelError, match="no place for"):  # the mean of several
        thaw(
            MODELS / "voice.tflite",
            build_voice_network(frames=300, mels=64, classes=8),
            [np.zeros((1, 300, 64)), np.ones((1, 300))],
        )


@pytest.mark.parametrize(
    "name, words", [("face_fast.tflite", "missing.*git checkout"), ("runs/nowhere", "neither a served file")]
)
def test_a_wrong_start_is_said_before_data_are_read(tmp_path, name, words):
    pytest.importorskip("keras")
    from emotion.training.train_face import train_face

    with pytest.raises(ModelError, match=words):
        train_face("fast", run=tmp_path / "run", data=tmp_path / "no data", grow_from=tmp_path / name)
    from emotion.training.train_voice import train_voice

    with pytest.raises(ModelError, match=words):
        train_voice(run=tmp_path / "run", data=tmp_path / "no data", grow_from=tmp_path / name)


def test_a_part_of_a_clip_is_a_piece_of_it():
    pytest.importorskip("keras")
    from emotion.training.train_voice import SHORTEST_PART, part_of

    rng, power = np.random.default_rng(0), np.arange(200.0)[:, None]
    parts = [part_of(power, rng) for _ in range(300)]
    assert all((p == power[int(p[0, 0]) : int(p[0, 0]) + len(p)]).all() for p in parts)
    assert min(map(len, parts)) >= SHORTEST_PART and max(map(len, parts)) > 190
    assert 0.5 < np.mean([p[0, 0] == 0 for p in parts]) < 0.75, "most are its beginning"
    assert len(part_of(power[:10], rng)) == 10, "a clip shorter than the shortest part stays whole"


def test_settled_statistics_are_those_of_the_examples():
    keras = pytest.importorskip("keras")
    from emotion.training.loop import settle_statistics

    norm = keras.layers.BatchNormalization(momentum=0.9)
    model = keras.Sequential([keras.Input((5,)), norm])
    norm.set_weights([np.ones(5), np.zeros(5), np.full(5, 50.0), np.full(5, 9.0)])  # as if averaged over something else
    x = RNG.normal(2.0, 3.0, (1000, 5)).astype(np.float32)
    settle_statistics(model, x, batch=100)
    np.testing.assert_allclose(norm.get_weights()[2], x.mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(norm.get_weights()[3], x.var(axis=0), rtol=0.05)  # within batches
    assert norm.momentum == 0.9


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_training_stops_and_goes_on_where_it_was(tmp_path, monkeypatch, optimizer):
    """A run that is cut off in its second epoch and called again ends with the weights of one that was not."""
    pytest.importorskip("keras")
    import keras

    from emotion.training.loop import Recipe, fit
    from emotion.training.train_face import FaceBatches, face_targets

    monkeypatch.setattr("emotion.training.train_face.MIN_PER_CLASS", 30)
    faces, recipe = (
        some_faces(),
        Recipe(epochs=2, minutes=1e6, batch=8, optimizer=optimizer, learning_rate=1e-3),
    )  # epochs rule, not the clock

    def network():
        keras.utils.set_random_seed(0)
        x = keras.Input((48, 48, 1))
        y = keras.layers.Normalization(axis=-1)(
            keras.layers.Rescaling(1 / 255)(x)
        )  # as EfficientNet has one: it keeps a whole number
        y = keras.layers.Dense(7, activation="softmax")(keras.layers.Flatten()(y))
        return keras.Model(x, y)

    def run(name, validate=lambda m: {"ok": 1.0}, before="at first"):
        model = network()
        state = fit(
            model,
            FaceBatches(faces, face_targets(faces), size=48, recipe=recipe),
            validate,
            recipe,
            tmp_path / name,
            {"grown_from": before},
        )
        return model.get_weights(), state

    def cut_off(model):
        if (tmp_path / "cut" / "state.json").exists():  # after the first epoch
            raise KeyboardInterrupt
        return {"ok": 1.0}

    with pytest.raises(KeyboardInterrupt):
        run("cut", cut_off)
    weights, state = run("cut", before="later")
    assert state["grown_from"] == "at first"
    assert [h["epoch"] for h in state["history"]] == [1, 2] and state["seconds"] > state["history"][0]["minutes"] * 60
    for ours, unbroken in zip(weights, run("whole")[0], strict=True):
        np.testing.assert_allclose(ours, unbroken, atol=1e-6)
    (
        tmp_path / "cut" / "last.keras"
    ).unlink()  # it names the backend's own optimiser, and another backend exports a finished run
    assert run("cut")[1]["epoch"] == 2, "a finished run is not trained further"


def test_training_goes_on_at_the_size_that_is_served():
    from emotion.training.train_face import SIZES

    assert {m: json.loads((MODELS / f"face_{m}.json").read_text())["input_size"] for m in ("fast", "accurate")} == {
        m: SIZES[m] for m in ("fast", "accurate")
    }
    assert SIZES["dense"] == SIZES["accurate"], "one is filled with the other"


def test_a_card_names_what_a_run_was_grown_from_and_its_teacher(tmp_path):
    from emotion.training.loop import origin

    run = tmp_path / "face-dense-80-seed1"
    run.mkdir()
    (run / "ema.weights.h5").touch()
    (run / "state.json").write_text(
        json.dumps(
            {
                "epoch": 3,
                "seconds": 90,
                "recipe": {},
                "backend": "torch",
                "teacher": "face_fast 123",
                "grown_from": "face-dense-80-seed0",
            }
        )
    )
    assert (
        origin(run)
        == "face-dense-80-seed1, 3 epochs in 1.5 min, teacher: face_fast 123, grown from: face-dense-80-seed0"
    )
    assert origin(MODELS / "face_fast.tflite").startswith(
        f"face_fast {json.loads((MODELS / 'face_fast.json').read_text())['sha256'][:12]}, "
    )
    assert origin(None) is None


def test_a_teacher_answers_the_very_faces_that_are_trained_on():
    """Half of each target is what the teacher says of the changed face, whatever the size its pupil takes."""
    import keras

    from emotion.training.loop import Recipe
    from emotion.training.train_face import FaceBatches, face_targets

    faces = some_faces()
    face = keras.Input((48, 48, 1))
    teacher = keras.Model(
        face, keras.layers.Softmax()(keras.layers.Flatten()(keras.layers.AveragePooling2D(16)(face))[:, :7])
    )
    targets = face_targets(faces)
    batches = [
        FaceBatches(faces, targets, size=size, recipe=Recipe(batch=8, mixup=0.0), teacher=teacher) for size in (48, 64)
    ]
    (seen, half), (larger, same) = (b[0] for b in batches)
    assert larger.shape == (8, 64, 64, 1)
    np.testing.assert_allclose(half, same, atol=1e-5)
    plain = FaceBatches(faces, targets, size=48, recipe=Recipe(batch=8, mixup=0.0))[0]
    np.testing.assert_array_equal(seen, plain[0])
    np.testing.assert_allclose(half, (plain[1] + teacher.predict_on_batch(seen)) / 2, atol=1e-5)


def test_the_mean_of_networks_is_the_mean_of_their_answers():
    pytest.importorskip("keras")
    from emotion.training.networks import build_voice_network, mean_network

    networks = [build_voice_network(frames=40, mels=16, classes=8, width=2, lstm=4) for _ in range(2)]
    mel, mask = RNG.normal(size=(3, 40, 16)).astype(np.float32), np.ones((3, 40), np.float32)
    each = [n.predict((mel, mask), verbose=0) for n in networks]
    assert np.abs(each[0] - each[1]).max() > 1e-3
    np.testing.assert_allclose(mean_network(networks).predict((mel, mask), verbose=0), np.mean(each, axis=0), atol=1e-6)


def test_a_mean_needs_finished_runs_and_a_measurement_with_the_same_seeds(tmp_path):
    pytest.importorskip("keras")
    from emotion.training.networks import build_voice_network
    from emotion.training.train_voice import average_voice

    with pytest.raises(ModelError, match="not a finished run"):
        average_voice([tmp_path])
    build_voice_network(frames=300, mels=64, classes=8).save_weights(tmp_path / "ema.weights.h5")
    (tmp_path / "state.json").write_text(
        json.dumps({"epoch": 1, "seconds": 60, "recipe": {"seed": 77}, "backend": "torch"})
    )
    with pytest.raises(ModelError, match="python -m emotion evaluate voice"):
        average_voice([tmp_path])


def test_a_mean_of_faces_is_of_their_weights_and_names_its_runs(tmp_path):
    pytest.importorskip("keras")
    from emotion.training.networks import build_face_network
    from emotion.training.train_face import average_face

    def run(seed, **about):
        folder = tmp_path / f"face-fast-48-seed{seed}"
        folder.mkdir()
        network = build_face_network("ResNet14", size=48, classes=7)
        network.save_weights(folder / "ema.weights.h5")
        (folder / "state.json").write_text(
            json.dumps(
                {
                    "model": "fast",
                    "size": 48,
                    "train_faces": 9,
                    "dropped_near_copies": 1,
                    "epoch": 2,
                    "seconds": 60,
                    "recipe": {"seed": seed},
                    "backend": "torch",
                    **about,
                }
            )
        )
        return folder, network.get_weights()

    (one, w1), (two, w2), (three, w3) = run(0), run(1, grown_from="x"), run(2)
    network, state = average_face([one, two, three])
    for mean, *each in zip(network.get_weights(), w1, w2, w3, strict=True):
        np.testing.assert_allclose(mean, sum(each) / 3, atol=1e-6)
    assert [(n["recipe"]["seed"], n["grown_from"], n["epochs"]) for n in state["networks"]] == [
        (0, None, 2),
        (1, "x", 2),
        (2, None, 2),
    ]
    with pytest.raises(ModelError, match="no mean of both"):
        average_face([one, run(3, size=64)[0]])
    with pytest.raises(ModelError, match="nor a run folder"):
        average_face([one, tmp_path / "face-fast-48-seed9"])
    (two / "state.json").unlink()
    with pytest.raises(ModelError, match="in which an epoch was finished"):  # cut off in its first epoch
        average_face([one, two])


def test_the_served_voice_is_calibrated_by_its_measurement():
    card, measured = read_card("voice"), json.loads((MODELS / "metrics" / "voice-ravdess-5fold.json").read_text())
    assert (
        card["temperature"] == pytest.approx(measured["temperature"], abs=1e-4)
        and card["network"] == measured["network"]
    )
    assert [n["recipe"]["seed"] for n in card["training"]["networks"]] == measured["seed"]
