"""The face models' heads for contempt: fit for one network, and refused for another."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotion.checkpoint import read_card
from emotion.contempt import ContemptHead, head_name, load_contempt_head
from emotion.predict import FACE_MODELS, FaceModel
from emotion.runner import ModelError

NETWORK = "a" * 64


def write_head(folder, **changes):
    head = ContemptHead(np.array([1.0, -2.0], np.float32), 0.5)
    card = {"network_sha256": NETWORK, "sha256": head.sha256, "kernel": [1.0, -2.0], "bias": 0.5} | changes
    (folder / "face_fast_contempt.json").write_text(json.dumps(card))
    return head


def test_a_head_is_a_logistic_regression(tmp_path):
    write_head(tmp_path)
    head = load_contempt_head("face_fast", NETWORK, folder=tmp_path)
    found = head.probability(np.array([[0.0, 0.25], [2.0, 0.0], [-1e6, 0.0]]))
    assert found.dtype == np.float32 and found == pytest.approx([0.5, 1 / (1 + np.exp(-2.5)), 0.0])


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"network_sha256": "b" * 64}, "another network.*train contempt"),
        ({"kernel": [1.0, -2.5]}, "altered"),
        ({"bias": 0.4}, "altered"),
    ],
)
def test_a_head_of_another_network_or_an_altered_one_is_refused(tmp_path, changes, words):
    write_head(tmp_path, **changes)
    with pytest.raises(ModelError, match=words):
        load_contempt_head("face_fast", NETWORK, folder=tmp_path)


def test_a_missing_head_says_what_to_do(tmp_path):
    with pytest.raises(ModelError, match="face_fast_contempt.json is missing.*train contempt --install"):
        load_contempt_head("face_fast", NETWORK, folder=tmp_path)


@pytest.mark.parametrize("model", FACE_MODELS)
def test_the_shipped_heads_fit_the_shipped_networks(model):
    card = read_card(f"face_{model}")
    head = load_contempt_head(card["name"], card["sha256"])
    about = read_card(head_name(card["name"]))
    assert len(head.kernel) == len(about["kernel"]) and about["training"]["most_votes_for_contempt"] > 100


def test_with_contempt_the_seven_answers_are_the_same(face_model, astronaut):
    crops = np.stack([astronaut[20:180, 140:300], astronaut[60:220, 140:300], np.zeros((160, 160, 3), np.uint8)])
    probs, contempt = face_model.predict_with_contempt(crops)
    np.testing.assert_allclose(probs, face_model.predict(crops), atol=1e-6)
    assert contempt.shape == (3,) and ((contempt >= 0) & (contempt <= 1)).all()
    alone = [face_model.predict_with_contempt(crop[None])[1][0] for crop in crops]
    assert contempt == pytest.approx(alone, abs=1e-6), "one by one or together"
    none, nothing = face_model.predict_with_contempt(crops[:0])
    assert none.shape == (0, 7) and nothing.shape == (0,)


def test_a_network_without_a_head_still_tells_the_seven(tmp_path, face_model, astronaut):
    name = face_model.card["name"]
    for suffix in ("json", "tflite"):
        (tmp_path / f"{name}.{suffix}").symlink_to(face_model._path.with_suffix(f".{suffix}"))
    alone = FaceModel(name, folder=tmp_path)
    assert alone.predict(astronaut[None, :200, :200]).shape == (1, 7)
    with pytest.raises(ModelError, match="contempt.json is missing"):
        alone.ready_for_contempt()
