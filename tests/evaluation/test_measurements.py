"""Evaluation: known answers in, known figures out; and a small part of the real thing."""

import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

import emotion
from emotion import fusion
from emotion.calibration import apply_temperature
from emotion.checkpoint import read_card
from emotion.datasets import DatasetError
from emotion.evaluation import anchors, faces, measurements, pairs, voices
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.runner import ModelError
from tests.support_world import FEAR, SAD, KnownVoices, distribution, make_world, quiet

# --- a world with known answers: the data say which answer the stand-in models give -----------------------


@pytest.fixture
def world(tmp_path, monkeypatch):
    return make_world(tmp_path, monkeypatch)


# --- faces -----------------------------------------------------------------------------------------------


def test_face_splits_are_apart_and_together(world):
    found = faces.evaluate_face("fast", tta=True, **world)
    assert list(found) == ["face_fast-PublicTest", "face_fast-PrivateTest", "face_fast-test"]
    public, private, both = found.values()
    assert (
        public["accuracy"] == 1
        and private["accuracy"] == pytest.approx(6 / 7, abs=1e-5)
        and both["accuracy"] == pytest.approx(13 / 14, abs=1e-5)
    )
    assert (public["n"], private["n"], both["n"]) == (21, 21, 42)
    assert private["confusion"][FEAR][SAD] == 3 and sum(map(sum, private["confusion"])) == 21
    assert private["per_class"][SAD] == {
        "label": "sad",
        "precision": 0.5,
        "recall": 1.0,
        "f1": pytest.approx(2 / 3, abs=1e-5),
        "support": 3,
    }
    assert private["uar"] == pytest.approx(6 / 7, abs=1e-5)
    assert private["ece"] == pytest.approx(6 / 7 - 0.72, abs=1e-4)  # every answer says 72 %
    assert private["ten_views"]["accuracy"] == private["accuracy"]  # flat pictures look alike from all views
    low, high = private["interval_95"]
    assert low < private["accuracy"] < high
    assert (private["date"], private["seed"], private["weights_sha256"]) == (
        "2026-11-23",
        0,
        {"face_fast": "face-fast"},
    )
    assert private["command"] == "python -m emotion evaluate face --model fast --tta"
    assert "7 near-copies" in private["protocol"]


def test_a_single_view_keeps_the_ten_views_of_the_same_weights(world):
    first = faces.evaluate_face("fast", tta=True, **world)
    assert faces.evaluate_face("fast", **world) == first
    card = json.loads((world["models"] / "face_fast.json").read_text())
    (world["models"] / "face_fast.json").write_text(json.dumps(card | {"sha256": "others"}))
    now = faces.evaluate_face("fast", **world)["face_fast-PrivateTest"]
    assert now["ten_views"] is None and now["command"] == "python -m emotion evaluate face --model fast"


def test_ferplus_and_agreement(world):
    public, private, _ = faces.evaluate_face("fast", **world).values()
    assert public["ferplus"]["accuracy"] == pytest.approx(
        18 / 21, abs=1e-5
    )  # annotators said happy, the model said fear
    assert private["ferplus"]["n"] == 21
    assert [(b["above"], b["up_to"], b["n"]) for b in private["by_agreement"]] == [(0.5, 0.7, 14), (0.9, 1.0, 7)]
    assert private["by_agreement"][1]["accuracy"] == pytest.approx(6 / 7, abs=1e-5)


def test_calibration_before_temperature_is_that_of_the_raw_network():
    from emotion.datasets import FaceSet
    from emotion.metrics import ece

    rng = np.random.default_rng(0)
    raw, labels = rng.dirichlet(np.ones(7), 200).astype(np.float32), rng.integers(0, 7, 200)
    some = FaceSet(
        np.zeros((200, 48, 48), np.uint8),
        labels,
        np.zeros((200, 7), np.float32),
        np.full(200, np.nan),
        np.full(200, "x"),
        np.full(200, "x"),
    )
    found = faces.face_figures(some, apply_temperature(raw, 2.5), temperature=2.5)
    assert found["ece_uncalibrated"] == pytest.approx(ece(labels, raw), abs=0.01)
    assert found["ferplus"] is None and found["by_agreement"] == []


