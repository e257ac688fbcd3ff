"""The app behind nginx with HTTPS and a password: who has none gets nothing, who has one gets the camera too."""

from __future__ import annotations

import base64
import shutil
import ssl
import subprocess
import urllib.error
import urllib.request

import cv2
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.support import LONG_S
from tests.support_browser import await_label, eventually, go, open_live
from tests.support_serve import missing, serve_many
from ui.visitor import NO_SIGN_IN, OPEN_TO_OTHERS

pytestmark = pytest.mark.skipif(
    bool(missing()) or not shutil.which("openssl"), reason=f"not on this machine: {missing() or 'openssl'}"
)
USER, PASSWORD = "ada", "correct horse"
TRUSTING = ssl.create_default_context()
TRUSTING.check_hostname, TRUSTING.verify_mode = False, ssl.CERT_NONE


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sign-in")
    openssl = lambda *words: subprocess.run(["openssl", *words], check=True, capture_output=True, text=True).stdout
    certificate, key, users = folder / "certificate.pem", folder / "key.pem", folder / "users"
    openssl(
        *"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost".split(), "-keyout", key, "-out", certificate
    )
    users.write_text(f"{USER}:{openssl('passwd', '-apr1', PASSWORD)}")
    folder.chmod(0o711)  # nginx reads the names as whoever started it
    settings = {"USERS": users, "CERTIFICATE": certificate, "KEY": key}
    with serve_many(1, folder / "log", **{name: str(path) for name, path in settings.items()}) as running:
        yield running


def authorization(password: str | None) -> dict[str, str]:
    given = base64.b64encode(f"{USER}:{password}".encode()).decode()
    return {"Authorization": f"Basic {given}"} if password is not None else {}


@pytest.mark.parametrize("password, status", [(None, 401), ("wrong", 401), (PASSWORD, 200)])
@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/media/x"])
def test_nothing_without_the_password(served, path, password, status):
    request = urllib.request.Request(served.url + path, headers=authorization(password))
    try:
        with urllib.request.urlopen(request, timeout=LONG_S, context=TRUSTING) as answer:
            got = answer.status
    except urllib.error.HTTPError as e:
        got = e.code
    assert got == (404 if (path, status) == ("/media/x", 200) else status)


@pytest.mark.parametrize("password", [None, PASSWORD])
def test_no_websocket_without_the_password(served, password):
    def opened():
        address = served.url.replace("https", "wss", 1) + "/_stcore/stream"
        return connect(address, origin=served.url, additional_headers=authorization(password), ssl=TRUSTING)

    if password is None:
        with pytest.raises(InvalidStatus, match="401"):
            opened()
    else:
        with opened() as connection:
            assert connection.response.status_code == 101


def test_who_signed_in_has_camera_and_pages_and_may_type_no_path(served, open_browser, camera_file, astronaut):
    page = open_browser(
        camera=camera_file,
        ignore_https_errors=True,
        http_credentials={"username": USER, "password": PASSWORD},
    )
    stream = open_live(page, served.url)
    for words in (NO_SIGN_IN, OPEN_TO_OTHERS):
        assert page.get_by_text(words).count() == 0, "nginx says who has signed in"
    stream.get_by_role("button", name="START").click()
    await_label(page, "face")
    go(page, "Analyse a file")
    page.get_by_text("Image, sound or video of any format").wait_for()
    assert page.get_by_text("or the path of a file on this machine").count() == 0
    analyse = page.get_by_role("button", name="Analyse", exact=True)
    assert analyse.is_disabled()
    picture = {"name": "face.png", "mimeType": "image/png", "buffer": cv2.imencode(".png", astronaut)[1].tobytes()}
    page.locator("input[type=file]").set_input_files(picture)
    eventually("the upload", analyse.is_enabled)
