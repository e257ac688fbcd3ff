"""What every page keeps to: a text for each picture, and one way to write a percentage."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.support import ROOT

FILES = [p for folder in ("ui", "pages") for p in sorted((ROOT / folder).rglob("*.py"))]
PICTURES = ("plotly_chart", "image")
SPACED = re.compile(r"\d[f}]* %(?![a-zA-Z(%])")  # "68.4 %", "{share:.1f} %"; headings of tables are "F1 %"


def pictures(tree: ast.AST) -> list[ast.Call]:
    """The calls that show a picture or a chart."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in PICTURES
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_picture_has_a_text(path: Path):
    bare = [
        call.lineno for call in pictures(ast.parse(path.read_text())) if "alt" not in {k.arg for k in call.keywords}
    ]
    assert not bare, f"{path}: give alt=, line {bare}"


def test_such_calls_are_found():
    assert len([call for path in FILES for call in pictures(ast.parse(path.read_text()))]) > 10


def said(tree: ast.AST) -> list[str]:
    """Texts of a file; in f-strings each value stands as {:format}. No docstrings."""
    docs = {ast.get_docstring(n, clean=False) for n in ast.walk(tree) if isinstance(n, ast.Module | ast.FunctionDef)}
    joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    inside = {id(part) for whole in joined for part in ast.walk(whole)} - {id(whole) for whole in joined}
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside
    ]
    return [t for t in texts if t not in docs] + [
        "".join(part.value if isinstance(part, ast.Constant) else f"{{{_format(part)}}}" for part in whole.values)
        for whole in joined
    ]


def _format(value: ast.expr) -> str:
    return ast.unparse(value.format_spec)[2:-1] if isinstance(value, ast.FormattedValue) and value.format_spec else ""


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_percentage_is_written_without_a_space(path: Path):
    spaced = [text for text in said(ast.parse(path.read_text())) if SPACED.search(text.replace("F1 %", ""))]
    assert not spaced, f"{path}: {spaced}"


def test_a_space_would_be_found():
    tree = ast.parse('a = "95 % interval"; f"{share:.1f} %"; f"{a} %"; "F1 %"')
    assert [bool(SPACED.search(text.replace("F1 %", ""))) for text in said(tree)].count(True) == 2