def test_faces_with_a_near_copy_in_training_are_measured_apart():
    from emotion.datasets import FaceSet

    def face_set(images, labels, usage):
        n = len(labels)
        return FaceSet(
            images,
            np.array(labels),
            np.zeros((n, 7), np.float32),
            np.full(n, np.nan),
            np.full(n, usage),
            np.full(n, "x"),
        )

    pictures = cv2.GaussianBlur(
        np.random.default_rng(0).integers(0, 256, (48, 48, 7), dtype=np.uint8), (9, 9), 3
    ).transpose(2, 0, 1)
    tested = face_set(pictures[:4], [0, 1, 2, 3], "PrivateTest")
    probs = np.eye(7)[[0, 5, 2, 5]]  # right on the first and the third
    learned = face_set(np.stack([pictures[1][:, ::-1], pictures[2], pictures[6]]), [1, 4, 3], "Training")
    measure = lambda probs, learned: faces.near_copies(tested.labels, probs, faces.labels_of_copies(tested, learned))  # noqa: E731
    assert measure(probs, learned) == {  # copies of the second, labelled alike, and of the third, not so
        "n": 2,
        "share": 0.5,
        "labelled_alike": 0.5,
        "accuracy": 0.5,
        "accuracy_of_others": 0.5,
        "accuracy_if_known": 0.5,
    }
    assert measure(np.eye(7)[[0, 5, 5, 5]], learned)["accuracy_if_known"] == 0.5
    assert measure(probs, face_set(pictures[6:], [0], "Training")) is None
    assert measure(probs, learned.where(np.zeros(3, bool))) is None


def test_predictions_file_agrees_with_the_matrix(world):
    found = faces.evaluate_face("fast", **world)["face_fast-PrivateTest"]
    rows = measurements.read_predictions("face_fast-PrivateTest", world["out"])
    inside = measurements.cell_rows(rows, FEAR, SAD)
    assert len(inside) == found["confusion"][FEAR][SAD]
    assert all("fear/PrivateTest" in path for path in rows["paths"][inside])
    assert measurements.read_predictions("no such", world["out"]) is None


def test_cell_rows_put_the_surest_first():
    rows = {
        "labels": np.array([0, 0, 0, 1]),
        "predicted": np.array([1, 1, 0, 1]),
        "probs": np.array([[0.4, 0.6], [0.1, 0.9], [0.9, 0.1], [0, 1]], np.float16),
    }
    assert measurements.cell_rows(rows, 0, 1).tolist() == [1, 0]


def test_merged_kaggle_layout_gives_one_split(world):
    (world["data"] / "fer2013/index.csv").unlink()
    found = faces.evaluate_face("fast", **world)
    assert list(found) == ["face_fast-test"] and found["face_fast-test"]["ferplus"] is None
    with pytest.raises(DatasetError, match="official usage"):
        pairs.evaluate_fusion("fast", draws=2, **world)


def test_ten_views_are_five_places_and_their_mirrors():
    crop = np.arange(48 * 48, dtype=np.uint8).reshape(1, 48, 48)
    views = faces.ten_views(crop)
    assert views.shape == (10, 1, 48, 48)
    assert (views[0] == crop).all() and (views[5] == crop[:, :, ::-1]).all()
    s = faces.SHIFT_PX
    assert (views[1][0, s:, s:] == crop[0, :-s, :-s]).all()  # moved right and down
    assert len({v.tobytes() for v in views}) == 10


def test_a_limited_run_does_not_replace_the_real_files(world):
    with pytest.raises(ValueError, match="limit=5"):
        faces.evaluate_face("fast", limit=5)
    found = faces.evaluate_face("fast", limit=14, **world)["face_fast-test"]
    assert found["n"] == 14 and found["limited_to"] == 14
    assert (
        len({row["label"] for row in found["per_class"] if row["support"]}) == 7
    )  # evenly spread, every class came along


# --- voices ----------------------------------------------------------------------------------------------


