"""The texts are true: links resolve, commands parse, named files exist, public names are described; and readable."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import emotion
from emotion import paths
from emotion.cli import _parser, main
from tests.support import ROOT

TEXTS = sorted(
    p.relative_to(ROOT).as_posix()
    for p in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "models").rglob("*.md")]
)
MAX_LINE = 120
COMMANDS = ("app", "analyze", "train", "evaluate", "benchmark", "doctor")
# a command begins in a code block or in backticks, after settings of the environment and a path to Python
COMMAND = re.compile(rf"^(?:\$ )?(?:\w+=\S+ )*(?:(?:\S*python -m )?emotion) (?=(?:{'|'.join(COMMANDS)})\b)")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def prose_and_code(text: str) -> tuple[list[str], list[str]]:
    """(lines outside code blocks, lines inside them)."""
    prose: list[str] = []
    code: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("```"):
            inside = not inside
        else:
            (code if inside else prose).append(line)
    return prose, code


def anchors(text: str) -> set[str]:
    """The names under which GitHub links the headings of a text."""
    headings = [line.lstrip("#").strip() for line in prose_and_code(text)[0] if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands_in(text: str) -> list[str]:
    """Every command of this project in code blocks and in backticks, without comments."""
    prose, code = prose_and_code(text)
    joined = "\n".join(code).replace("\\\n", " ")
    candidates = joined.splitlines() + re.findall(r"`([^`]+)`", "\n".join(prose))
    found = [(COMMAND.match(line.strip()), line.strip()) for line in candidates]
    return [line[match.end() :].split(" # ")[0].strip() for match, line in found if match]


@pytest.mark.parametrize("name", TEXTS)
def test_relative_links_resolve(name):
    text = text_of(name)
    for target in re.findall(r"\]\(([^)\s]+)\)", "\n".join(prose_and_code(text)[0])):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        path = (ROOT / name).parent / file if file else ROOT / name
        assert path.exists(), f"{name} links {target}, which is not there"
        if anchor:
            assert anchor in anchors(path.read_text(encoding="utf-8")), f"{name} links {target}: no such heading"


@pytest.mark.parametrize("name", TEXTS)
def test_named_files_exist(name):
    for path in re.findall(r"`((?:emotion|ui|pages|tests|docs|models|\.streamlit)/[\w./-]+)`", text_of(name)):
        assert (ROOT / path).exists(), f"{name} names {path}, which is not there"


@pytest.mark.parametrize("name", TEXTS)
def test_commands_parse(name, capsys):
    for command in commands_in(text_of(name)):
        arguments = [a for a in shlex.split(command) if a != "…"]
        if len(arguments) == 1 and command != "app":
            continue  # the command's bare name in a sentence; that it is one was seen by COMMAND
        try:
            _parser().parse_args(arguments)
        except SystemExit:
            pytest.fail(f"{name}: emotion {command}: {capsys.readouterr().err.splitlines()[-1]}")


def test_commands_are_found_in_the_texts():
    found = [c for name in TEXTS for c in commands_in(text_of(name))]
    assert {c.split()[0] for c in found} == set(COMMANDS), "every command is shown somewhere"
    assert "analyze clip.mp4" in found and "train face --model fast --average 97 99 100" in found


@pytest.mark.parametrize("name", TEXTS)
def test_lines_are_not_too_long(name):
    prose, code = prose_and_code(text_of(name))
    long = [line for line in [*prose, *code] if len(line) > MAX_LINE and not line.startswith(("|", "  line ["))]
    # of tables and of the figures of a chart each row is one line
    assert long == [], f"{name}: lines over {MAX_LINE} characters"


def test_every_public_name_is_described():
    api = text_of("docs/api.md")
    assert [name for name in emotion.__all__ if f"emotion.{name}" not in api] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_described(command):
    parser = _parser()._subparsers._group_actions[0].choices[command]
    options = {o for action in parser._actions for o in action.option_strings if o.startswith("--")} - {"--help"}
    text = text_of("docs/training.md" if command == "train" else "docs/api.md")
    assert [o for o in sorted(options) if o not in text] == []


def test_the_layers_name_every_file_and_folder():
    table = text_of("docs/architecture.md").split("## Layers")[1].split("```")[0]
    rooms = [p for p in (ROOT / "emotion").iterdir() if p.suffix == ".py" or (p / "__init__.py").is_file()]
    for room in rooms:
        place = room.relative_to(ROOT).as_posix()
        assert table.count(f"`{place}`") == 1, f"{place} is not in the table of layers, or twice"


def test_evaluate_tables_needs_a_checkout(monkeypatch, capsys):
    monkeypatch.setattr(paths, "CHECKOUT", None)
    assert main(["evaluate", "tables"]) == 1
    assert "checkout" in capsys.readouterr().err


def test_evaluate_tables_changes_nothing_here(capsys):
    before = {name: (ROOT / name).stat().st_mtime_ns for name in TEXTS}
    assert main(["evaluate", "tables"]) == 0
    assert {name: (ROOT / name).stat().st_mtime_ns for name in TEXTS} == before
    assert "README.md: up to date" in capsys.readouterr().out


def test_evaluate_tables_writes_what_was_changed_by_hand(tmp_path, monkeypatch):
    for name in ("README.md", "models/README.md", "docs/experiments.md"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(re.sub(r"(<!-- results:begin -->\n)", r"\1| by hand |\n", text_of(name)), encoding="utf-8")
    monkeypatch.setattr(paths, "CHECKOUT", tmp_path)
    monkeypatch.setattr("emotion.evaluation.measurements.METRICS", tmp_path / "models/metrics")
    monkeypatch.setattr("emotion.evaluation.measurements.read_metrics", _measured_here())
    assert main(["evaluate", "tables"]) == 0
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == text_of("README.md")


def _measured_here():
    from emotion.evaluation.measurements import read_metrics

    measured = read_metrics(Path(paths.MODELS) / "metrics")
    return lambda folder=None: measured
