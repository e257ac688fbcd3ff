"""The tree: imports point downward and never in a circle, frameworks stay in their places, module names are unique."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.support import ROOT

# From the bottom. A file may import from its own layer and from those below.
LAYERS = [
    {
        "emotion.labels",
        "emotion.paths",
        "emotion.processors",
        "emotion.metrics",
        "emotion.calibration",
        "emotion.certainty",
        "emotion.more_words",
        "emotion.protocols",
    },
    {
        "emotion.runner",
        "emotion.checkpoint",
        "emotion.media",
        "emotion.contempt",
        "emotion.downmix",
        "emotion.audio_frames",
        "emotion.audio",
        "emotion.fusion",
        "emotion.person",
        "emotion.datasets",
    },
    {
        "emotion.face",
        "emotion.mesh",
        "emotion.main_face",
        "emotion.vad",
        "emotion.predict",
        "emotion.reliability",
        "emotion.shown_word",
    },
    {"emotion.judge", "emotion.speaker", "emotion.joint", "emotion.doctor"},
    {"emotion.personal", "emotion.remembered", "emotion.overlay"},
    {"emotion.timeline", "emotion.evaluation"},
    {"emotion.training", "emotion.batch", "emotion.realtime"},
    {"emotion.cli", "emotion.__main__", "emotion"},
    {"ui"},
    {"pages", "app"},
]
# who may import what, anywhere in a file
ONLY_IN = {
    "tensorflow": ("emotion.training",),
    "keras": ("emotion.training",),
    "torch": ("emotion.training",),
    "jax": ("emotion.training",),
    "streamlit": ("ui", "pages", "app"),
    "streamlit_webrtc": ("ui", "pages"),
    "plotly": ("ui", "pages"),
    "aiortc": ("ui",),
    "sqlalchemy": ("emotion.timeline", "emotion.realtime", "ui"),
}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


FILES = {
    name_of(p): p for p in [ROOT / "app.py", *(p for f in ("emotion", "ui", "pages") for p in (ROOT / f).rglob("*.py"))]
}


@cache
def imports(path: Path) -> frozenset[str]:
    """Modules that a file imports, inside functions too. Imports for type checking alone do not count."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            if isinstance(child, ast.Import):
                found.update(a.name for a in child.names)
            elif isinstance(child, ast.ImportFrom) and child.module:
                inner = {f"{child.module}.{a.name}" for a in child.names}
                found.update({name for name in inner if name in FILES} or {child.module})
            else:
                visit(child)

    visit(ast.parse(path.read_text()))
    return frozenset(found)


def place(module: str) -> int:
    """The layer of a module: that of its longest listed beginning."""
    parts = module.split(".")
    for n in range(len(parts), 0, -1):
        for i, layer in enumerate(LAYERS):
            if ".".join(parts[:n]) in layer:
                return i
    raise AssertionError(f"{module} stands in no layer; add it to LAYERS")


def test_imports_point_downward():
    for name, path in FILES.items():
        for module in imports(path) & set(FILES):
            assert place(module) <= place(name), f"{name} imports {module}, which is above it"


def test_nothing_imports_in_a_circle():
    edges = {name: imports(path) & set(FILES) - {name} for name, path in FILES.items()}
    left = dict(edges)
    while ready := [name for name, needs in left.items() if not needs & set(left)]:
        for name in ready:
            del left[name]
    assert not left, f"these import each other: {sorted(left)}"


@pytest.mark.parametrize("library, places", ONLY_IN.items())
def test_libraries_stay_in_their_places(library, places):
    for name, path in FILES.items():
        if any(module.split(".")[0] == library for module in imports(path)):
            assert name.startswith(places), f"{name} imports {library}, which is for {places}"


def test_every_fragment_is_in_a_container_of_its_own():
    found = [name for name, path in FILES.items() if "st.fragment" in path.read_text(encoding="utf-8")]
    assert found == ["ui.fragments"], "use ui.fragments.fragment, which says why"


def test_no_two_modules_share_a_name():
    names = Counter(path.stem for path in FILES.values() if not path.stem.startswith("__"))
    assert [name for name, count in names.items() if count > 1] == []


def test_no_test_imports_from_another_test():
    for path in (ROOT / "tests").rglob("*.py"):
        for module in imports(path):
            assert ".test_" not in module and not module.endswith("conftest"), f"{path} imports {module}"


def test_every_test_folder_has_a_folder_it_is_about():
    folders = {p.name for p in (ROOT / "tests").iterdir() if p.is_dir() and not p.name.startswith("__")}
    packages = {p.name for p in (ROOT / "emotion").iterdir() if p.is_dir() and not p.name.startswith("__")}
    assert folders - {"e2e", "project"} <= packages | {"ui", "pages"}