def test_each_clip_is_judged_by_the_model_that_has_not_heard_its_actor(world):
    found = voices.evaluate_voice(**world)["voice-ravdess-5fold"]  # KnownVoices asserts it, clip by clip
    assert found["n"] == 192 and found["accuracy"] == pytest.approx(23 / 24, abs=1e-5)
    assert [r["accuracy"] for r in found["folds"]] == [0.8, 1, 1, 1, 1]  # actor 2 is one of five in the first fold
    assert found["over_folds"]["accuracy"] == {"mean": 0.96, "std": pytest.approx(0.08944, abs=1e-4)}
    assert found["single"]["over_seeds"]["uar"]["std"] is None and "One network" in found["protocol"]
    assert {a["actor"]: a["accuracy"] for a in found["by_actor"]}[2] == 0
    assert {g["gender"]: g["accuracy"] for g in found["by_gender"]} == {
        "female": pytest.approx(11 / 12, abs=1e-5),
        "male": 1,
    }
    assert {g["intensity"]: g["n"] for g in found["by_intensity"]} == {"normal": 24, "strong": 168}
    low, high = found["interval_95"]
    assert low < 23 / 24 and high == 1
    rows = measurements.read_predictions("voice-ravdess-5fold", world["out"])
    assert set(rows) >= {
        "paths",
        "labels",
        "predicted",
        "probs",
        "actors",
        "folds",
        "genders",
        "intensities",
        "probs_by_seed",
    }


def test_several_seeds_answer_by_their_mean_and_give_a_spread(world, monkeypatch):
    for k in range(5):
        card = read_card(f"voice_fold{k}_seed0", world["models"]) | {"name": f"voice_fold{k}_seed3"}
        (world["models"] / f"voice_fold{k}_seed3.json").write_text(json.dumps(card))
    (world["models"] / "voice_fold0_seed4.json").write_text("{}")  # an unfinished seed does not count
    assert voices.fold_seeds(world["models"]) == [0, 3]

    class Unlike(KnownVoices):
        """Seed 3 gives everything to `angry`, but less surely than seed 0 gives it to the truth."""

        def predict(self, waveform, sample_rate):
            known = super().predict(waveform, sample_rate)
            return known if self.card["name"].endswith("seed0") else distribution(0, 8, 0.5)

    monkeypatch.setattr(voices, "VoiceModel", Unlike)
    found = voices.evaluate_voice(**world)["voice-ravdess-5fold"]
    assert found["seed"] == [0, 3] and found["n"] == 192 and len(found["folds"]) == 5
    assert found["network"] == "known, mean of 2" and len(found["weights_sha256"]) == 10
    alone = found["single"]
    assert [r["accuracy"] for r in alone["runs"]] == [0.8, 1, 1, 1, 1] + [0.125] * 5
    assert alone["over_seeds"]["accuracy"]["mean"] == pytest.approx((23 / 24 + 1 / 8) / 2, abs=1e-4)
    assert found["accuracy"] == pytest.approx(23 / 24, abs=1e-5), "the surer one carries the mean"
    rows = measurements.read_predictions("voice-ravdess-5fold", world["out"])
    assert rows["probs_by_seed"].shape == (192, 2, 8)


def test_the_mean_is_formed_before_any_temperature(world):
    folds, seeds = voices.fold_voices(world["models"])
    assert seeds == [0]
    raw = distribution(2, 8), distribution(5, 8)
    served = lambda probs, t: SimpleNamespace(predict=lambda *_: apply_temperature(probs, t), temperature=t)  # noqa: E731
    folds[0].networks = [served(raw[0], 1.5), served(raw[1], 0.7)]
    np.testing.assert_allclose(folds[0].predict(np.zeros(9), 16_000), np.mean(raw, axis=0), atol=1e-4)


def test_a_folds_temperature_comes_from_the_other_folds():
    labels, folds = np.zeros(50, int), np.repeat(np.arange(5), 10)
    probs = np.tile(distribution(0, 8, 0.6), (50, 1))  # right every time, so surer is better …
    probs[:10] = distribution(1, 8, 0.6)  # … but wrong on the first fold
    out, temperatures = voices.calibrated_by_fold(labels, probs, folds)
    assert temperatures[0] < 0.5 < min(temperatures[1:])
    assert np.allclose(out[:10], apply_temperature(probs[:10], temperatures[0]))


