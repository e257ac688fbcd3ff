"""Fitting the exponents of the pool: what counts more, and figures that can be compared."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotion.calibration import negative_log_likelihood
from emotion.datasets import VOICE_CORPORA
from emotion.evaluation.pairs import pool
from emotion.paths import MODELS
from emotion.training import fit_pool
from emotion.training.fit_pool import Pairs, fit_weights, held_out_loss, measured_on
from emotion.training.fit_reliability import Answers


def answers(labels: np.ndarray, rng: np.random.Generator, *, right: float) -> np.ndarray:
    """Answers that are sure of the label as often as `right` says, and of another one else: (N, 7)."""
    said = np.where(rng.random(len(labels)) < right, labels, rng.integers(0, 7, len(labels)))
    return np.eye(7)[said] * 0.7 + 0.3 / 7


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    """Faces that are mostly right, voices that say little."""
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(7), 30)
    return Pairs(
        labels=labels,
        face=answers(labels, rng, right=0.9),
        voice=answers(labels, rng, right=0.3),
        corpora=np.array(VOICE_CORPORA)[np.arange(len(labels)) % 4],
    )


def card(face: float, voice: float) -> dict:
    weights = {"face": face, "voice": voice}
    return {"kind": "fusion", "weights": weights, "without": dict.fromkeys(VOICE_CORPORA, weights)}


def test_who_is_right_more_often_counts_more(pairs):
    weights = fit_weights(pairs.labels, pairs.face, pairs.voice)
    assert weights["face"] > weights["voice"] + 0.3
    turned = fit_weights(pairs.labels, pairs.voice, pairs.face)
    assert turned == {"face": weights["voice"], "voice": weights["face"]}


def test_each_corpus_is_measured_with_the_weights_fitted_without_it(pairs):
    one = held_out_loss(card(1.0, 0.5), pairs)
    whole = pool(pairs.face, pairs.voice, weights={"face": 1.0, "voice": 0.5})
    assert one == pytest.approx(negative_log_likelihood(pairs.labels, whole))
    other = card(1.0, 0.5)
    other["without"] = other["without"] | {"ased": {"face": 0.3, "voice": 1.5}}
    last = pairs.corpora == "ased"
    worse = pool(pairs.face[last], pairs.voice[last], weights={"face": 0.3, "voice": 1.5})
    expected = one + last.mean() * (
        negative_log_likelihood(pairs.labels[last], worse) - negative_log_likelihood(pairs.labels[last], whole[last])
    )
    assert held_out_loss(other, pairs) == pytest.approx(expected)
    assert measured_on(pairs, other)["validation"]["pairs"] == len(pairs.labels)


@pytest.mark.slow
def test_the_voice_s_threshold_is_that_of_the_measured_answers(pairs):
    """Clips of the folds count as much as those of the four corpora together."""
    found = fit_pool.thresholds(card(1, 1), pairs)
    assert found["voice"] == json.loads((MODELS / "fusion.json").read_text())["sure_above"]["voice"]
    assert set(found) == {"face", "voice", "together"} and all(0 <= t <= 1 for t in found.values())


def test_the_command_compares_on_the_same_pairs_and_installs_only_what_is_not_worse(
    pairs, tmp_path, monkeypatch, capsys
):
    from emotion.cli import main

    models, runs = tmp_path / "models", tmp_path / "runs"
    models.mkdir()
    (models / "fusion.json").write_text(json.dumps(card(0.3, 1.5)))
    monkeypatch.setattr(fit_pool, "held_out_pairs", lambda *_, **__: (pairs, 9, 210))
    factors = {"exponent": {"face": {"dark": 0.1}, "voice": {}}, "neutral": {"face": {}, "voice": {"noise": 0.2}}}
    worse = Answers(np.zeros(4, int), np.full((4, 7), 1 / 7), np.zeros((4, 3)), np.array(["a", "b", "c", "a"]))
    monkeypatch.setattr(fit_pool, "answers_to_worse", lambda *_, **__: (worse, worse))
    monkeypatch.setattr(fit_pool, "fit_factors", lambda *_, **__: factors)
    monkeypatch.setattr(fit_pool, "thresholds", lambda *_, **__: {"face": 0.5, "voice": 0.6, "together": 0.7})
    command = ["train", "fusion", "--runs", str(runs), "--models", str(models)]
    before = (models / "fusion.json").read_bytes()
    assert main(command) == 0
    said = capsys.readouterr().out
    assert (models / "fusion.json").read_bytes() == before and "negative log-likelihood" in said
    new = json.loads((runs / "fusion" / "fusion.json").read_text())
    assert new["reliability"] == factors and new["sure_above"]["together"] == 0.7
    assert f"{held_out_loss(card(0.3, 1.5), pairs):.4f}" in said
    assert f"{new['validation']['negative_log_likelihood']:.4f}" in said
    assert main([*command, "--install"]) == 0
    assert json.loads((models / "fusion.json").read_text()) == new
    # weights that were fitted on the very pairs of each corpus are better there than those fitted without it
    own = {str(c): pairs.where(pairs.corpora == c) for c in np.unique(pairs.corpora)}
    best = {c: fit_weights(p.labels, p.face, p.voice) for c, p in own.items()}
    (models / "fusion.json").write_text(json.dumps(card(1, 1) | {"without": best}))
    before = (models / "fusion.json").read_bytes()
    assert main([*command, "--install"]) == 1 and (models / "fusion.json").read_bytes() == before
    assert "worse" in capsys.readouterr().err
    assert main([*command, "--install", "--force"]) == 0
    assert json.loads((models / "fusion.json").read_text()) == new
