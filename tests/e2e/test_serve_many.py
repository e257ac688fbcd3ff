"""Two processes of the app behind nginx, with one PostgreSQL, as scripts/serve_many.sh starts them."""

from __future__ import annotations

import re
import socket
import urllib.request
from collections import Counter
from contextlib import ExitStack

import psutil
import pytest
from websockets.sync.client import connect

from emotion.processors import processors
from tests.support import LONG_S, wait_until
from tests.support_browser import await_label, open_live
from tests.support_serve import COOKIE, missing, serve_many
from ui.stream_limit import PER_PROCESSOR, VARIABLE

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with serve_many(2, tmp_path_factory.mktemp("served") / "log") as running:
        yield running


def cookie_of(headers) -> str:
    return re.search(rf"{COOKIE}=(\d)", "; ".join(headers.get_all("Set-Cookie")))[1]


def ask(url: str, cookie: str = "") -> str:
    """The number of the process that answers, by the cookie that comes with the answer."""
    request = urllib.request.Request(url, headers={"Cookie": f"{COOKIE}={cookie}"} if cookie else {})
    with urllib.request.urlopen(request, timeout=LONG_S) as answer:
        return cookie_of(answer.headers)


def test_eight_visitors_are_spread_over_both_and_stay(served):
    with ExitStack() as open_connections:

        def come_in() -> str:
            """A visitor opens the page and its WebSocket, which stays open, and goes on asking."""
            mine = ask(served.url)
            page = open_connections.enter_context(
                connect(
                    served.url.replace("http", "ws", 1) + "/_stcore/stream",
                    origin=served.url,
                    subprotocols=["streamlit"],
                    additional_headers={"Cookie": f"{COOKIE}={mine}"},
                )
            )
            assert cookie_of(page.response.headers) == mine
            return mine

        visitors = [come_in() for _ in range(8)]
        assert Counter(visitors) == {"1": 4, "2": 4}
        for mine in visitors:
            assert [ask(served.url + path, mine) for path in ("/", "/_stcore/health", "/sessions")] == [mine] * 3


def test_a_cookie_of_a_process_that_is_not_there_any_more(served):
    assert ask(served.url, "7") in ("1", "2")


def streams_of(served) -> list[int]:
    """What each process of the app is told about its streams."""
    children = psutil.Process(served.process.pid).children()
    return [int(child.environ()[VARIABLE]) for child in children if "streamlit" in child.cmdline()]


def test_both_together_serve_as_many_streams_as_the_machine_can(served):
    said = streams_of(served)
    assert len(said) == 2 and sum(said) == max(2, PER_PROCESSOR * processors())


def test_no_address_of_a_visitor_comes_into_the_log_of_nginx(served):
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=LONG_S) as visitor:
        visitor.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n")
        assert b" 413 " in visitor.recv(1000), "nginx refuses it, which is an error in its log"
    assert "client" not in (served.folder / "logs/nginx.log").read_text()


def at_process(page, served, process: str):
    """The page of a visitor who belongs to this process."""
    page.context.add_cookies([{"name": COOKIE, "value": process, "url": served.url}])
    return page


def test_what_one_process_records_the_other_one_shows(served, open_browser, camera_file):
    first = at_process(open_browser(camera=camera_file), served, "1")
    second = at_process(open_browser(), served, "2")
    stream = open_live(first, served.url)
    stream.get_by_role("button", name="START").click()
    await_label(first, "face")
    first.get_by_role("button", name="Record").click()
    first.locator(".recording").wait_for()
    first.get_by_role("button", name="Stop recording").click()
    first.get_by_text("was recorded").wait_for()

    second.goto(served.url + "/sessions")
    second.get_by_text("Session 1").first.wait_for()
    for page, process in ((first, "1"), (second, "2")):
        assert {c["name"]: c["value"] for c in page.context.cookies()}[COOKIE] == process


def test_nothing_is_left_after_ctrl_c(tmp_path):
    with serve_many(1, tmp_path / "log", **{VARIABLE: "5"}) as running:
        assert streams_of(running) == [5], "as whoever started it has said"
        children = psutil.Process(running.process.pid).children(recursive=True)
        postmaster = int((running.folder / "postgres/data/postmaster.pid").read_text().split()[0])
        assert {"nginx"} <= {c.name() for c in children} and running.folder.is_dir()
    assert running.process.returncode == 130 and not running.folder.exists()
    gone = lambda pid: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    wait_until(lambda: all(gone(pid) for pid in [postmaster, *(c.pid for c in children)]))
