"""What a few clips of the speaker are worth: known answers on made speakers, and the command on real ones."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotion.datasets import VOICE_CORPORA, Clip, DatasetError, load_voices
from emotion.evaluation import personal_voice
from emotion.evaluation.corpora import spoken_clips
from emotion.evaluation.personal_voice import MOST, Judged, evaluate_personal, learning_curve, sentence_of, split
from emotion.evaluation.scores import evenly


def made(*, told_apart_by: float, speakers: int = 4, each: int = 12, seed: int = 0) -> Judged:
    """Speakers whose three classes lie in directions of their own, and a network that always guesses."""
    rng = np.random.default_rng(seed)
    labels = np.tile(np.repeat(np.arange(3), each), speakers)
    names = np.repeat([f"s{i}" for i in range(speakers)], 3 * each)
    directions = {n: rng.normal(size=(3, 16)) for n in np.unique(names)}
    embeddings = np.array([told_apart_by * directions[n][y] + rng.normal(size=16) for n, y in zip(names, labels)])
    probs = np.full((len(labels), 3), 1 / 3)
    return Judged(
        labels,
        probs,
        embeddings,
        names,
        np.tile(np.arange(each).astype(str), 3 * speakers),
        lambda i: (probs[i : i + 1], embeddings[i : i + 1]),
    )


@pytest.mark.slow
def test_clips_help_where_the_embedding_tells_and_not_where_it_does_not():
    good = learning_curve(made(told_apart_by=3.0), most=4, sentences=None, draws=2)
    none = learning_curve(made(told_apart_by=0.0), most=4, sentences=None, draws=2)
    assert good["speakers"] == 4 and [p["clips_per_class"] for p in good["curve"]] == [0, 1, 2, 3, 4]
    assert good["curve"][0]["uar"]["mean"] == pytest.approx(1 / 3) and good["curve"][4]["uar"]["mean"] > 0.9
    assert good["curve"][4]["speakers_better"] == 4 and good["curve"][4]["speakers_worse"] == 0
    assert none["curve"][4]["uar"]["mean"] < 0.45


def test_no_sentence_is_learned_from_and_tested_on():
    judged, rng = made(told_apart_by=1.0), np.random.default_rng(0)
    rows = np.flatnonzero(judged.speakers == "s1")
    learn, test = split(judged, rows, 3, rng, sentences=None)
    assert learn.shape == (3, 3) and (judged.labels[learn] == np.arange(3)[:, None]).all()
    assert not set(judged.sentences[learn.ravel()]) & set(judged.sentences[test]) and set(judged.speakers[test]) == {
        "s1"
    }
    assert split(judged, rows, 13, rng, sentences=None) is None, "twelve of each are all there are"
    with pytest.raises(DatasetError, match="no speaker has 13"):
        learning_curve(judged, most=13, sentences=None)


def test_the_sentences_of_every_corpus_are_told_apart(data_folder):
    said: dict[str, set[str]] = {}
    for clip in load_voices(data_folder):
        if clip.corpus in VOICE_CORPORA:
            said.setdefault(clip.corpus, set()).add(sentence_of(clip))
    assert (
        said["ravdess"] == {"01", "02"}
        and len(said["nemo"]) == 90
        and len(said["ased"]) == 7
        and len(said["tess"]) >= 100
    )


@pytest.fixture
def at_most_sixteen(monkeypatch):
    """Of each speaker and emotion: TESS and nEMO have a hundred, for which the test would take long."""

    def fewer(data) -> dict[str, list[Clip]]:
        kept: dict[str, list[Clip]] = {}
        for corpus, clips in spoken_clips(data).items():
            of_one: dict[tuple, list[Clip]] = {}
            for clip in clips:
                of_one.setdefault((clip.speaker, clip.label), []).append(clip)
            kept[corpus] = [some[i] for some in of_one.values() for i in evenly(len(some), 16)]
        return kept

    monkeypatch.setattr(personal_voice, "spoken_clips", fewer)


@pytest.mark.slow
@pytest.mark.usefixtures("at_most_sixteen")
def test_the_served_models_with_and_without_clips_of_one_speaker_each(data_folder, tmp_path):
    found = evaluate_personal(data=data_folder, limit=1, draws=1, out=tmp_path, progress=lambda *_: None)[
        "voice-personal"
    ]
    assert json.loads((tmp_path / "voice-personal.json").read_text()) == found and found["limited_to"] == 1
    assert [r["corpus"] for r in found["corpora"]] == list(VOICE_CORPORA) and len(found["mean_uar"]) == MOST + 1
    assert found["mean_uar"][MOST] > found["mean_uar"][0] + 0.1, (
        "four clips of each emotion of the very speaker are worth far more than ten points"
    )