def test_fold_models_that_are_missing_or_know_the_actors_are_refused(world, tmp_path):
    with pytest.raises(ModelError, match="train voice --fold"):
        voices.evaluate_voice(**{**world, "models": tmp_path})
    path = world["models"] / "voice_fold1_seed0.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"test_actors": [1]}))
    with pytest.raises(ModelError, match="left out actors"):
        voices.evaluate_voice(**world)


def test_the_better_voice_that_is_there_is_measured(world):
    (world["models"] / "voice_accurate.json").write_text(json.dumps({"validation": {"uar": 0.99}}))
    with pytest.raises(ModelError, match=r"train voice --model accurate --fold \$k --install"):
        voices.evaluate_voice(**world)
    for k in range(5):
        card = read_card(f"voice_fold{k}_seed0", world["models"]) | {"name": f"voice_accurate_fold{k}_seed0"}
        (world["models"] / f"voice_accurate_fold{k}_seed0.json").write_text(json.dumps(card))
    found = voices.evaluate_voice(**world)["voice-ravdess-5fold"]
    assert list(found["weights_sha256"]) == [f"voice_accurate_fold{k}_seed0" for k in range(5)]
    (other,) = voices.evaluate_voice("fast", **world).items()
    assert other[0] == "voice-other-ravdess-5fold" and other[1]["model"] == "voice fast"
    assert list(other[1]["weights_sha256"]) == [f"voice_fold{k}_seed0" for k in range(5)]


def test_calm_counts_as_neutral_in_seven_classes():
    probs = np.zeros((1, 8), np.float32)
    (
        probs[0, VOICE_LABELS.index("calm")],
        probs[0, VOICE_LABELS.index("neutral")],
        probs[0, VOICE_LABELS.index("sad")],
    ) = 0.3, 0.3, 0.4
    assert FACE_LABELS[voices.seven_classes(probs)[0].argmax()] == "neutral"
    assert [FACE_LABELS[i] for i in voices.seven_labels(np.arange(8))] == [
        "angry",
        "neutral",
        "disgust",
        "fear",
        "happy",
        "neutral",
        "sad",
        "surprise",
    ]


# --- both together ---------------------------------------------------------------------------------------


def test_pool_answers_as_fuse_does():
    rng = np.random.default_rng(1)
    face, voice = rng.dirichlet(np.ones(7), 50), rng.dirichlet(np.ones(8), 50)
    pooled = pairs.pool(face, voices.seven_classes(voice))
    for f, v, p in zip(face, voice, pooled):
        assert np.allclose(emotion.fuse(f, v, "hybrid").probs, p, atol=1e-5)


def test_drawn_faces_carry_the_clips_label_and_follow_the_seed():
    of_clips, of_faces = np.array([0, 1, 1, 2]), np.array([2, 1, 0, 1, 0])
    picks = pairs.pick_faces(of_clips, of_faces, draws=30, seed=5)
    assert picks.shape == (30, 4) and (of_faces[picks] == of_clips).all()
    assert (picks == pairs.pick_faces(of_clips, of_faces, draws=30, seed=5)).all()
    assert {int(p) for p in picks[:, 0]} == {2, 4}  # every face of the label gets its turn


def test_fusion_by_hand(monkeypatch):
    """Two actors; the face is right about class 0 only, the voice about class 1 only; each is unsure where wrong."""
    monkeypatch.setattr(fusion, "learned_weights", lambda without=None: {"face": 1.0, "voice": 1.0})
    labels = np.array([0, 1, 0, 1])
    face = np.stack([distribution(0, 7, 0.9), distribution(0, 7, 0.3)])  # of class 0, of class 1
    voice = np.stack([distribution(1, 7, 0.3), distribution(1, 7, 0.9)] * 2)
    found = pairs.fusion_figures(np.array([0, 1]), face, labels, voice, np.array([1, 1, 2, 2]), draws=4)
    assert found["methods"]["face"]["accuracy"] == found["methods"]["voice"]["accuracy"] == 0.5
    assert found["methods"]["hybrid"]["accuracy"] == found["accuracy"] == 1
    assert found["gain"] == 0.5 and found["gain_interval_95"] == (0.5, 0.5)
    assert found["n"] == 4 and found["pairs"] == 16 and found["confusion"][0][0] == 2


