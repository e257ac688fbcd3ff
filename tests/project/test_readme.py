"""The figures in the README and the model card are those of the files that a command wrote."""

from __future__ import annotations

import re

import pytest

from emotion.evaluation import measurements
from tests.support import ROOT


@pytest.mark.parametrize(
    "file, heading, dated", [("README.md", "## Results", True), ("models/README.md", "## Measured", False)]
)
def test_every_figure_of_the_results_table_is_in_its_file(file, heading, dated):
    table = (ROOT / file).read_text().split(heading)[1].split("## ")[0]
    measured = measurements.read_metrics()
    lines = {m.group(1): line for line in table.splitlines() if (m := re.search(r"<!-- (\S+) -->", line))}
    assert set(lines) == {
        name for name, f in measured.items() if f["kind"] in measurements.MATRIX_KINDS and f["split"] != "test"
    }
    for name, line in lines.items():
        for metric in ("accuracy", "macro_f1", "uar", "ece"):
            assert f"{100 * measured[name][metric]:.1f}" in line, (
                f"{metric} of {name} differs; write the table again from models/metrics"
            )
        assert not dated or measured[name]["date"] in table
