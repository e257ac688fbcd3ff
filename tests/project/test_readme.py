"""README and model card: short, and every figure in them is that of a file that a command wrote."""

from __future__ import annotations

import re

import pytest

from emotion.checkpoint import SERVED, read_card
from emotion.evaluation import measurements
from emotion.evaluation.tables import TABLES, TEXTS, results_table, with_tables
from emotion.paths import MODELS
from tests.support import ROOT

MAX_WORDS = 900
SHORT_TEXTS = ("README.md", "models/README.md")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SHORT_TEXTS)
def test_it_is_short(name):
    words = len(text_of(name).split())
    assert words <= MAX_WORDS, f"{name} has {words} words; at most {MAX_WORDS}, and details belong into docs/"


def test_the_readme_names_the_two_commands():
    assert "make run" in text_of("README.md") and "make test" in text_of("README.md")


def test_the_card_says_on_what_it_was_trained():
    assert "two CPU cores, without a GPU" in text_of("models/README.md")


def row_of(name: str, table: str) -> list[str]:
    """The cells of the row that links the measurement `name`."""
    rows = [line for line in table.splitlines() if f"/{name}.json)" in line]
    assert len(rows) == 1, f"{name} has {len(rows)} rows in the results table"
    return [cell.strip() for cell in rows[0].strip("|").split("|")]


@pytest.mark.parametrize("text", SHORT_TEXTS)
def test_every_figure_of_the_results_table_is_in_its_file(text):
    measured = measurements.read_metrics()
    table = re.search(r"<!-- results:begin -->(.*?)<!-- results:end -->", text_of(text), re.DOTALL)[1]
    expected = {
        n
        for n, f in measured.items()
        if f["kind"] in measurements.MATRIX_KINDS and f["split"] not in ("test", "PublicTest")
    }
    assert expected <= {m[1] for m in re.finditer(r"/([\w-]+)\.json\)", table)}
    for name in expected:
        cells = row_of(name, table)
        for metric in ("accuracy", "macro_f1", "uar", "ece"):
            assert f"{100 * measured[name][metric]:.1f}" in cells, f"{metric} of {name}: run `emotion evaluate tables`"
        assert measured[name]["date"] in cells and f"{measured[name]['n']:,}" in cells


def test_figures_that_are_means_over_corpora():
    measured = measurements.read_metrics()
    table = "\n".join(results_table(measured, "models/metrics"))
    unheard, personal = measured[measurements.CORPORA_NAME], measured[measurements.PERSONAL_NAME]
    assert f"{100 * unheard['mean_uar']:.1f}" in row_of(measurements.CORPORA_NAME, table)
    assert f"{100 * personal['mean_uar'][-1]:.1f}" in row_of(measurements.PERSONAL_NAME, table)


@pytest.mark.parametrize("name", TEXTS)
def test_the_tables_are_up_to_date(name):
    folder = (
        "models/metrics" if name == "README.md" else "metrics" if name.startswith("models") else "../models/metrics"
    )
    cards = [read_card(model, MODELS) for model in SERVED]
    text = text_of(name)
    assert with_tables(text, measurements.read_metrics(), cards, folder=folder) == text, "run `emotion evaluate tables`"


def test_the_notebook_holds_every_table():
    for name in TABLES:
        assert f"<!-- {name}:begin -->" in text_of("docs/experiments.md")


def test_an_unknown_table_is_named():
    with pytest.raises(ValueError, match="nonsense"):
        with_tables("<!-- nonsense:begin -->\n<!-- nonsense:end -->", {}, [], folder="")
