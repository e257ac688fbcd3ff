"""No page with figures shows "None", "nan" or more than one decimal."""

from __future__ import annotations

import json

import pytest

from emotion.checkpoint import SERVED
from emotion.evaluation import measurements
from tests.support import run
from tests.support_page_speed import fill_store
from tests.support_page_text import shown, unreadable

pytestmark = pytest.mark.slow  # each test runs whole pages

OPENED = {f"results-{part}": True for part in ("all", "faces", "voices", "together", "published")}
OPENED |= {f"card-{name}": True for name in SERVED}


@pytest.mark.parametrize("page", ["results", "confusion_matrices", "diary", "about"])
def test_figures_are_written_for_readers(page, store):
    fill_store(store)
    app = run(f"pages/{page}.py", **OPENED)
    texts = list(shown(app))
    assert not app.exception and len(texts) > 10
    assert unreadable(texts) == []


@pytest.mark.parametrize("model", ["face_accurate", "voice", "voice fast", "fusion of face_fast and voice"])
def test_so_are_those_of_every_matrix(model):
    app = run("pages/confusion_matrices.py")
    app.selectbox(key="model").select(model).run()
    assert not app.exception and unreadable(shown(app)) == []


def test_an_empty_diary_too(store):
    assert unreadable(shown(run("pages/diary.py"))) == []


@pytest.mark.parametrize(
    "script, wrong",
    [
        ("st.caption('Seed None, today')", "None"),
        ("st.html('<b>nan %</b>')", "not a number"),
        ("st.markdown('accuracy 61.25 %')", "more than one decimal"),
        ("st.metric('UAR', '61.25%')", "more than one decimal"),
        ("st.table({'a': ['12.345']})", "more than one decimal"),
        ("st.dataframe({'UAR %': [61.25]})", "more than one decimal"),
        ("st.dataframe({'UAR %': [None, 'x']})", "None"),
        ("st.expander('None')", "None"),
        ("st.selectbox('a', ['None'])", "None"),
    ],
)
def test_what_is_wrong_is_found(script, wrong):
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_string(f"import streamlit as st\n{script}\nst.caption('62.5 %')").run()
    assert not app.exception
    assert [found.split(":")[0] for found in unreadable(shown(app))] == [wrong]


def test_a_wrong_figure_in_a_measured_file_is_found(tmp_path, monkeypatch):
    """The walk reaches the parts of Results that are folded."""
    for file in measurements.METRICS.glob("*.json"):
        (tmp_path / file.name).write_text(file.read_text())
    file = tmp_path / "voice-channels.json"
    figures = json.loads(file.read_text())
    file.write_text(json.dumps(figures | {"protocol": "None"}))
    monkeypatch.setattr(measurements, "METRICS", tmp_path)
    assert any("None" in found for found in unreadable(shown(run("pages/results.py", **OPENED))))
