"""Live learns what is neutral for a face: a person who rests and then smiles slightly, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.datasets import load_portraits
from emotion.evaluation.own_neutral import changed, learned_from
from emotion.evaluation.portraits import portrait_crop
from emotion.labels import FACE_LABELS
from emotion.remembered import FILE
from tests.support_browser import (
    HEIGHT,
    WIDTH,
    await_label,
    await_threads_gone,
    choose_source,
    eventually,
    go,
    label,
    no_error,
    open_live,
    write_y4m,
)

RESTS_S, SMILES_S, PICTURES_A_SECOND = 24, 6, 5
HAPPY, NEUTRAL = FACE_LABELS.index("happy"), FACE_LABELS.index("neutral")


@pytest.fixture(scope="module")
def slight_smile(tmp_path_factory, data_folder, face_model) -> Path:
    """Somebody of the London set whose smile the model takes for neutral until it knows the neutral face."""
    people: dict[str, dict[str, Path]] = {}
    best, found = 0.0, None
    for portrait in load_portraits("london", data_folder):
        people.setdefault(portrait.person, {})[portrait.label] = portrait
    for pictures in people.values():
        if set(pictures) != {"neutral", "happy"}:
            continue
        rest, smile = (face_model.predict(portrait_crop(pictures[k])[0][None])[0] for k in ("neutral", "happy"))
        known = changed(learned_from(rest[None], [RESTS_S / 2]), smile)
        margin = min(smile[NEUTRAL] - smile[HAPPY], known[HAPPY] - known[NEUTRAL])
        if margin > best:
            best, found = margin, pictures
    assert found, "nobody's smile is slight enough for this test"
    shown = [_framed(cv2.imread(str(found[k].path))) for k in ("neutral", "happy")]
    frames = [shown[0]] * (RESTS_S * PICTURES_A_SECOND) + [shown[1]] * (SMILES_S * PICTURES_A_SECOND)
    return write_y4m(tmp_path_factory.mktemp("smile") / "smile.y4m", frames, fps=PICTURES_A_SECOND)


def _framed(picture: np.ndarray) -> np.ndarray:
    """A picture (BGR) in the middle of a camera's frame (RGB)."""
    scale = HEIGHT / picture.shape[0]
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[:, :WIDTH]
    frame = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    left = (WIDTH - small.shape[1]) // 2
    frame[: small.shape[0], left : left + small.shape[1]] = cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
    return frame


def note(page) -> str:
    """What stands under the face's answer."""
    return page.locator(".readout-face").inner_text()


def test_a_slight_smile_is_told_once_the_neutral_is_known(app, open_browser, slight_smile):
    page = open_browser(camera=slight_smile)
    stream = open_live(page, app.url)
    choose_source(page, "Camera only")
    stream.get_by_role("button", name="START").click()
    await_label(page, "face")
    eventually("the neutral that was learned", lambda: "changed from your neutral (learned from" in note(page))
    eventually("the smile", lambda: "happy" in label(page, "face"), seconds=4 * (RESTS_S + SMILES_S))

    # as it is, and back
    page.get_by_text("Adapt to each person", exact=True).click()
    eventually("answers as they are", lambda: "changed from" not in note(page))
    page.get_by_text("“Adapt to each person” is off").wait_for()
    page.get_by_text("Adapt to each person", exact=True).click()
    eventually("answers that are changes", lambda: "changed from your neutral" in note(page))

    page.get_by_role("button", name="This is my neutral").click()
    page.get_by_text("Rest your face and look at the camera").wait_for()
    eventually("the neutral that was taken", lambda: re.search(r"taken for 5 s", note(page)))
    stream.get_by_role("button", name="STOP").click()
    await_threads_gone(app)


def test_a_plain_sentence_is_taken_and_the_neutral_kept_and_deleted(fresh_app, open_browser, microphone_file):
    page = open_browser(microphone=microphone_file)
    stream = open_live(page, fresh_app.url)
    choose_source(page, "Microphone only")
    stream.get_by_role("button", name="START").click()
    await_label(page, "voice")
    voice = page.locator(".readout-voice")
    eventually("what was learned", lambda: "changed from your neutral (learned from" in voice.inner_text())
    page.get_by_role("button", name="This is my neutral").click()
    page.get_by_text("of speech are still needed").wait_for()
    page.get_by_text("of speech are still needed").wait_for(state="detached")  # it was said
    remember = page.get_by_role("button", name="Remember my neutral")
    kept = fresh_app.home / FILE
    assert not kept.exists()
    remember.click()
    page.get_by_role("button", name="Keep it").click()
    eventually("the file", kept.exists)
    stream.get_by_role("button", name="STOP").click()
    await_threads_gone(fresh_app)

    go(page, "Me")
    main = page.get_by_test_id("stMain")
    main.get_by_text(re.compile(r"^voice \d+ s")).wait_for()
    page.get_by_role("button", name="Delete my neutral").click()
    main.get_by_text("Nothing is kept.").wait_for()
    assert not kept.exists() and no_error(page)
