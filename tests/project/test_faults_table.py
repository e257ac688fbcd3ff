"""docs/faults.md names tests that exist, and every test of faults stands in it."""

from __future__ import annotations

import ast
import re

from tests.support import ROOT

TEXT = (ROOT / "docs/faults.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`([\w/]+\.py)::(test_\w+)`", TEXT)


def names_in(path) -> set[str]:
    """The names of the tests in a file."""
    return {n.name for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)}


def test_every_row_names_a_test_that_exists():
    rows = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| fault")]
    assert len(rows) > 20
    for row in rows:
        fault, *_, tests = row.strip("| ").split(" | ")
        named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", tests)
        assert named, f"no test for: {fault}"
        for file, name in named:
            assert name in names_in(ROOT / "tests" / file), f"{file} has no {name}"


def test_every_test_of_faults_stands_in_the_table():
    for path in sorted((ROOT / "tests").rglob("test_*faults.py")):
        file = path.relative_to(ROOT / "tests").as_posix()
        missing = {name for name in names_in(path) if name.startswith("test_")} - {n for f, n in NAMED if f == file}
        assert not missing, f"{file}: {sorted(missing)} stand in no row of docs/faults.md"
