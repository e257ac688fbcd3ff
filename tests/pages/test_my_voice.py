"""The page Me and what it changes on other pages, with the real models and a real file."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.labels import VOICE_LABELS
from emotion.personal import Clips, PersonalVoice, clips_file, read_clips, windows_of, write_clips
from emotion.predict import VOICE_MODELS, better_voice_model
from tests.support import finished_job, finished_round, html_of, run, write_wav
from ui.kept_clips import delete_clips
from ui.recording import about

pytestmark = pytest.mark.slow  # each test runs whole pages

PAGE = "pages/me.py"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A folder of its own for the kept clips."""
    monkeypatch.setenv("EMOTION_HOME", str(tmp_path))
    return tmp_path


def kept(home, voice_model, *, misleading: bool = False) -> Clips:
    """Two clips each of angry and sad, for which the network gives almost the same answer.

    misleading: clips with the same embedding were acted as different emotions.
    """
    size = len(voice_model.predict_with_embedding(np.zeros(16_000, np.float32), 16_000)[1])
    sound = np.random.default_rng(0).normal(size=size)
    clips = Clips(voice_model.card["sha256"])
    for label, sign in (
        ("angry", 1),
        ("angry", -1 if misleading else 1),
        ("sad", 1 if misleading else -1),
        ("sad", -1),
    ):
        probs = np.full(8, 0.1)
        probs[VOICE_LABELS.index(label)] = 0.11
        clips = clips.added(probs[None] / probs.sum(), sign * sound[None], label)
    write_clips(clips_file(home, better_voice_model()), clips)
    return clips


def words(app) -> str:
    return " ".join(
        str(e.value) for kind in ("caption", "info", "warning", "error", "markdown") for e in getattr(app, kind)
    )


def test_nothing_is_recorded_before_the_notice_is_accepted():
    app = run(PAGE)
    assert not app.exception and "Nothing leaves this machine" in words(app) and not app.button_group


def test_without_clips_live_points_to_the_page_and_nothing_is_corrected():
    app = run(consent=True)
    assert "Teach it on the page Me" in words(app)
    assert not any(t.label == "Use my voice" for t in app.sidebar.toggle)
    assert about(app.session_state["live-session"])["my_voice_clips"] == 0


def test_live_takes_the_clips_and_the_switch(home, voice_model):
    kept(home, voice_model)
    app = run(consent=True)
    assert not app.exception and "with your 4 clips" in html_of(app) and "Teach it" not in words(app)
    session = app.session_state["live-session"]
    corrected = session.voice_model
    assert isinstance(corrected, PersonalVoice) and about(session)["my_voice_clips"] == 4
    app.run()
    assert session.voice_model is corrected, "read and fitted once"
    app.toggle(key="my_voice").set_value(False).run()
    assert (
        not isinstance(session.voice_model, PersonalVoice)
        and about(session)["my_voice_clips"] == 0
        and "with your" not in html_of(app)
    )


def test_practice_tells_scores_with_and_without_the_clips_apart(home, voice_model):
    from emotion.timeline.store import open_store

    kept(home, voice_model)
    result = round_to_keep()
    for on in (True, False):
        assert not run("app.py", consent=True, my_voice=on).exception
        app = run("pages/practice.py", consent=True, my_voice=on, **result)
        assert not app.exception
    models = list(open_store().attempts()["models"])
    open_store().delete_all()
    assert (
        len(models) == 2 and models[0].startswith(models[1]) and models[0] != models[1] and max(map(len, models)) <= 40
    )


def round_to_keep() -> dict:
    """A finished round that is to be kept, as session state."""
    return {"practice-result": finished_round(), "practice-ended_unix_s": 1_700_000_000.0, "keep_scores": True}


