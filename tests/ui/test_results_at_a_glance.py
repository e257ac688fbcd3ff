"""The first screen of Results: dots on an axis, noise as curves, the words of the cards."""

from __future__ import annotations

import re

import pytest

from emotion.evaluation import measurements
from emotion.evaluation.anchors import ANCHORS
from ui.plots.condition_svg import condition_svg
from ui.plots.conditions import Point
from ui.results import at_a_glance
from ui.results.dots import Dot, axis_of, dot_chart
from ui.results.result_tables import corpus_name


@pytest.fixture(scope="module")
def measured() -> dict[str, dict]:
    """The measured files of this repository."""
    return measurements.read_metrics()


@pytest.mark.parametrize(
    ("shares", "ends"),
    [((0.684, 0.765), (0.6, 0.8)), ((0.395, 0.977), (0.3, 1.0)), ((0.7, 0.7), (0.7, 0.8)), ((1.0,), (0.9, 1.0))],
)
def test_an_axis_goes_over_whole_tens(shares, ends):
    assert axis_of(shares) == pytest.approx(ends)


def test_an_interval_of_three_points_is_seen_and_the_ends_of_the_axis_are_named():
    html = dot_chart("Faces", [Dot("this app", 0.684, (0.669, 0.699)), Dot("another", 0.768)])
    assert '<i class="spread" style="left:34.5%;width:15.0%">' in html, "3 points of an axis from 60 to 80"
    assert '<i class="dot" style="left:42.0%">' in html and '<i class="dot" style="left:84.0%">' in html
    assert "<span>60%</span><span>80%</span>" in html and "68.4%" in html and "66.9–69.9" in html


def test_a_spread_that_others_give_is_drawn(measured):
    given = next(a for a in ANCHORS if a.spread is not None)
    row = next(d for d in at_a_glance.beside_others(measured, given.task) if d.name.startswith(given.system))
    assert row.spread == pytest.approx(given.spread / 100)
    html = dot_chart("Voices", [row])
    assert html.count('class="spread"') == 1 and f"± {given.spread:.1f}" in html


def test_each_group_has_its_interval(measured):
    groups = at_a_glance.subgroups(measured)
    assert {"voice, normal intensity", "voice, strong intensity"} < {d.name for d in groups}
    assert all(d.interval and d.interval[0] < d.share < d.interval[1] for d in groups)


def test_answers_of_another_figure_give_no_interval(measured):
    group = measured[measurements.VOICE_NAME]["by_intensity"][0]
    assert at_a_glance._intensity_interval(group)
    assert at_a_glance._intensity_interval(group | {"accuracy": group["accuracy"] - 0.1}) is None


def test_noise_stands_on_the_first_screen_as_curves(measured):
    html = at_a_glance.noise_cards(measured[measurements.CHANNELS_NAME])
    assert html.count("<polyline") == 3 + 3 * 4, "three kinds of noise, an interval at each of four points"
    assert "babble" in html and "telephone" in html and 'role="img" aria-label="accuracy' in html


def test_curves_fall_from_left_to_right_on_the_axis_that_is_given():
    curves = {"hiss": [Point("clean", 0.8, (0.7, 0.9)), Point("5 dB", 0.6, (0.5, 0.7))]}
    drawn = condition_svg(curves, low=0.5, high=0.9, description="accuracy")
    (x, y), (later, lower) = (map(float, at) for at in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', drawn))
    assert x < later and y < lower
    assert (
        ">50%<" in drawn and ">90%<" in drawn and ">40%<" not in drawn and "clean: 80.0% (95%: 70.0 to 90.0)" in drawn
    )


def test_the_cards_say_of_what_they_are_and_have_one_decimal(measured):
    cards = [at_a_glance.face_card(measured), at_a_glance.voice_card(measured), at_a_glance.both_card(measured)]
    words = " ".join(f"{what} {more}" for _, _, what, more in cards)
    assert "of 3,589 web photos right" in words and "of press photos" in words and "there" not in words
    assert re.findall(r"\d%", words) and not re.findall(r"(?<![\d.])\d+%(?!:)|\d %", words)
    assert "68.4%" in at_a_glance._card(("Face", 0.6838, "", ""))


def test_corpora_are_written_as_their_authors_write_them(measured):
    names = " ".join(d.name for d in at_a_glance.elsewhere(measured))
    assert all(f"voice, {name} (" in names for name in ("RAVDESS", "TESS", "nEMO", "ASED"))
    assert corpus_name("tess, never heard") == "TESS, never heard" and corpus_name("another") == "another"
