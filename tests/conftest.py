"""Shared fixtures: real models, real pictures and sound, made or found here."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pylibsrtp  # noqa: F401 - of streamlit-webrtc; crashes when first imported after TensorFlow, which test_models needs
import pytest

from tests.support import ROOT

HOME = tempfile.mkdtemp(prefix="emotion-tests-")  # no test may write where recordings are
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ["EMOTION_HOME"] = HOME
os.environ.pop("EMOTION_DATABASE_URL", None)


@pytest.fixture(scope="session", autouse=True)
def pages_through_the_app():
    """Let every run of AppTest be like a later visit to a server. Without this it would be like the first one, in which
    Streamlit runs a page without app.py (ui.entry). tests/e2e has the first visit."""
    from ui.streamlit_internals import APP_TEST_PAGES_MANAGER, VisitedPagesManager

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(APP_TEST_PAGES_MANAGER, VisitedPagesManager)
        yield


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """A public-domain portrait (NASA), uint8 (512, 512, 3) RGB."""
    import skimage.data

    return skimage.data.astronaut()


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The research data: $EMOTION_DATA, else `data/` in the checkout or `shared/data` beside it; skips without."""
    places = (
        [Path(os.environ["EMOTION_DATA"])]
        if os.environ.get("EMOTION_DATA")
        else [ROOT / "data", ROOT.parent / "shared" / "data"]
    )
    root = next((p for p in places if (p / "fer2013").is_dir()), places[0])
    if not (root / "fer2013").is_dir():
        pytest.skip(f"the data sets are not at {root}; set EMOTION_DATA to run this test")
    return root


@pytest.fixture(scope="session")
def speech(data_folder) -> np.ndarray:
    """A RAVDESS sentence, float32 (T,) at 16 kHz."""
    from emotion.audio import read_audio

    return read_audio(data_folder / "ravdess/speech/Actor_01/03-01-05-02-01-01-01.flac")


@pytest.fixture(scope="session")
def face_model():
    from emotion.predict import load_face_model

    return load_face_model("fast")


@pytest.fixture(scope="session")
def voice_model():
    from emotion.predict import load_voice_model

    return load_voice_model()
