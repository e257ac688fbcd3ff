"""Colours stand in one place; what cannot take them from there says the same."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.support import ROOT
from ui.colours import PAGE, PRIMARY, TEXT, css_variables
from ui.panels import style

COLOUR = re.compile(r"#[0-9a-f]{3,8}\b")
CSS = (ROOT / "ui" / "style.css").read_text(encoding="utf-8")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_has_the_colours_of_the_palette(theme):
    whole = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    found = whole[theme]
    assert (found["backgroundColor"], found["textColor"]) == (PAGE[theme], TEXT[theme])
    assert whole["primaryColor"] == PRIMARY


def test_the_style_takes_its_colours_from_the_palette():
    own = set(COLOUR.findall(CSS)) - {"#fff"}  # on black, half-transparent
    assert own <= {*PAGE.values(), *TEXT.values(), PRIMARY}, "write it in ui/colours.py and take it as a variable"
    given = set(re.findall(r"(--[\w-]+):", css_variables()))
    assert given and all(f"var({name})" in CSS for name in given) and css_variables() in style()


def test_other_files_of_the_pages_have_no_colours_of_their_own():
    files = [p for folder in ("ui", "pages") for p in (ROOT / folder).rglob("*.py") if p.name != "colours.py"]
    assert not {str(p): found for p in files if (found := COLOUR.findall(p.read_text()))}
