"""One person's clips and the correction: the formulas on made-up embeddings, the rest with the served voice model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion import audio
from emotion.calibration import apply_temperature
from emotion.labels import VOICE_LABELS
from emotion.personal import (
    TEMPERATURE,
    Clips,
    PersonalVoice,
    PersonalVoiceError,
    fit_correction,
    read_clips,
    windows_of,
    write_clips,
)
from emotion.realtime.session import LiveSession

FILE = "my_voice.npz"
ANGRY, CALM, SAD = (VOICE_LABELS.index(name) for name in ("angry", "calm", "sad"))


def made_up(n: int = 4, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """n clips each of angry and sad: embeddings in two clouds, and a network that takes all of them for calm."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([ANGRY, SAD], n)
    embeddings = rng.normal(size=(2 * n, 16)) + np.where(labels == ANGRY, 2.0, -2.0)[:, None]
    probs = rng.uniform(0.02, 0.05, size=(2 * n, len(VOICE_LABELS)))
    probs[:, CALM], probs[:, SAD] = 0.5, 0.3
    return (probs / probs.sum(axis=1, keepdims=True)).astype(np.float32), embeddings.astype(np.float32), labels


def made_up_clips(n: int = 4, sha256: str = "a") -> Clips:
    probs, embeddings, labels = made_up(n)
    clips = Clips(sha256)
    for p, e, label in zip(probs, embeddings, labels):
        clips = clips.added(p[None], e[None], VOICE_LABELS[label])
    return clips


# --- the maths ---


def test_one_emotion_alone_teaches_nothing():
    probs, embeddings, labels = made_up()
    with pytest.raises(ValueError, match="two different emotions"):
        fit_correction(probs[:4], embeddings[:4], labels[:4])


def test_heard_clips_become_right_among_the_acted_and_the_others_keep_what_they_had():
    probs, embeddings, labels = made_up()
    corrected = fit_correction(probs, embeddings, labels)(probs, embeddings)
    acted = [ANGRY, SAD]
    assert (probs[:, acted].argmax(axis=1) == 1).all(), "as shipped all sound sad"
    assert (np.array(acted)[corrected[:, acted].argmax(axis=1)] == labels).all()
    np.testing.assert_allclose(corrected.sum(axis=1), 1, atol=1e-6)
    others = [i for i in range(len(VOICE_LABELS)) if i not in acted]
    np.testing.assert_allclose(apply_temperature(corrected, 1 / TEMPERATURE)[:, others], probs[:, others], atol=1e-5)


def test_windows_of_one_clip_weigh_as_much_as_one_clip():
    rng = np.random.default_rng(0)
    probs, embeddings, labels = (
        rng.dirichlet(np.ones(8), 12),
        rng.normal(size=(12, 20)),
        np.repeat([0, 3, 5], [2, 4, 6]),
    )
    once, thrice = fit_correction(probs, embeddings, labels), np.repeat(np.arange(12), 3)
    again = fit_correction(probs[thrice], embeddings[thrice], labels[thrice], thrice)
    np.testing.assert_allclose(again.weights, once.weights, atol=1e-6)
    # six clips of one class have no more weight than two of another: embeddings without information change nothing
    nothing = fit_correction(np.full((12, 8), 1 / 8), np.ones((12, 20)), labels)
    np.testing.assert_allclose(nothing(np.full((1, 8), 1 / 8), np.ones((1, 20))), 1 / 8, atol=1e-4)


def test_a_stronger_penalty_moves_less():
    probs, embeddings, labels = made_up()
    fitted = [fit_correction(probs, embeddings, labels, ridge=r) for r in (0.3, 3.0, 300.0, 1e6)]
    nothing = replace(fitted[0], weights=0 * fitted[0].weights, bias=0 * fitted[0].bias)(probs, embeddings)
    assert (nothing.argmax(axis=1) == probs.argmax(axis=1)).all()
    moved = [np.abs(f(probs, embeddings) - nothing).sum() for f in fitted]
    assert moved == sorted(moved, reverse=True) and moved[-1] < 0.01


def test_trying_out_counts_each_clip_once_by_a_correction_that_has_not_heard_it():
    assert made_up_clips(4).tried_out() == (8, 4, 8)
    probs, embeddings, _ = made_up(1)
    single = Clips("a").added(probs[:1], embeddings[:1], "angry").added(probs[1:], embeddings[1:], "sad")
    assert single.enough and single.tried_out() == (0, 0, 0), "an emotion with one clip cannot be tried out"


# --- clips and their file ---


def test_clips_are_counted_removed_and_told_apart():
    clips = made_up_clips(2)
    assert (len(clips), clips.count("angry"), clips.count("sad"), clips.count("calm")) == (4, 2, 2, 0)
    fewer = clips.without_last()
    assert (fewer.count("angry"), fewer.count("sad")) == (2, 1) and fewer.mark != clips.mark
    assert made_up_clips(2).mark == clips.mark and len(clips.mark) == 8


def test_removing_a_clip_removes_all_its_windows():
    probs, embeddings, _ = made_up(2)
    clips = Clips("a").added(probs[:2], embeddings[:2], "angry").added(probs[2:], embeddings[2:], "sad")
    assert len(clips) == 2 and clips.clip.tolist() == [0, 0, 1, 1]
    rest = clips.without(0)
    assert len(rest) == 1 and rest.clip.tolist() == [0, 0]
    np.testing.assert_array_equal(rest.embeddings, embeddings[2:])


