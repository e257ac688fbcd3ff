"""Films judged by the change from a person's neutral face."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from emotion.audio import read_audio
from emotion.cli import main
from emotion.judge import FaceJudge
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.predict import load_face_model, load_voice_model
from emotion.timeline import progress
from emotion.timeline.analysis import analyze
from emotion.timeline.neutral import looks_of, neutral_person
from emotion.timeline.rows import AnalysisCancelled, AnalysisError
from tests.support import write_wav

pytestmark = pytest.mark.slow
AS_IT_IS = [f"face_as_it_is_{label}" for label in FACE_LABELS]


@pytest.fixture(scope="module")
def films(data_folder):
    """One actor who speaks: neutral, surprised, sad."""
    return [
        data_folder / "media" / f"{name}.mp4"
        for name in ("01-01-01-01-01-01-01", "01-01-08-02-02-02-01", "02-01-04-01-02-01-01")
    ]


def test_an_actor_who_speaks_is_read_once_neutral_is_known(films):
    neutral, surprised, sad = films
    plain = analyze(surprised, "simple", face_model="fast", as_it_is=True)
    known = analyze(surprised, "simple", face_model="fast", neutral=neutral)
    assert known.summary["face"]["label"] == "surprise" != plain.summary["face"]["label"]
    columns = [f"face_{label}" for label in FACE_LABELS]
    np.testing.assert_allclose(known.timeline[AS_IT_IS].to_numpy(), plain.timeline[columns].to_numpy(), atol=1e-6)
    assert not [c for c in plain.timeline if "as_it_is" in c]
    assert analyze(sad, "simple", face_model="fast", neutral=neutral).summary["face"]["strongest"]["label"] == "sad"
    assert analyze(neutral, "simple", face_model="fast", neutral=neutral).summary["face"]["label"] == "neutral"


def test_the_beginning_of_a_film_can_be_the_neutral_part(films, face_model):
    whole, part = (neutral_person(films[0], face_model, seconds=s).face for s in (None, 1.0))
    assert part.seconds == pytest.approx(1.0, abs=0.2) and whole.seconds > 3
    np.testing.assert_allclose(part.log_probs, whole.log_probs, atol=1.0)
    found = analyze(films[1], "simple", face_model="fast", neutral=0.5)
    assert found.timeline["face_as_it_is_label"].notna().any()


def test_a_film_is_adapted_to_as_live_is(films, face_model):
    found = analyze(films[0], "simple", face_model="fast").timeline
    plain = analyze(films[0], "simple", face_model="fast", as_it_is=True).timeline
    columns = [f"face_{label}" for label in FACE_LABELS]
    np.testing.assert_allclose(found[AS_IT_IS].to_numpy(), plain[columns].to_numpy(), atol=1e-6)
    live = looks_of(films[0], FaceJudge(face_model, adapt=True))
    last = [look.main.probs for look in live if look.main is not None and look.time_s >= found["time_s"].iloc[-1]]
    np.testing.assert_allclose(found[columns].to_numpy()[-1], np.mean(last, axis=0), atol=1e-5)
    assert np.abs(found[columns].to_numpy()[-1] - plain[columns].to_numpy()[-1]).max() > 0.002


def test_a_voice_is_adapted_to_and_its_own_answers_stay(data_folder, tmp_path):
    """A talk of one actor: at the beginning nothing is known; a plain sentence tells from the first word."""
    actor = data_folder / "ravdess/speech/Actor_02"
    said = [actor / f"03-01-{code}-01-01-01-02.flac" for code in ("04", "06", "08")]
    talk = write_wav(tmp_path / "talk.wav", np.concatenate([read_audio(p) for p in said]), 16_000)
    plain_sentence = actor / "03-01-01-01-01-01-02.flac"
    own, changes = ([f"voice{part}_{label}" for label in VOICE_LABELS] for part in ("_as_it_is", ""))
    by_itself, as_is = analyze(talk, "simple").timeline, analyze(talk, "simple", as_it_is=True).timeline
    asked = analyze(talk, "simple", neutral=plain_sentence).timeline
    np.testing.assert_allclose(by_itself[own].to_numpy(), as_is[changes].to_numpy(), atol=1e-6)
    np.testing.assert_allclose(asked[own].to_numpy(), as_is[changes].to_numpy(), atol=1e-6)
    assert not [c for c in as_is if "as_it_is" in c]
    known, person = by_itself[changes].notna().all(axis=1), analyze(talk, neutral=neutral_of(plain_sentence)).timeline
    first = int(np.flatnonzero(known)[0])
    gap = np.abs(by_itself[changes].to_numpy() - by_itself[own].to_numpy()).max(axis=1)
    assert gap[first] == 0 and np.nanmax(gap) > 0.05
    assert np.abs(asked[changes].to_numpy() - asked[own].to_numpy())[first].max() > 0.005
    np.testing.assert_allclose(person[changes].to_numpy(), asked[changes].to_numpy(), atol=1e-6)


def test_a_file_can_be_learned_from_before_it_is_judged(films, data_folder, monkeypatch):
    """From the first row on the answers are changes; at the end they are nearly those of the single pass."""
    shares: list[float] = []
    monkeypatch.setattr(progress, "REPORT_SECONDS", 0.0)  # all of them, however fast this machine is
    found = analyze(films[0], face_model="fast", learn_first=True, progress=lambda share, _: shares.append(share))
    single = analyze(films[0], face_model="fast").timeline
    # a picture may come a little after the sound of the same time
    assert shares[-1] > 0.9 and all(later > share - 0.05 for share, later in zip(shares, shares[1:]))
    for modality, labels in (("face", FACE_LABELS), ("voice", VOICE_LABELS)):
        own, changes = ([f"{modality}{part}_{label}" for label in labels] for part in ("_as_it_is", ""))
        first = found.timeline[changes].first_valid_index()
        gap, little = (np.abs(t[changes].to_numpy() - t[own].to_numpy()).max(axis=1) for t in (found.timeline, single))
        assert gap[first] > max(2 * little[first], 0.001)
        np.testing.assert_allclose(found.timeline[own].to_numpy(), single[own].to_numpy(), atol=1e-6)
    with pytest.raises(AnalysisCancelled):
        analyze(films[0], face_model="fast", learn_first=True, cancelled=lambda: True)


def neutral_of(path):
    return neutral_person(path, load_face_model("fast"), load_voice_model())


def test_what_shows_no_face_is_no_neutral(films, tmp_path):
    wall = tmp_path / "wall.png"
    cv2.imwrite(str(wall), np.full((100, 100), 128, np.uint8))
    for neutral in (wall, tmp_path / "missing.png"):
        with pytest.raises(AnalysisError, match="neutral face|is not a file"):
            analyze(films[0], face_model="fast", neutral=neutral)
    for two in ({"neutral": 1.0, "as_it_is": True}, {"neutral": 1.0, "learn_first": True}):
        with pytest.raises(ValueError, match="give one of them"):
            analyze(films[0], face_model="fast", **two)
    with pytest.raises(ValueError, match="above 0"):
        analyze(films[0], face_model="fast", neutral=-1.0)
    with pytest.raises(AnalysisError, match="a picture has no beginning"):
        analyze(wall, face_model="fast", neutral=2.0)


def test_on_the_command_line(films, capsys, tmp_path):
    line = ["analyze", "--mode", "simple", "--model", "fast", str(films[1])]
    assert main([*line, "--neutral", str(films[0])]) == 0 and "face     surprise" in capsys.readouterr().out
    for wrong in ("first:", "first:x", "first:-1"):
        with pytest.raises(SystemExit):
            main([*line, "--neutral", wrong])
    with pytest.raises(SystemExit):
        main([*line, "--neutral", "first:1", "--as-it-is"])
    assert main([*line, "--as-it-is"]) == 0 and "face     surprise" not in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([*line, "--neutral", "first:1", "--out", str(tmp_path / "x.csv")])
