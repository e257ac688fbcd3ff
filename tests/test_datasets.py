"""Readers of both Kaggle layouts and of the folders used here; folds and near-copies."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from emotion.datasets import (
    RAVDESS_FOLDS,
    DatasetError,
    fold_of,
    load_fer2013,
    load_indexed_corpus,
    load_ravdess,
    load_voices,
    near_duplicates,
    ravdess_clip,
)
from emotion.labels import FACE_LABELS, VOICE_LABELS, affect_in_words, canonical, valence_arousal
from tests.support import write_wav

RNG = np.random.default_rng(0)


@pytest.fixture
def kaggle(tmp_path):
    """Both downloads as Kaggle unpacks them, tiny."""
    for part in ("train", "test"):
        for name in ("angry", "disgusted", "fearful", "happy", "neutral", "sad", "surprised"):
            folder = tmp_path / "fer2013" / part / name
            folder.mkdir(parents=True)
            cv2.imwrite(str(folder / "im0.png"), RNG.integers(0, 256, (48, 48), dtype=np.uint8))
    for root in ("ravdess", "ravdess/audio_speech_actors_01-24"):  # the download holds every clip twice
        for actor in (1, 2):
            folder = tmp_path / root / f"Actor_{actor:02d}"
            folder.mkdir(parents=True)
            write_wav(folder / f"03-01-06-02-01-01-{actor:02d}.wav", np.zeros(100, np.float32), 48_000)
    return tmp_path


def test_kaggle_fer2013(kaggle):
    faces = load_fer2013(kaggle)
    assert len(faces) == 14 and set(faces.usage) == {"Training", "Test"}
    assert sorted(faces.labels[:7]) == list(range(7)) and faces.images.dtype == np.uint8
    assert np.isnan(faces.agreement).all() and (faces.ferplus_majority() == -1).all()


def test_kaggle_ravdess_keeps_one_of_each_clip(kaggle):
    clips = load_ravdess(kaggle)
    assert [(c.actor, c.gender, c.label, c.intensity) for c in clips] == [
        (1, "male", "fear", "strong"),
        (2, "female", "fear", "strong"),
    ]
    assert load_voices(kaggle) == clips and load_indexed_corpus("tess", kaggle) == []


def test_missing_data_say_where_to_get_them(tmp_path):
    with pytest.raises(DatasetError, match="ananthu017"):
        load_fer2013(tmp_path)
    with pytest.raises(DatasetError, match="uwrfkaggler"):
        load_ravdess(tmp_path)


def test_a_broken_image_is_named(kaggle):
    (kaggle / "fer2013/train/happy/im0.png").write_bytes(b"junk")
    with pytest.raises(DatasetError, match="happy/im0.png"):
        load_fer2013(kaggle)


def test_names_that_are_not_ravdess(tmp_path):
    for name in ("note.wav", "03-01-09-01-01-01-01.wav", "03-01-01-01-01-01-01.txt", "03-01-01.wav"):
        assert ravdess_clip(tmp_path / name) is None


def test_folds_cover_every_actor_once():
    assert sorted(a for fold in RAVDESS_FOLDS for a in fold) == list(range(1, 25))
    assert all(a in RAVDESS_FOLDS[fold_of(a)] for a in range(1, 25))
    with pytest.raises(ValueError):
        fold_of(25)


def test_every_spelling_is_known_and_others_are_refused():
    assert {canonical(n) for n in ("fearful", "Surprised", "disgusted", "anger", "calm")} == {
        "fear",
        "surprise",
        "disgust",
        "angry",
        "calm",
    }
    assert set(FACE_LABELS) < set(VOICE_LABELS)
    with pytest.raises(ValueError, match="bored"):
        canonical("bored")


def test_valence_and_arousal_are_weighted_places():
    happy = np.eye(7)[FACE_LABELS.index("happy")]
    assert valence_arousal(happy, FACE_LABELS) == pytest.approx((0.85, 0.40))
    assert affect_in_words(0.85, 0.4) == "pleasant, excited" and affect_in_words(-0.75, -0.45) == "unpleasant, calm"
    assert affect_in_words(0.1, -0.1) == "neither pleasant nor unpleasant"
    assert affect_in_words(0.25, 0.0) == "pleasant"
    v, a = valence_arousal(np.full(7, 1 / 7), FACE_LABELS)
    assert abs(v) < 1 and abs(a) < 1


def test_near_copies_are_found_mirrored_brightened_and_shifted_not():
    faces = cv2.GaussianBlur(RNG.integers(0, 256, (48, 48, 20), dtype=np.uint8), (9, 9), 3).transpose(2, 0, 1)
    copies = np.stack([faces[0], faces[1][:, ::-1], (faces[2] * 0.6 + 20).astype(np.uint8), faces[19]])
    assert near_duplicates(copies, faces[:10]).tolist() == [True, True, True, False]


# --- the real thing ---


@pytest.mark.slow
def test_real_fer2013_and_ferplus(data_folder):
    faces = load_fer2013(data_folder, usages=("PublicTest",))
    assert len(faces) == 3589
    majority = faces.ferplus_majority()
    assert (majority >= 0).mean() > 0.9
    assert 0.5 < (majority == faces.labels)[majority >= 0].mean() < 0.8


def test_real_voices(data_folder):
    clips = load_voices(data_folder)
    assert {c: sum(k.corpus == c for k in clips) for c in ("ravdess", "ravdess-song", "tess", "nemo", "ased")} == {
        "ravdess": 1440,
        "ravdess-song": 1009,
        "tess": 1400,
        "nemo": 4481,
        "ased": 2473,
    }
    assert {c.label for c in clips} == set(VOICE_LABELS)
    assert len({c.speaker for c in clips}) == 24 + 2 + 9 + 65


@pytest.mark.slow
def test_no_held_out_face_is_trained_on(data_folder):
    from emotion.training.face_data import face_split

    train, held, dropped = face_split(data_folder)
    assert dropped > 500 and not set(train.paths) & set(held.paths)
    assert set(train.usage) == set(held.usage) == {"Training"}
    test = load_fer2013(data_folder, usages=("PrivateTest",))
    assert not near_duplicates(train.images[::20], test.images).any()
