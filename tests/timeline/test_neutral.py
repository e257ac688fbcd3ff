"""Films judged by the change from a person's neutral face."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from emotion.cli import main
from emotion.judge import FaceJudge
from emotion.labels import FACE_LABELS
from emotion.timeline.analysis import analyze
from emotion.timeline.neutral import looks_of, neutral_person
from emotion.timeline.rows import AnalysisError

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
    whole, part = (neutral_person(films[0], face_model, seconds=s) for s in (None, 1.0))
    assert part.seconds == pytest.approx(1.0, abs=0.2) and whole.seconds > 3
    np.testing.assert_allclose(part.neutral_face, whole.neutral_face, atol=1.0)
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


def test_what_shows_no_face_is_no_neutral(films, tmp_path):
    wall = tmp_path / "wall.png"
    cv2.imwrite(str(wall), np.full((100, 100), 128, np.uint8))
    for neutral in (wall, tmp_path / "missing.png"):
        with pytest.raises(AnalysisError, match="neutral face|is not a file"):
            analyze(films[0], face_model="fast", neutral=neutral)
    with pytest.raises(ValueError, match="leave neutral out"):
        analyze(films[0], face_model="fast", neutral=1.0, as_it_is=True)
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
