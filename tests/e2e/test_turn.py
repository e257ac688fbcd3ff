"""The live stream through a TURN server of one's own (coturn), with no other way allowed to the browser."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.support import free_port
from tests.support_app import start_app
from tests.support_browser import await_frames, await_label, eventually, open_live, returned_frames

USER, PASSWORD = "ada", "a-password-for-this-test"
# of the connection that is open: the kinds of the browser's and of the app's end that are in use
ENDS_IN_USE = """
async () => {
  const connection = window.connections.findLast(c => c.connectionState === 'connected');
  if (!connection) return null;
  const reports = await connection.getStats();
  const transport = [...reports.values()].find(r => r.type === 'transport');
  const pair = reports.get(transport.selectedCandidatePairId);
  return pair && {browser: reports.get(pair.localCandidateId).candidateType, bytes: pair.bytesSent};
}
"""


@pytest.fixture
def turn(tmp_path):
    """The address of a TURN server on this machine, and its log."""
    if not shutil.which("turnserver"):
        pytest.skip("no turnserver on this machine (Debian: apt-get install coturn)")
    port, log = free_port(), tmp_path / "turn.log"
    command = ["turnserver", "-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", f"--listening-port={port}"]
    command += ["--lt-cred-mech", f"--user={USER}:{PASSWORD}", "--realm=emotion", "--no-tls", "--no-dtls", "--no-cli"]
    command += [
        "--allow-loopback-peers",
        "--denied-peer-ip=0.0.0.0-255.255.255.255",
        "--allowed-peer-ip=127.0.0.1",
        "--log-file=stdout",
        f"--pidfile={tmp_path / 'turn.pid'}",
        "--verbose",
    ]
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=tmp_path, stdout=out, stderr=subprocess.STDOUT)
    try:
        eventually("the TURN server", lambda: server.poll() is None and "listener opened" in log.read_text())
        yield f"turn:127.0.0.1:{port}", log
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture
def app_with_turn(turn, tmp_path, monkeypatch):
    monkeypatch.setenv("EMOTION_TURN_URL", turn[0])
    monkeypatch.setenv("EMOTION_TURN_USER", USER)
    monkeypatch.setenv("EMOTION_TURN_PASSWORD", PASSWORD)
    monkeypatch.setenv("EMOTION_ICE_RELAY_ONLY", "1")
    yield from start_app(tmp_path)


def test_the_stream_goes_through_the_turn_server(turn, app_with_turn, open_browser, camera_file):
    page = open_browser(camera=camera_file)
    stream = open_live(page, app_with_turn.url)
    stream.get_by_role("button", name="START").click()
    await_label(page, "face")
    await_frames(stream, after=returned_frames(stream))
    used = stream.locator("body").evaluate(ENDS_IN_USE)
    assert used["browser"] == "relay" and used["bytes"] > 10_000
    assert "ALLOCATE processed, success" in turn[1].read_text()
    stream.get_by_role("button", name="STOP").click()