def test_fusion_reuses_files_of_the_present_weights_only(world, monkeypatch):
    faces.evaluate_face("fast", **world)
    voices.evaluate_voice(**world)
    again = []
    real = faces.evaluate_face
    monkeypatch.setattr(pairs, "evaluate_face", lambda *a, **k: again.append(a) or real(*a, **k))
    found = pairs.evaluate_fusion("fast", draws=3, **world)["fusion-paired"]
    assert not again and found["n"] == 192 and "independent" in found["protocol"]
    card = world["models"] / "face_fast.json"
    card.write_text(card.read_text().replace("face-fast", "other"))
    assert measurements.outdated(measurements.read_metrics(world["out"])["fusion-paired"], world["models"]) == [
        "face_fast"
    ]
    pairs.evaluate_fusion("fast", draws=3, **world)
    assert again == [("fast",)]


def test_fusion_figures_are_out_of_date_when_the_pools_weights_change(world, monkeypatch):
    found = pairs.evaluate_fusion("fast", draws=2, **world)["fusion-paired"]
    assert measurements.outdated(found, world["models"]) == []
    monkeypatch.setattr(fusion, "learned_weights", lambda without=None: {"face": 0.4, "voice": 1.4})
    assert measurements.outdated(found, world["models"]) == ["fusion"]


# --- files and anchors -----------------------------------------------------------------------------------


def test_measurements_come_in_a_set_order_and_an_empty_folder_gives_none(world, tmp_path):
    voices.evaluate_voice(**world)
    faces.evaluate_face("fast", **world)
    assert list(measurements.read_metrics(world["out"])) == [
        "face_fast-PublicTest",
        "face_fast-PrivateTest",
        "face_fast-test",
        "voice-ravdess-5fold",
    ]
    assert measurements.read_metrics(tmp_path / "nowhere") == {}


def test_every_anchor_says_where_it_comes_from():
    assert all(a.link.startswith("https://") for a in anchors.ANCHORS)
    assert all(a.source and a.origin in (anchors.PUBLISHED, anchors.MEASURED_HERE) for a in anchors.ANCHORS)
    assert {a.percent for a in anchors.ANCHORS if a.origin == anchors.MEASURED_HERE} == {65.45, 63.6, 57.1, 56.5}


# --- the real thing, a little of it ----------------------------------------------------------------------


@pytest.mark.slow
def test_real_faces_are_measured_as_the_model_answers(data_folder, face_model, tmp_path):
    found = faces.evaluate_face("fast", data=data_folder, limit=70, out=tmp_path, progress=quiet)
    assert {name: f["n"] for name, f in found.items()}["face_fast-test"] == 70
    rows = measurements.read_predictions("face_fast-test", tmp_path)
    first = cv2.imread(str(data_folder / "fer2013" / rows["paths"][0]), cv2.IMREAD_GRAYSCALE)
    assert np.allclose(face_model.predict(first[None])[0], rows["probs"][0].astype(float), atol=2e-3)
    assert FACE_LABELS[rows["labels"][0]] in rows["paths"][0]
    assert measurements.outdated(found["face_fast-test"]) == []


@pytest.mark.slow
def test_real_voices_are_measured_over_the_folds(data_folder, tmp_path):
    if not voices.fold_seeds():
        pytest.skip("models/voice_fold0…4_seedS are not there; train them: python -m emotion train voice --fold 0 … 4")
    found = voices.evaluate_voice(data=data_folder, limit=24, out=tmp_path, progress=quiet)["voice-ravdess-5fold"]
    assert found["n"] == 24 and 0 <= found["accuracy"] <= 1
