"""Figures show the numbers they were given, on backgrounds that suit light and dark."""

import io
from datetime import UTC

import numpy as np
import pytest

from emotion.timeline.days import day_table
from ui.colours import CLEAR, INK, PAPER
from ui.plots import condition_curves, conditions, confusion, day_plots, score_plots, timelines

LABELS = ("angry", "happy", "sad")
COUNTS = np.array([[6, 2, 0], [1, 3, 0], [0, 0, 0]])  # nobody was sad

CHANNELS = [
    {"channel": channel, "accuracy": accuracy, "interval_95": [accuracy - 0.05, accuracy + 0.1]}
    for channel, accuracy in (("clean", 0.6), ("hiss, 5 dB", 0.3), ("telephone", 0.5), ("hiss, 10 dB", 0.4))
]
CELLS = [
    {"face_change": face, "voice_change": voice, "face": at, "voice": 0.5, "hybrid": at + 0.1, "both_judged": 0.9}
    for face, at in (("as it is", 0.6), ("half the light", 0.5), ("a quarter of the light", 0.4), ("turned", 0.3))
    for voice in ("as it is", "hiss, 0 dB")
]


def cells(figure) -> dict:
    """(true, predicted) -> (count, percent) from the clickable layer."""
    return {(d[0], d[1]): (d[2], d[3]) for d in figure.data[-1].customdata}


def test_row_shares_divide_by_the_true_label():
    shares = confusion.row_shares(COUNTS)
    assert shares[0].tolist() == [0.75, 0.25, 0.0]
    assert shares[1].tolist() == [0.25, 0.75, 0.0]
    assert np.isnan(shares[2]).all()


@pytest.mark.parametrize("normalise, first, level", [(True, "75", 0.75), (False, "6", 1.0)])
def test_heatmap_writes_what_was_asked_and_hover_tells_both(normalise, first, level):
    figure = confusion.confusion_heatmap(COUNTS, LABELS, normalise)
    heat = figure.data[0]
    assert heat.z[0][0] == level
    shown = {(y, x): text for trace in figure.data[1:3] for x, y, text in zip(trace.x, trace.y, trace.text)}
    assert shown["angry", "angry"] == first and len(shown) == 9
    assert cells(figure)["angry", "happy"] == (2.0, 25.0)
    assert cells(figure)["sad", "sad"] == (0.0, 0.0)
    assert "customdata[2]" in figure.data[-1].hovertemplate and "customdata[3]" in figure.data[-1].hovertemplate
    assert figure.layout.yaxis.autorange == "reversed"  # the first label stands on top


def test_text_is_light_on_dark_cells_and_dark_on_light_ones():
    dark_text, light_text = confusion.confusion_heatmap(COUNTS, LABELS, True).data[1:3]
    assert dark_text.textfont.color == INK and light_text.textfont.color == PAPER
    assert set(zip(light_text.y, light_text.x)) == {("angry", "angry"), ("happy", "happy")}


def test_chosen_cell_is_framed_where_it_lies():
    frame = confusion.confusion_heatmap(COUNTS, LABELS, chosen=("happy", "angry")).layout.shapes[0]
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (-0.5, 0.5, 0.5, 1.5)


def test_csv_holds_counts_or_shares():
    assert confusion.confusion_csv(COUNTS, LABELS).splitlines() == [
        "true \\ predicted,angry,happy,sad",
        "angry,6,2,0",
        "happy,1,3,0",
        "sad,0,0,0",
    ]
    assert confusion.confusion_csv(COUNTS, LABELS, True).splitlines()[1:] == [
        "angry,0.75000,0.25000,0.00000",
        "happy,0.25000,0.75000,0.00000",
        "sad,,,",
    ]


def test_png_is_a_picture_with_darker_cells_for_more():
    from PIL import Image

    picture = np.asarray(
        Image.open(io.BytesIO(confusion.confusion_png(COUNTS, LABELS, False, "model, split"))).convert("L")
    )
    middle = lambda t, p: picture[110 + 96 * t + 10, 170 + 96 * p + 10]  # a corner of the cell, free of text
    assert middle(0, 0) < middle(1, 1) < middle(0, 1) < middle(0, 2)
    assert picture[2, 2] == 255


