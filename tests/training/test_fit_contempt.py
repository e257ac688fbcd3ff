"""Learning contempt: the votes decide, and how often it is named is limited."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotion.cli import main
from emotion.datasets import FaceSet
from emotion.labels import FACE_LABELS
from emotion.metrics import auc
from emotion.more_words import with_contempt
from emotion.training import fit_contempt
from emotion.training.fit_contempt import CONTEMPT, MOST_TAKEN, choose_offset, fit_head


def test_the_head_finds_what_the_votes_follow():
    rng = np.random.default_rng(0)
    x = rng.normal(3, [1, 10, 0.1], (4000, 3))
    share = np.where(x[:, 1] > 16, 0.4, np.where(x[:, 1] > 10, 0.1, 0.0))  # the second number; a tenth has votes
    kernel, bias = fit_head(x, share)
    score = x @ kernel + bias
    assert auc(share > 0, score) > 0.97 and kernel[1] > 0
    assert abs(kernel[0]) * 1 < kernel[1] * 10 / 5, "per spread the others say little"
    assert score[share > 0].mean() > 0 > score[share == 0].mean(), "few votes count as much as the many against"


def test_contempt_takes_no_more_than_its_part_of_the_others():
    rng = np.random.default_rng(1)
    majority = np.concatenate([np.full(20, CONTEMPT), rng.integers(0, 7, 980)])
    probs = rng.dirichlet(np.ones(7), 1000)
    logits = rng.normal(0, 1, 1000) + 2 * (majority == CONTEMPT)

    def taken(offset: float) -> float:
        p = 1 / (1 + np.exp(-(logits + offset)))
        return float((with_contempt(probs, p).argmax(axis=1) == CONTEMPT)[majority != CONTEMPT].mean())

    offset = choose_offset(majority, probs, logits)
    assert 0.5 * MOST_TAKEN < taken(offset) <= MOST_TAKEN < taken(offset + 0.3)


class Bright:
    """A network whose embedding is the brightness of the face, and that always says neutral."""

    card = {"name": "face_fast", "network": "stand-in", "sha256": "n" * 64}
    asked = 0

    def embeddings(self, crops):
        Bright.asked += len(crops)
        return np.stack([crops.mean(axis=(1, 2)), crops.std(axis=(1, 2))], axis=1).astype(np.float32)

    def predict(self, crops):
        return np.tile(np.where(np.array(FACE_LABELS) == "neutral", 0.7, 0.05), (len(crops), 1))


@pytest.fixture
def small_world(tmp_path, monkeypatch):
    """Faces of which the bright ones have votes for contempt."""
    rng = np.random.default_rng(2)
    levels = rng.permutation(np.linspace(20, 220, 80))
    images = (levels[:, None, None] + rng.normal(0, 3, (80, 48, 48))).clip(0, 255).astype(np.uint8)
    paths = np.array([f"train/neutral/Training_{i}.png" for i in range(80)])
    kinds = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF")
    lines = ["path,usage,label," + ",".join(f"ferplus_{k}" for k in kinds)]
    for path, level in zip(paths, levels):
        votes = [3, 0, 0, 0, 0, 0, 0, 7, 0, 0] if level > 180 else [10] + [0] * 9
        lines.append(f"{path},Training,neutral," + ",".join(map(str, votes)))
    for folder in ("train", "test"):
        (tmp_path / "fer2013" / folder).mkdir(parents=True)
    (tmp_path / "fer2013/index.csv").write_text("\n".join(lines) + "\n")
    every = FaceSet(
        images,
        np.full(80, FACE_LABELS.index("neutral")),
        np.zeros((80, 7), np.float32),
        np.full(80, np.nan),
        np.full(80, "Training"),
        paths,
    )
    first = np.arange(80) < 50
    monkeypatch.setattr(fit_contempt, "face_split", lambda root: (every.where(first), every.where(~first), 0))
    monkeypatch.setattr(fit_contempt, "load_face_model", lambda model, folder: Bright())
    return tmp_path


def test_the_command_learns_installs_and_keeps_what_the_network_said(small_world, capsys):
    models, runs = small_world / "models", small_world / "runs"
    command = ["train", "contempt", "--model", "fast", "--install", "--data", str(small_world)]
    command += ["--models", str(models), "--runs", str(runs)]
    assert main(command) == 0
    card = json.loads((models / "face_fast_contempt.json").read_text())
    assert card["validation"]["auc"] == 1 and card["network_sha256"] == Bright.card["sha256"]
    assert "AUC" in capsys.readouterr().out
    asked = Bright.asked
    assert main(command) == 0 and Bright.asked == asked, "the second time from its folder"
    assert json.loads((models / "face_fast_contempt.json").read_text())["sha256"] == card["sha256"]


def test_lite_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["train", "contempt", "--model", "lite"])
    assert "lite is not served" in capsys.readouterr().err
