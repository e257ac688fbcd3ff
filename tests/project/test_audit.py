"""`make audit` says what was looked up, and does not take "could not look" for "nothing known"."""

from __future__ import annotations

import importlib.util
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.support import ROOT


@pytest.fixture
def audit():
    spec = importlib.util.spec_from_file_location("audit", ROOT / "scripts/audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FINE = {"name": "soxr", "version": "1.1.0", "vulns": []}
HOLE = {"name": "pillow", "version": "1.0", "vulns": [{"id": "CVE-2099-1", "fix_versions": ["1.1"]}]}
UNKNOWN = {"name": "av", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    "answers, status, words",
    [
        ([FINE, FINE], 0, "2 of 2"),
        ([FINE, HOLE], 1, "pillow 1.0: CVE-2099-1, mended in 1.1"),
        ([UNKNOWN, HOLE], 1, "says nothing of them"),
        ([FINE, UNKNOWN], 2, "1 of 2"),
        ([UNKNOWN, UNKNOWN], 2, "0 of 2"),
        ([], 2, "0 of 0"),
        (None, 2, "nothing was looked up"),
    ],
)
def test_the_status_tells_looked_from_not_looked(audit, answers, status, words):
    lines, got = audit.report(answers)
    assert got == status and words in "\n".join(lines)


@pytest.fixture
def index():
    """A package index that knows two files of soxr."""
    names = {"soxr-1.1.0.tar.gz": "2026-02-03T04:05:06Z", "soxr-1.1.0-cp311-abi3-win32.whl": "2026-02-02T00:00:00Z"}
    names["soxr-1.1.0.1.tar.gz"] = "2020-01-01T00:00:00Z"

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802 - the library's name
            self.send_response(200 if self.path == "/soxr/" else 404)
            self.end_headers()
            self.wfile.write(
                json.dumps({"files": [{"filename": n, "upload-time": t} for n, t in names.items()]}).encode()
            )

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_day_of_a_version(audit, index, monkeypatch):
    monkeypatch.setattr(audit, "INDEX", index)
    assert audit.released("soxr", "1.1.0") == "2026-02-02", "of its first file"
    assert audit.released("soxr", "9.9") == audit.released("nothing", "1") == ""


def test_offline_it_says_so_and_ends(audit, index, monkeypatch, capsys):
    monkeypatch.setattr(audit, "INDEX", index + "/nowhere")
    monkeypatch.setattr(audit, "ask_pip_audit", lambda: None)
    assert audit.main() == 2
    assert "could not be asked either" in capsys.readouterr().out


def test_every_pin_is_read(audit):
    pins = audit.pins()
    assert {"streamlit", "psycopg", "opencv-python-headless", "pytest"} <= set(pins) and all(pins.values())