def test_a_correction_that_does_worse_is_named(home, voice_model):
    kept(home, voice_model)
    assert "**4** right as shipped, **4** right with your voice" in words(run(PAGE, consent=True))
    kept(home, voice_model, misleading=True)
    text = words(run(PAGE, consent=True))
    assert "**4** right as shipped, **0** right" in text and "does worse" in text and "Use my voice" in text


def test_clips_of_other_weights_are_named_and_not_used(home, voice_model):
    write_clips(
        clips_file(home, better_voice_model()),
        Clips("other weights").added(np.full((1, 8), 0.125), np.zeros((1, 4)), "sad"),
    )
    app = run(PAGE, consent=True)
    assert (
        not app.exception
        and "do not fit this one" in words(app)
        and any(b.label == "Delete my voice" for b in app.button)
    )


def test_each_voice_model_has_its_own_clips_and_deleting_deletes_all(home, voice_model):
    clips = kept(home, voice_model)
    other = next(m for m in VOICE_MODELS if m != better_voice_model())
    write_clips(clips_file(home, other), clips)
    app = run(PAGE, consent=True)
    assert "angry × 2" in words(app)
    next(b for b in app.button if b.label.startswith("Remove the last one")).click().run()
    assert len(read_clips(clips_file(home, other), clips.weights_sha256)) == 4, "the other model's stay"
    clips_file(home, better_voice_model()).unlink()
    app = run(PAGE, consent=True)
    assert f"Clips are kept for the voice model `{other}`" in words(app)
    write_clips(clips_file(home, better_voice_model()), clips)
    delete_clips()
    assert not list(home.iterdir())


def test_a_broken_file_leaves_live_as_shipped(home):
    clips_file(home, better_voice_model()).write_bytes(b"broken")
    app = run(consent=True)
    assert not app.exception and not isinstance(app.session_state["live-session"].voice_model, PersonalVoice)
    assert any("cannot be read; see the page Me" in c.value for c in app.sidebar.caption)
    page = run(PAGE, consent=True)
    assert (
        not page.exception
        and "delete it" in page.error[0].value
        and any(b.label == "Delete my voice" for b in page.button)
    )


def test_a_disk_that_refuses_gets_a_message(home, voice_model):
    kept(home, voice_model)
    clips_file(home, better_voice_model()).with_suffix(".part").mkdir()
    app = run(PAGE, consent=True)
    next(b for b in app.button if b.label.startswith("Remove the last one")).click().run()
    assert not app.exception and "cannot be written" in app.error[0].value and "sad × 2" in words(app)


def test_a_file_is_corrected_only_where_the_person_says_that_the_voice_is_theirs(home, tmp_path, voice_model, speech):
    clips = Clips(voice_model.card["sha256"])
    for label, wave in (("sad", speech), ("angry", speech[::-1])):  # the shipped model is sure that the first is angry
        clips = clips.added(*windows_of(voice_model, wave), label)
    write_clips(clips_file(home, better_voice_model()), clips)
    path, angry = write_wav(tmp_path / "note.wav", speech, 16_000), []
    for mine in (False, True):
        app = run("pages/analyse.py", consent=True, face_model="fast")
        (box,) = [c for c in app.checkbox if c.label == "The voice in it is mine"]
        assert not box.value, "it may be anybody's"
        app.text_input[0].set_value(str(path)).run()
        if mine:
            box.check().run()
        app.button[0].click().run()
        job = finished_job(app.session_state["analysis"])
        app.run()
        assert not app.exception and not job.error and ("with your 2 clips" in words(app)) == mine
        assert app.session_state["analysis-made-with"].get("clips of My voice") == (2 if mine else None)
        angry.append(job.result.summary["voice"]["probs"]["angry"])
    assert angry[1] < angry[0] - 0.1


def test_without_clips_nobody_is_asked_whose_voice_it_is():
    assert [c.label for c in run("pages/analyse.py", consent=True).checkbox] == [
        "Also make a copy of the film with boxes and labels",
        "Learn from the whole file first",
    ]
