"""A click on a confusion matrix: Plotly reports it on the layer above the heat map, so this needs a browser."""

from __future__ import annotations

import cv2
import numpy as np
from playwright.sync_api import expect

from emotion.evaluation.measurements import face_name, read_metrics
from emotion.labels import FACE_LABELS
from emotion.predict import better_face_model
from tests.support_browser import eventually, settled


def test_a_click_on_a_cell_chooses_it(app, open_browser, tmp_path):
    page = open_browser(size=(1200, 1000))
    page.goto(app.url + "/confusion_matrices")
    heat = page.locator(".js-plotly-plot .heatmaplayer image")
    heat.wait_for()
    settled(page)
    measured = read_metrics()[face_name(better_face_model(), "PrivateTest")]  # the page opens with it
    true, predicted = FACE_LABELS.index("happy"), FACE_LABELS.index("angry")
    count, row = measured["confusion"][true][predicted], sum(measured["confusion"][true])

    hover = page.locator(".hoverlayer .hovertext")

    def clicked() -> bool:
        """Point and click as a person does: again, where the page was still moving and the click got lost."""
        heat.scroll_into_view_if_needed()
        box = heat.bounding_box()
        x = box["x"] + box["width"] * (predicted + 0.5) / len(FACE_LABELS)
        y = box["y"] + box["height"] * (true + 0.5) / len(FACE_LABELS)
        page.mouse.move(x + 3, y)
        page.mouse.move(x, y)
        hover.wait_for()
        said = hover.text_content()
        page.mouse.down()
        page.mouse.up()
        try:
            expect(page.get_by_role("combobox", name="Predicted label")).to_have_value("angry", timeout=10_000)
        except AssertionError:
            return False
        assert "true happy, predicted angry" in said and f"{count:g} examples, {100 * count / row:.1f}%" in said
        return True

    eventually("the cell that was clicked", clicked)
    assert page.get_by_role("combobox", name="True label").input_value() == "happy"

    with page.expect_download() as download:
        page.get_by_text("Download PNG").click()
    assert download.value.suggested_filename == f"{measured['model']}-{measured['split']}-row-shares.png"
    download.value.save_as(tmp_path / "matrix.png")
    assert np.ptp(cv2.imread(str(tmp_path / "matrix.png"))) > 200
