"""Somebody looks away, covers the camera, falls silent, mutes, is joined by another: the readouts say so and go on."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.support import write_wav
from tests.support_browser import (
    FPS,
    HEIGHT,
    WIDTH,
    await_label,
    eventually,
    moving_portrait,
    no_error,
    open_live,
    write_y4m,
)

PART_S = 4  # of the film: a face and speech, a wall and a quiet room, black and zeros, two faces and speech


@pytest.fixture(scope="module")
def film(tmp_path_factory, astronaut, speech):
    folder, wall = tmp_path_factory.mktemp("parts"), np.full((HEIGHT, WIDTH, 3), (120, 125, 130), np.uint8)
    pictures = [*list(moving_portrait(astronaut))[: PART_S * FPS]]
    pictures += [wall] * (PART_S * FPS) + [np.zeros_like(wall)] * (PART_S * FPS)
    two = wall.copy()
    small = cv2.resize(astronaut, (WIDTH // 2, WIDTH // 2), interpolation=cv2.INTER_AREA)
    two[: WIDTH // 2] = np.concatenate([small, small[:, ::-1]], axis=1)[:HEIGHT]
    pictures += [two] * (PART_S * FPS)
    part = np.resize(speech, PART_S * 16_000)
    quiet = np.random.default_rng(0).normal(0, 2e-4, len(part)).astype(np.float32)
    sound = np.concatenate([part, quiet, np.zeros_like(part), part])
    return write_y4m(folder / "parts.y4m", pictures), write_wav(folder / "parts.wav", sound, 16_000)


def test_the_readouts_say_why_there_is_no_answer(app, open_browser, film):
    page = open_browser(camera=film[0], microphone=film[1])
    open_live(page, app.url).get_by_role("button", name="START").click()
    await_label(page, "face")
    await_label(page, "together")

    def why(name: str) -> str:
        found = page.locator(f".readout-{name} .why")
        return found.first.inner_text() if found.count() else ""

    for name, reason in (
        ("face", "no face in the picture"),
        ("face", "muted: switched off or covered"),
        ("voice", "silence"),
        ("voice", "muted: switched off or covered"),
    ):
        # the film begins again after its last part
        eventually(f"{name}: {reason}", lambda n=name, r=reason: r in why(n), every=0.1)
    await_label(page, "face")
    assert no_error(page)

    def two_persons() -> bool:
        rows = page.locator(".readout.people tr").count()
        return rows == 2 and "the main one of 2 faces" in page.locator(".readout-face").first.inner_text()

    eventually("a row for each of two persons, and which one is the main one", two_persons, every=0.1)
    eventually("one person again", lambda: page.locator(".readout.people").count() == 0, every=0.1)
    assert no_error(page)
