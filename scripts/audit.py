"""Known security holes in the libraries of .venv, by pip-audit; where its service cannot be asked, how old each pin is.

    python scripts/audit.py          (make audit)

Exit status: 0 looked, nothing known; 1 looked, something known; 2 could not look for some or all.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INDEX = "https://pypi.org/simple"  # the Simple API, which pip itself asks
SECONDS = 300
CLEAN, KNOWN, NOT_LOOKED = 0, 1, 2


def pins() -> dict[str, str]:
    """Name -> version, of all requirements files."""
    found: dict[str, str] = {}
    for file in sorted(ROOT.glob("requirements*.txt")):
        lines = file.read_text(encoding="utf-8").splitlines()
        matches = (re.match(r"([A-Za-z0-9._-]+)(?:\[[\w,]+\])?==([^\s#;]+)", line) for line in lines)
        found.update((m[1], m[2]) for m in matches if m)
    return found


def ask_pip_audit() -> list[dict] | None:
    """Its answer for each installed library, from a virtual environment of its own; None where it cannot be had."""
    with tempfile.TemporaryDirectory(prefix="emotion-audit-") as folder:
        python = Path(folder) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        command = [python, "-m", "pip_audit", "--path", sysconfig.get_path("purelib")]
        command += ["--format", "json", "--progress-spinner", "off"]
        try:
            venv.create(folder, with_pip=True)
            install = [python, "-m", "pip", "install", "--quiet", "pip-audit"]
            subprocess.run(install, check=True, capture_output=True, timeout=SECONDS)
            said = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS).stdout
            return json.loads(said)["dependencies"]
        except (OSError, ValueError, KeyError, subprocess.SubprocessError):
            return None


def released(name: str, version: str) -> str:
    """The day on which the first file of a version came to the index, "" if the index does not tell."""
    accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
    plain = re.sub(r"[-_.]+", "-", name).lower()
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{INDEX}/{plain}/", headers=accept), timeout=20) as answer:
            files = json.load(answer)["files"]
    except (OSError, ValueError, KeyError):
        return ""
    # NAME-VERSION.tar.gz or NAME-VERSION-py3-none-any.whl
    of_version = re.compile(rf"{plain.replace('-', '[-_.]+')}-{re.escape(version)}(-|\.tar\.gz|\.zip)", re.IGNORECASE)
    days = sorted(f.get("upload-time", "")[:10] for f in files if of_version.match(f["filename"]))
    return days[0] if days else ""


def report(answers: list[dict] | None) -> tuple[list[str], int]:
    """pip-audit's answers -> lines to print, exit status. A library that it passed over counts as not looked at."""
    if answers is None:
        return ["pip-audit could not be installed or gave no answer: nothing was looked up."], NOT_LOOKED
    known = [
        f"{a['name']} {a['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no version yet'}"
        for a in answers
        for hole in a.get("vulns", [])
    ]
    skipped = sum("skip_reason" in a for a in answers)
    lines = [f"{len(answers) - skipped} of {len(answers)} installed libraries were looked up.", *known]
    if skipped:
        lines.append("The others are not known to the service, or it could not be asked: that says nothing of them.")
    return lines, KNOWN if known else NOT_LOOKED if skipped or not answers else CLEAN


def main() -> int:
    """Look and print; returns the exit status."""
    answers = ask_pip_audit()
    lines, status = report(answers)
    print(*lines, sep="\n")
    if answers is None or all("skip_reason" in a for a in answers):
        dates = {f"{name} {version}": released(name, version) for name, version in pins().items()}
        if any(dates.values()):
            print("Instead, when each pinned version was released:")
            print(*(f"  {day or 'not told  '}  {pin}" for pin, day in dates.items()), sep="\n")
        else:
            print("The package index could not be asked either.")
    return status


if __name__ == "__main__":
    sys.exit(main())
