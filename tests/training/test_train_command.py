"""`emotion train` as a person runs it: nothing that is served changes without --install, and the terminal is quiet."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import emotion
from emotion.checkpoint import read_card, sha256
from emotion.cli import main
from emotion.paths import MODELS
from emotion.predict import VoiceModel
from tests.support import ROOT
from tests.support_training import write_small_fer2013

pytestmark = pytest.mark.slow
keras = pytest.importorskip("keras")

NOISE = ("onednn", "cuda", "computation_placer", "xla", "absl", "tensorflow lite", "xnnpack", "saved artifact")
LOG_LINE = re.compile(r"^[IWEF]\d{4} ", re.MULTILINE)  # of TensorFlow's C++ code

needs_tensorflow = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="exports need TensorFlow")


def digests(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def models(tmp_path) -> Path:
    """A copy of the served models without the large one."""
    shutil.copytree(MODELS, tmp_path / "models", ignore=shutil.ignore_patterns("metrics", "face_accurate.tflite"))
    return tmp_path / "models"


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with a small FER-2013 in `data`, for runs in `runs`."""
    folder = tmp_path_factory.mktemp("training")
    write_small_fer2013(folder / "data")
    return folder


@pytest.fixture(scope="module")
def trained(place) -> subprocess.CompletedProcess:
    """A short training in a process of its own."""
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    before = digests(MODELS)
    done = subprocess.run(
        [sys.executable, "-m", "emotion", *command(place)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert digests(MODELS) == before, "nor does it touch the app's own models"
    return done


def command(place: Path, *more: str) -> list[str]:
    """A training that its budget ends after the first batch."""
    options = ["--minutes", "0.001", "--data", str(place / "data"), "--runs", str(place / "runs"), *more]
    return ["train", "face", "--model", "fast", *options]


@needs_tensorflow
def test_tensorflows_messages_stay_off_the_terminal(trained):
    for text in (trained.stdout, trained.stderr):
        assert [word for word in NOISE if word in text.lower()] == [] and not LOG_LINE.search(text)


@needs_tensorflow
def test_a_short_training_says_where_its_export_is_and_how_to_install_it(trained, place, models, capsys):
    run = place / "runs" / "face-fast-48-seed0"
    before = digests(models)
    assert main(command(place, "--models", str(models))) == 0
    said = capsys.readouterr().out
    assert digests(models) == before
    assert str(run / "face_fast.tflite") in said and "macro-F1" in said
    held_out = read_card("face_fast", models)["validation"]
    assert re.search(rf"^served +{held_out['macro_f1']:.1%} +{held_out['accuracy']:.1%}$", said, re.MULTILINE)
    assert f'load_face_model("fast", folder=Path("{run}"))' in said
    install = re.search(r"python -m emotion (train .* --install)$", said, re.MULTILINE).group(1)
    assert shlex.split(install) == [*command(place, "--models", str(models)), "--install"]
    model = emotion.load_face_model("fast", folder=run)
    assert model.predict(np.zeros((1, 48, 48), np.uint8)).shape == (1, 7)


@needs_tensorflow
def test_a_worse_model_is_refused_unless_forced_and_nothing_is_trained_again(trained, place, models, capsys):
    run = place / "runs" / "face-fast-48-seed0"
    before, run_before = digests(models), digests(run)
    assert main(command(place, "--models", str(models), "--install")) == 1
    captured = capsys.readouterr()
    assert "worse" in captured.err and "--force" in captured.err and "served" in captured.out
    assert digests(models) == before
    assert main(command(place, "--models", str(models), "--install", "--force")) == 0
    changed = {name for name, digest in digests(models).items() if before[name] != digest}
    assert changed == {"face_fast.tflite", "face_fast.json"}
    assert all(digests(models)[name] == digests(run)[name] for name in changed)
    assert digests(run) == run_before, "the export that was shown is the one that was installed"


@needs_tensorflow
def test_where_none_is_served_it_is_installed(trained, place, tmp_path):
    assert main(command(place, "--models", str(tmp_path / "empty"), "--install")) == 0
    assert set(digests(tmp_path / "empty")) == {"face_fast.tflite", "face_fast.json"}
    assert emotion.load_face_model("fast", folder=tmp_path / "empty").card["name"] == "face_fast"


@needs_tensorflow
def test_a_mean_has_a_folder_of_its_own(trained, place, models):
    runs = place / "runs"
    shutil.copytree(runs / "face-fast-48-seed0", runs / "face-fast-48-seed5", dirs_exist_ok=True)
    one = digests(runs / "face-fast-48-seed0")
    before = digests(models)
    assert main(command(place, "--models", str(models), "--average", "0", "5")) == 0
    assert digests(models) == before and digests(runs / "face-fast-48-seed0") == one
    mean = emotion.load_face_model("fast", folder=runs / "face-fast-48-mean-0-5")
    assert len(mean.card["training"]["networks"]) == len(mean.card["run_weights_sha256"]) == 2


@needs_tensorflow
def test_a_fold_of_voices_goes_the_same_way(data_folder, tmp_path, models, capsys):
    """RAVDESS alone, a few clips of every actor, and no epoch."""
    for clip in sorted((data_folder / "ravdess/speech").glob("Actor_*/*"))[::8]:
        place = tmp_path / "data" / "ravdess" / clip.parent.name / clip.name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(clip, place)
    before = digests(models)
    line = ["train", "voice", "--fold", "1", "--seed", "2", "--epochs", "0", "--data", str(tmp_path / "data")]
    line += ["--runs", str(tmp_path / "runs"), "--models", str(models)]
    assert main(line) == 0
    said = capsys.readouterr().out
    assert digests(models) == before and "UAR" in said
    run = tmp_path / "runs" / "voice-1-seed2"
    assert VoiceModel("voice_fold1_seed2", folder=run).predict(np.zeros(16_000), 16_000).shape == (8,)
    assert f'VoiceModel("voice_fold1_seed2", folder=Path("{run}"))' in said
    assert main([*line, "--install"]) == 1 and digests(models) == before


@pytest.mark.parametrize(
    "more, words",
    [
        (["--force"], "--force goes with --install"),
        (["--fold", "0", "--leave-out", "tess"], "two different tests"),
        (["--out", "models"], "unrecognized"),
    ],
)
def test_options_that_do_not_fit(more, words, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["train", "voice", *more])
    assert stopped.value.code == 2 and words in capsys.readouterr().err