def test_what_was_written_is_read(tmp_path, voice_model):
    clips = made_up_clips(2, voice_model.card["sha256"])
    write_clips(tmp_path / FILE, clips)
    read = read_clips(tmp_path / FILE, voice_model.card["sha256"])
    assert read.mark == clips.mark
    assert [p.name for p in tmp_path.iterdir()] == [FILE], "no half-written file stays"
    write_clips(tmp_path / FILE, Clips(voice_model.card["sha256"]))
    assert not list(tmp_path.iterdir()), "with no clips left the file goes"
    assert not len(read_clips(tmp_path / FILE, voice_model.card["sha256"]))


def test_a_folder_that_cannot_be_read_is_named(voice_model):
    with pytest.raises(PersonalVoiceError, match="cannot be read"):
        read_clips(Path("/" + "x" * 300) / FILE, voice_model.card["sha256"])


def test_clips_of_another_network_are_refused(voice_model):
    with pytest.raises(PersonalVoiceError, match="do not fit the voice model"):
        PersonalVoice(voice_model, made_up_clips(2, voice_model.card["sha256"]))


def test_clips_that_other_weights_heard_do_not_count(tmp_path, voice_model):
    write_clips(tmp_path / FILE, made_up_clips(2, "another"))
    found = read_clips(tmp_path / FILE, voice_model.card["sha256"])
    assert not len(found) and found.weights_sha256 == voice_model.card["sha256"]


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_a_broken_file_gets_a_message_that_says_what_to_do(tmp_path, voice_model, content):
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(PersonalVoiceError, match="my_voice.npz.*delete it"):
        read_clips(tmp_path / FILE, voice_model.card["sha256"])


@pytest.mark.parametrize(
    "change",
    [
        {"labels": np.array([0, 99])},
        {"labels": np.array([0.0, 1.0])},
        {"probs": np.zeros((2, 7))},
        {"embeddings": np.full((2, 4), np.nan)},
        {"clip": np.array([0, 0])},
    ],
)
def test_a_file_with_other_contents_is_refused(tmp_path, voice_model, change):
    good = {
        "weights_sha256": voice_model.card["sha256"],
        "probs": np.zeros((2, 8)),
        "embeddings": np.zeros((2, 4)),
        "labels": np.array([0, 1]),
        "clip": np.array([0, 1]),
    }
    np.savez(tmp_path / FILE, **good | change)
    with pytest.raises(PersonalVoiceError, match="delete it"):
        read_clips(tmp_path / FILE, voice_model.card["sha256"])


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PersonalVoiceError, match="cannot be written.*permissions"):
        write_clips(tmp_path / "file" / FILE, made_up_clips(2))


# --- with the served model ---


def test_listening_answers_as_predicting_does(voice_model, speech):
    probs, embedding = voice_model.predict_with_embedding(speech, audio.SAMPLE_RATE)
    np.testing.assert_allclose(probs, voice_model.predict(speech, audio.SAMPLE_RATE), atol=1e-6)
    assert embedding.ndim == 1 and np.isfinite(embedding).all()


@pytest.mark.slow
def test_a_clip_is_learned_from_as_the_live_page_hears_it(voice_model, speech):
    from emotion.judge import VoiceJudge

    judge = VoiceJudge(voice_model, smoothing_s=0)
    live = [r.probs for r in judge.hear(speech) + judge.finish() if r.probs is not None and r.voiced_seconds >= 1.0]
    probs, embeddings = windows_of(voice_model, speech)
    np.testing.assert_allclose(probs, np.stack(live), atol=1e-6)
    assert len(embeddings) == len(probs) > 1


@pytest.mark.parametrize(
    "wave, reason",
    [
        (np.zeros(32_000), "muted"),
        (np.random.default_rng(0).normal(size=32_000) * 4e-4, "silence"),
        (np.random.default_rng(0).normal(size=32_000) * 0.05, "no voice"),
        (np.zeros(500), "too short"),
    ],
)
def test_sound_without_a_voice_is_refused_with_the_reason(voice_model, wave, reason):
    with pytest.raises(PersonalVoiceError, match=reason):
        windows_of(voice_model, wave.astype(np.float32))


@pytest.fixture(scope="module")
def actor(voice_model, data_folder) -> Clips:
    """Two clips each of one actor's anger and sadness."""
    clips = Clips(voice_model.card["sha256"])
    for code, label in (("05", "angry"), ("04", "sad")):
        for statement in ("01", "02"):
            wave = audio.read_audio(data_folder / f"ravdess/speech/Actor_01/03-01-{code}-01-{statement}-01-01.flac")
            clips = clips.added(*windows_of(voice_model, wave), label)
    return clips


@pytest.mark.slow
def test_an_actor_is_understood_at_least_as_well_after_his_clips(voice_model, actor, speech):
    voice = PersonalVoice(voice_model, actor)
    answer = voice.predict(speech, audio.SAMPLE_RATE)
    assert answer.shape == (8,) and answer.sum() == pytest.approx(1, abs=1e-5)
    corrected = apply_temperature(
        actor.correction()(actor.probs, actor.embeddings), 1 / TEMPERATURE
    )  # as sure as the network was
    own = np.arange(len(actor.clip)), actor.labels[actor.clip]
    assert corrected[own].mean() > actor.probs[own].mean(), "what was heard becomes more probable"
    tried, shipped, after = actor.tried_out()
    assert tried == 4 and 0 <= min(shipped, after) and max(shipped, after) <= 4


@pytest.mark.slow
def test_a_running_stream_takes_the_corrected_model_and_keeps_what_it_heard(face_model, voice_model, actor):
    session = LiveSession(face_model, voice_model)
    judge = session._voice_judge
    session._ring.append(np.zeros(8000, np.float32))
    session._judge_sound(None)
    voice = PersonalVoice(voice_model, actor)
    session.use_voice_model(voice)
    assert (
        session.voice_model is voice and session._voice_judge is judge and judge.model is voice and judge._heard == 8000
    )
    session._reset()
    assert session._voice_judge.model is voice, "the next stream begins with it"
