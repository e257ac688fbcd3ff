"""What is kept of a person from one visit to the next: read only for the same models, deleted, never half written."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from emotion.labels import FACE_LABELS
from emotion.person import NOBODY, START_S, NeutralFace, Person, SpeakerCentre
from emotion.remembered import FILE, RememberedError, forget_person, read_person, write_person

TODAY = date(2026, 11, 27)
MODELS = {"face_sha256": "f" * 64, "voice_sha256": "v" * 64}
SOMEBODY = Person(
    NeutralFace(np.log(np.full(len(FACE_LABELS), 1 / 7)), 40.0), SpeakerCentre(np.linspace(-1, 1, 12), 25.0)
)


def test_a_person_comes_back_for_the_same_models_only(tmp_path):
    path = tmp_path / "new" / FILE
    assert read_person(path, **MODELS) == NOBODY
    write_person(path, SOMEBODY, today=TODAY, **MODELS)
    assert [p.name for p in path.parent.iterdir()] == [FILE] and '"kept_on": "2026-11-27"' in path.read_text()
    person = read_person(path, **MODELS)
    np.testing.assert_allclose(person.face.log_probs, SOMEBODY.face.log_probs, atol=1e-4)
    np.testing.assert_allclose(person.voice.offset, SOMEBODY.voice.offset, atol=1e-4)
    assert (person.face.seconds, person.voice.seconds) == (40.0, 25.0)
    other_face = read_person(path, **(MODELS | {"face_sha256": "x"}))
    assert other_face.face is None and other_face.voice is not None
    assert read_person(path, face_sha256="x", voice_sha256="x") == NOBODY


def test_it_is_a_weak_start_that_the_present_soon_outweighs(tmp_path):
    path = tmp_path / FILE
    write_person(path, SOMEBODY, today=TODAY, **MODELS)
    person = read_person(path, **MODELS).weak()
    assert person.face.learned and person.face.seconds == person.voice.seconds == START_S
    assert Person(voice=SpeakerCentre(np.ones(2), 1.0)).weak().voice.seconds == 1.0 and NOBODY.weak() == NOBODY


def test_what_is_not_known_now_stays_as_it_was(tmp_path):
    path = tmp_path / FILE
    write_person(path, SOMEBODY, today=TODAY, **MODELS)
    louder = Person(voice=SpeakerCentre(np.full(12, 2.0), 60.0))
    write_person(path, louder, today=TODAY, **(MODELS | {"face_sha256": "x"}))
    person = read_person(path, **MODELS)
    assert person.face.seconds == 40 and person.voice.seconds == 60
    path.write_text("broken")
    write_person(path, louder, today=TODAY, **MODELS)
    assert read_person(path, **MODELS).face is None


def test_what_was_hardly_seen_is_not_kept(tmp_path):
    glimpse = Person(NeutralFace(SOMEBODY.face.log_probs, 0.04), SOMEBODY.voice)
    write_person(tmp_path / FILE, glimpse, today=TODAY, **MODELS)
    person = read_person(tmp_path / FILE, **MODELS)
    assert person.face is None and person.voice is not None


def test_half_a_person_is_kept_too_and_forgotten_is_forgotten(tmp_path):
    path = tmp_path / FILE
    write_person(path, Person(voice=SOMEBODY.voice), today=TODAY, **MODELS)
    assert read_person(path, **MODELS).face is None
    forget_person(path)
    forget_person(path)
    assert not list(tmp_path.iterdir()) and read_person(path, **MODELS) == NOBODY


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{{"face": {{"weights_sha256": "{}", "log_probs": [1, 2], "seconds": 3}}}}'.format(MODELS["face_sha256"]),
        '{{"voice": {{"weights_sha256": "{}", "offset": [NaN], "seconds": 3}}}}'.format(MODELS["voice_sha256"]),
        '{{"voice": {{"weights_sha256": "{}", "offset": [1], "seconds": -3}}}}'.format(MODELS["voice_sha256"]),
        '{{"voice": {{"weights_sha256": "{}"}}}}'.format(MODELS["voice_sha256"]),
        '{"voice": 3}',
    ],
)
def test_a_file_of_somebody_else_is_not_taken_for_a_person(tmp_path, content):
    path = tmp_path / FILE
    path.write_text(content)
    with pytest.raises(RememberedError, match="delete it and let it learn again"):
        read_person(path, **MODELS)


def test_a_disk_error_says_what_to_do(tmp_path):
    place = tmp_path / "file"
    place.write_text("not a folder")
    with pytest.raises(RememberedError, match="check free disk space"):
        write_person(place / FILE, SOMEBODY, today=TODAY, **MODELS)
    with pytest.raises(RememberedError, match="check the permissions"):
        read_person(tmp_path, **MODELS)