def test_reliability_diagram_puts_confidence_across_and_accuracy_up():
    figure = score_plots.reliability_diagram(
        [{"count": 4, "confidence": 0.3, "accuracy": 0.5}, {"count": 16, "confidence": 0.9, "accuracy": 0.75}], 0.1234
    )
    points = figure.data[1]
    assert list(points.x) == [30, 90] and list(points.y) == [50, 75]
    assert points.marker.size[1] > points.marker.size[0]
    assert "12.3" in figure.layout.annotations[0].text


def test_per_class_bars_leave_a_gap_where_nothing_is_defined():
    rows = [
        {"precision": 0.5, "recall": 1.0, "f1": 2 / 3, "support": 3},
        {"precision": 0.0, "recall": None, "f1": None, "support": 0},
    ]
    precision, recall, f1 = score_plots.per_class_bars(rows, LABELS[:2]).data
    assert list(precision.y) == [50, 0] and list(recall.y) == [100, None] and f1.y[0] == pytest.approx(66.67, abs=0.01)


def test_actor_bars_stand_from_lowest_to_highest():
    figure = score_plots.actor_bars(
        [
            {"actor": 1, "gender": "male", "fold": 4, "n": 60, "accuracy": 0.9},
            {"actor": 2, "gender": "female", "fold": 0, "n": 60, "accuracy": 0.4},
        ]
    )
    assert list(figure.layout.xaxis.categoryarray) == ["2", "1"]


def test_every_figure_is_transparent_and_stays_where_it_is():
    table = day_table([], {}, zone=UTC)
    curve = [{"clips_per_class": 1, "uar": {"mean": 0.5, "std": None}}]
    figures = [
        confusion.confusion_heatmap(COUNTS, LABELS),
        score_plots.reliability_diagram([{"count": 4, "confidence": 0.3, "accuracy": 0.5}], 0.1),
        score_plots.per_class_bars([{"precision": 1, "recall": 1, "f1": 1}], LABELS[:1]),
        score_plots.actor_bars([{"actor": 1, "gender": "male", "fold": 4, "n": 60, "accuracy": 0.9}]),
        condition_curves.condition_curves(conditions.noise_points(CHANNELS), across="noise"),
        condition_curves.worse_inputs(CELLS, "face"),
        score_plots.learning_curves({"a corpus": curve}),
        timelines.compared_shares({"first": {"happy": 1.0}, "second": {}}, LABELS),
        day_plots.share_chart(table),
        day_plots.affect_chart(table),
        day_plots.minutes_chart(table),
    ]
    for figure in figures:
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == CLEAR
        assert figure.layout.dragmode is False and figure.layout.xaxis.fixedrange and figure.layout.yaxis.fixedrange


def test_two_timelines_are_compared_label_by_label():
    first, second = timelines.compared_shares({"A": {"sad": 0.25, "happy": 0.75}, "B": {"sad": 1.0}}, LABELS).data
    assert list(first.x) == list(LABELS) and list(first.y) == [0, 0.75, 0.25] and list(second.y) == [0, 0, 1.0]
    assert first.marker.pattern.shape != second.marker.pattern.shape, "the same colours, told apart by their pattern"


def test_noise_grows_to_the_right_from_clean_with_the_intervals_of_the_file():
    figure = condition_curves.condition_curves(conditions.noise_points(CHANNELS), across="noise")
    (hiss,) = figure.data
    assert list(figure.layout.xaxis.ticktext) == ["clean", "10 dB", "5 dB"] and list(hiss.y) == [0.6, 0.4, 0.3]
    assert list(hiss.error_y.array) == pytest.approx([0.1] * 3)
    assert list(hiss.error_y.arrayminus) == pytest.approx([0.05] * 3)


def test_no_interval_is_drawn_where_the_file_has_none():
    points = {"face": [conditions.Point("as it is", 0.6), conditions.Point("dark", 0.5)]}
    assert condition_curves.condition_curves(points, across="").data[0].error_y.visible is False


def test_lines_of_intervals_stand_side_by_side():
    points = [conditions.Point("clean", 0.6, (0.5, 0.7))]
    one, other = condition_curves.condition_curves({"hiss": points, "babble": points}, across="").data
    assert one.x[0] != other.x[0]


def test_worse_inputs_are_joined_within_their_kind_only():
    figure = condition_curves.worse_inputs(CELLS, "face")
    face = next(trace for trace in figure.data if trace.name == "face")
    assert list(face.y) == [0.6, None, 0.5, 0.4, None, 0.3]
    assert list(figure.layout.xaxis.ticktext) == ["as it is", "half the light", "a quarter of the light", "turned"]
