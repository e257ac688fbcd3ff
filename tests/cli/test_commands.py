"""The public names, what may be imported where, and the command line as a person runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import cv2
import pytest

from emotion import doctor
from emotion.cli import main
from emotion.paths import MODELS
from emotion.personal import Clips, clips_file, windows_of, write_clips
from emotion.predict import better_voice_model
from tests.support import ROOT, write_wav


def python(*args: str, **kwargs) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *args], cwd=ROOT, capture_output=True, text=True, timeout=180, **kwargs)


def test_public_names():
    import emotion

    assert emotion.FACE_LABELS == ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
    assert emotion.VOICE_LABELS == ("angry", "calm", "disgust", "fear", "happy", "neutral", "sad", "surprise")
    for name in ("load_face_model", "detect_faces", "crop_face", "load_voice_model", "fuse", "analyze"):
        assert callable(getattr(emotion, name))
    with pytest.raises(AttributeError, match="nothing"):
        _ = emotion.nothing


def test_dir_lists_the_public_names():
    import emotion

    assert set(emotion.__all__) <= set(dir(emotion)) and "importlib" not in dir(emotion)


def test_importing_the_package_loads_nothing_heavy():
    done = python("-c", "import sys, emotion; print(*sys.modules)")
    heavy = {"numpy", "cv2", "av", "pandas", "scipy", "librosa", "ai_edge_litert", "sqlalchemy"}
    assert not heavy & set(done.stdout.split()), done.stderr


@pytest.mark.slow
def test_serving_imports_neither_tensorflow_nor_streamlit(tmp_path, astronaut):
    cv2.imwrite(str(tmp_path / "a.png"), astronaut[..., ::-1])
    code = f"""
import sys
import emotion
emotion.analyze({str(tmp_path / "a.png")!r}, face_model="fast")
import emotion.realtime.session, emotion.realtime.recorder
print([m for m in ("tensorflow", "keras", "streamlit", "torch", "jax", "plotly") if m in sys.modules])
"""
    done = python("-c", code)
    assert done.stdout.strip() == "[]", done.stderr[-2000:]


@pytest.mark.slow
def test_analyze_goes_on_after_a_bad_file(tmp_path, speech):
    good, bad = write_wav(tmp_path / "note.wav", speech, 16_000), tmp_path / "bad.wav"
    bad.write_bytes(b"junk" * 50)
    done = python("-m", "emotion", "analyze", str(bad), str(good), "--model", "fast", "--json")
    assert done.returncode == 3 and "bad.wav" in done.stderr and "Traceback" not in done.stderr
    found = json.loads(done.stdout)
    assert found["kind"] == "audio" and found["timeline"] and found["summary"]["voice"]["label"]


@pytest.mark.slow
def test_analyze_prints_a_timeline(data_folder):
    clip = data_folder / "media/01-01-08-02-02-02-01.mp4"
    done = python("-m", "emotion", "analyze", str(clip), "--mode", "simple")
    assert done.returncode == 0, done.stderr
    assert "0.5s" in done.stdout and "face" in done.stdout and "voice" in done.stdout and "together" not in done.stdout


@pytest.mark.slow
def test_analyze_with_my_voice(tmp_path, speech, voice_model):
    note, home, found = write_wav(tmp_path / "note.wav", speech, 16_000), tmp_path / "home", []
    command = ["-m", "emotion", "analyze", str(note), "--model", "fast", "--json"]
    environment = os.environ | {"EMOTION_HOME": str(home)}
    nothing = python(*command, "--my-voice", env=environment)
    assert nothing.returncode == 1 and "page Me" in nothing.stderr and not nothing.stdout
    clips = Clips(voice_model.card["sha256"])
    for label, wave in (("sad", speech), ("angry", speech[::-1])):  # the shipped model is sure that the first is angry
        clips = clips.added(*windows_of(voice_model, wave), label)
    write_clips(clips_file(home, better_voice_model()), clips)
    for more in ([], ["--my-voice"]):
        done = python(*command, *more, env=environment)
        assert done.returncode == 0, done.stderr
        found.append(json.loads(done.stdout)["summary"]["voice"]["probs"])
    assert found[1]["angry"] < found[0]["angry"] - 0.1 and found[1]["sad"] > found[0]["sad"] + 0.1
    assert python(*command[:-1], "--my-voice", "--out", str(tmp_path / "x.csv"), env=environment).returncode == 2


@pytest.mark.parametrize("arguments", [[], ["train", "smell"], ["analyze"], ["analyze", "x.wav", "--max-faces", "0"]])
def test_bad_usage(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2 and "usage: emotion" in capsys.readouterr().err


def test_the_command_and_the_module_are_the_same():
    assert (
        python("-m", "emotion", "--help").stdout
        == python("-c", "from emotion.cli import main; main(['--help'])").stdout
    )
    assert python("-m", "emotion").returncode == 2


@pytest.mark.slow
def test_doctor_on_this_machine():
    assert [f.what for f in doctor.examine() if not f.ok] == []
    done = python("-m", "emotion", "doctor")
    assert done.returncode == 0 and "face_accurate.tflite" in done.stdout and "streamlit" in done.stdout


def test_doctor_finds_missing_and_altered_weights(tmp_path):
    for name in ("face_fast.json", "face_fast.tflite", "voice.json"):
        shutil.copy(MODELS / name, tmp_path)
    for detectors in ("blazeface", "face_mesh"):
        shutil.copytree(MODELS / detectors, tmp_path / detectors)
    with (tmp_path / "face_fast.tflite").open("ab") as f:
        f.write(b"x")
    wrong = [f.what for f in doctor.examine(models=tmp_path) if not f.ok]
    assert len(wrong) == 5 and any(" was altered" in w for w in wrong) and sum(" is missing" in w for w in wrong) == 4
    assert any("face_fast_contempt.json is missing" in w for w in wrong)


def test_doctor_names_a_package_that_is_not_there(tmp_path):
    (tmp_path / "requirements.txt").write_text("numpy==0.1\nno-such-package==1.0  # comment\n")
    findings = {f.what: f for f in doctor.examine(requirements=tmp_path / "requirements.txt")}
    assert not findings["no-such-package is not installed"].ok
    assert any(w.startswith("numpy") and "tested with 0.1" in f.advice for w, f in findings.items())


def test_training_without_a_framework_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "keras", None)  # as where it is not installed
    assert main(["train", "face", "--model", "fast"]) == 1
    assert "[train]" in capsys.readouterr().err


def test_the_pages_without_streamlit_say_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr("emotion.cli.open_app.find_spec", lambda name: None)
    assert main(["app"]) == 1
    assert "[app]" in capsys.readouterr().err
