"""What keeps the app from doing harm: what it offers to whom, what it never runs, and that it tells nobody anything."""

from __future__ import annotations

import ast
import http.client
import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import psutil
import pytest

from tests.support import LONG_S, ROOT
from tests.support_app import start_app

SOURCES = [
    ROOT / "app.py",
    *(p for folder in ("emotion", "ui", "pages", "scripts") for p in (ROOT / folder).rglob("*.py")),
]
# they make objects of a file, and so run what its author wrote
UNSAFE_MODULES = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
UNSAFE_CALLS = {"eval", "exec", "os.system", "os.popen", "yaml.load", "pd.read_pickle"}
UNSAFE_KEYWORDS = {("shell", True), ("allow_pickle", True), ("weights_only", False), ("safe_mode", False)}


def unsafe(code: str) -> list[str]:
    """What in a program can run the contents of a file or a text, one line each."""
    found = []
    for node in ast.walk(ast.parse(code)):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        found += [f"{node.lineno}: import {n}" for n in names if n.split(".")[0] in UNSAFE_MODULES]
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        given = {(k.arg, k.value.value) for k in node.keywords if isinstance(k.value, ast.Constant)}
        if called in UNSAFE_CALLS or called.endswith((".read_pickle", ".to_pickle")):
            found.append(f"{node.lineno}: {called}")
        if called == "torch.load" and ("weights_only", True) not in given:
            found.append(f"{node.lineno}: torch.load without weights_only=True")
        found += [f"{node.lineno}: {name}={value}" for name, value in sorted(given & UNSAFE_KEYWORDS)]
    return found


def test_no_file_is_run_as_a_program():
    found = {p.relative_to(ROOT).as_posix(): unsafe(p.read_text(encoding="utf-8")) for p in SOURCES}
    assert len(found) > 100 and {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from joblib import load",
        "def f():\n import dill as d",
        "eval(text)",
        "exec(text)",
        "os.system(line)",
        "subprocess.run(line, shell=True)",
        "np.load(path, allow_pickle=True)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "yaml.load(text)",
        "pd.read_pickle(path)",
        "table.to_pickle(path)",
    ],
)
def test_each_unsafe_way_is_noticed(code):
    assert len(unsafe(code)) >= 1


@pytest.mark.parametrize(
    "code", ["model.eval()", "np.load(path)", "torch.load(path, weights_only=True)", "run(['x'], shell=False)"]
)
def test_safe_ways_are_not(code):
    assert unsafe(code) == []


def effective(*names: str) -> list:
    """Streamlit's settings as the app is started with them."""
    code = "import sys, json\nfrom streamlit import config\n"
    code += "print(json.dumps([config.get_option(name) for name in sys.argv[1:]]))"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("STREAMLIT_")}
    done = subprocess.run(
        [sys.executable, "-c", code, *names], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_what_streamlit_is_told():
    wanted = {
        "server.address": "localhost",
        "server.allowedHosts": ["localhost", "127.0.0.1", "::1"],
        "server.enableCORS": True,
        "server.corsAllowedOrigins": [],
        "server.enableXsrfProtection": True,
        "server.maxUploadSize": 200,
        "server.enableStaticServing": False,
        "server.enableAgentApi": False,
        "browser.gatherUsageStats": False,
        "global.developmentMode": False,
    }
    assert dict(zip(wanted, effective(*wanted))) == wanted


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    yield from start_app(tmp_path_factory.mktemp("app"))


@pytest.mark.slow
def test_it_listens_on_this_machine_only(app):
    listening = [c.laddr for c in psutil.Process(app.process.pid).net_connections() if c.status == psutil.CONN_LISTEN]
    assert listening and {address.ip for address in listening} <= {"127.0.0.1", "::1"}


def handshake(url: str, host: str, origin: str) -> int:
    """The status with which the app answers a page's wish for a WebSocket; 101: it opens."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=LONG_S)
    connection.putrequest("GET", "/_stcore/stream", skip_host=True)
    for name, value in {
        "Host": host,
        "Origin": origin,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }.items():
        connection.putheader(name, value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.slow
def test_only_pages_of_this_machine_get_a_connection(app):
    here, other = urlsplit(app.url).netloc, "elsewhere.example"
    assert handshake(app.url, here, app.url) == 101
    # a foreign page can give this machine a name of its own (DNS rebinding), and the browser would let it in
    assert handshake(app.url, other, f"http://{other}") == 403
    assert handshake(app.url, other, app.url) == 403
    assert handshake(app.url, here, f"http://{other}") == 403


@pytest.mark.slow
def test_an_upload_without_the_token_is_refused(app):
    request = urllib.request.Request(app.url + "/_stcore/upload_file/session/file", data=b"x", method="PUT")
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(request, timeout=30)
    assert answer.value.code == 403


def test_the_tree_holds_no_file_that_would_have_to_be_unpickled():
    folders = [ROOT / name for name in ("models", "emotion", "ui", "pages")]
    kept = [
        p for folder in folders for p in folder.rglob("*") if p.suffix in {".pkl", ".pickle", ".pt", ".pth", ".joblib"}
    ]
    assert kept == [], "models are LiteRT files and npz without objects"


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash on this machine")
@pytest.mark.parametrize("given", [{}, {"USERS": "/users"}, {"CERTIFICATE": "/c.pem", "KEY": "/k.pem"}])
def test_several_processes_are_not_opened_to_others_without_a_sign_in_and_https(given):
    environment = {"PATH": os.environ["PATH"], "LISTEN": "0.0.0.0", **given}
    done = subprocess.run(
        ["bash", ROOT / "scripts/serve_many.sh", "1"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1 and "set USERS, CERTIFICATE and KEY" in done.stderr
