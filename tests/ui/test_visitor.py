"""Who may see the pages, and what is said where others can reach them without a sign-in."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from tests.support import run
from ui import visitor
from ui.streamlit_webrtc_internals import keep_addresses_out_of_the_log
from ui.visitor import NO_SIGN_IN, OPEN_TO_OTHERS, WITHOUT_SIGN_IN, is_local

HERE = {"Host": "localhost:8501", "Origin": "http://localhost:8501"}


@pytest.mark.parametrize(
    "address, headers, local",
    [
        ("localhost", HERE, True),
        ("127.0.0.1", {"Host": "127.0.0.1:8501"}, True),
        ("::1", {"Host": "[::1]:8501"}, True),
        ("localhost", {}, True),
        ("0.0.0.0", HERE, False),
        ("192.168.1.7", HERE, False),
        (None, HERE, False),
        ("localhost", {"Host": "lab.example"}, False),
        ("localhost", HERE | {"Origin": "https://lab.example"}, False),
        ("localhost", HERE | {"X-Forwarded-For": "203.0.113.9"}, False),
        ("localhost", HERE | {"X-Real-IP": "203.0.113.9"}, False),
        ("localhost", HERE | {"X-Forwarded-Host": "lab.example"}, False),
        ("localhost", HERE | {"Forwarded": "for=203.0.113.9"}, False),
    ],
)
def test_a_visitor_of_another_machine_is_told_by_address_name_or_proxy(address, headers, local):
    assert is_local(address, headers) == local


@pytest.mark.slow
@pytest.mark.parametrize("headers, asked", [(HERE, 1), (HERE | {"X-Forwarded-For": "203.0.113.9"}, 0)])
def test_only_this_machine_is_asked_for_a_path(monkeypatch, headers, asked):
    monkeypatch.setattr(visitor, "request_headers", lambda: headers)
    app = run("pages/analyse.py", consent=True)
    assert not app.exception and len(app.text_input) == asked


ELSEWHERE = HERE | {"X-Forwarded-For": "203.0.113.9"}
NOT_ENDED = "the rest of the page"


def shown(monkeypatch, headers: dict, user: dict | None = None) -> list[str]:
    """What a page says: warnings and errors, and NOT_ENDED where it goes on."""
    monkeypatch.setattr(visitor, "request_headers", lambda: headers)
    monkeypatch.setattr(visitor.st, "user", SimpleNamespace(**(user or {})))
    visitor._log_once.clear()

    def page():
        import streamlit as st

        from ui.visitor import end_without_sign_in

        end_without_sign_in()
        st.text("the rest of the page")

    app = AppTest.from_function(page).run()
    assert not app.exception
    return [e.value for e in (*app.error, *app.sidebar.warning, *app.text)]


@pytest.fixture(autouse=True)
def nothing_allowed(monkeypatch):
    monkeypatch.delenv(WITHOUT_SIGN_IN, raising=False)


@pytest.mark.parametrize("allowed", ["", "0"])
def test_without_a_sign_in_in_front_others_see_nothing_and_the_log_says_why(monkeypatch, caplog, allowed):
    monkeypatch.setenv(WITHOUT_SIGN_IN, allowed)
    assert shown(monkeypatch, ELSEWHERE) == [NO_SIGN_IN] and "docs/remote.md" in NO_SIGN_IN
    assert [r.getMessage() for r in caplog.records if r.name == "emotion"] == [NO_SIGN_IN]
    assert "203.0.113.9" not in caplog.text


def test_where_that_is_allowed_the_page_goes_on_and_says_so_once_in_the_log(monkeypatch, caplog):
    monkeypatch.setenv(WITHOUT_SIGN_IN, "1")
    assert shown(monkeypatch, ELSEWHERE) == [OPEN_TO_OTHERS, NOT_ENDED]
    assert [r.getMessage() for r in caplog.records if r.name == "emotion"] == [OPEN_TO_OTHERS]
    assert "203.0.113.9" not in caplog.text


@pytest.mark.slow
def test_the_app_itself_ends_for_them(monkeypatch):
    monkeypatch.setattr(visitor, "request_headers", lambda: ELSEWHERE)
    app = run(consent=True)
    assert not app.exception and [e.value for e in app.error] == [NO_SIGN_IN]
    assert not app.title and not app.button


@pytest.mark.parametrize(
    "headers, user",
    [
        (HERE, {}),
        (HERE | {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-User": "ada"}, {}),
        ({"Host": "lab.example"}, {"is_logged_in": True}),
    ],
    ids=["this machine", "signed in at the proxy", "signed in with st.login"],
)
def test_nothing_is_said_on_this_machine_and_to_those_who_signed_in(monkeypatch, headers, user):
    assert shown(monkeypatch, headers, user) == [NOT_ENDED]


def test_not_signed_in_with_st_login(monkeypatch):
    assert shown(monkeypatch, {"Host": "lab.example"}, {"is_logged_in": False}) == [NO_SIGN_IN]


@pytest.mark.parametrize("line", ["candidate:1 1 udp 2122 203.0.113.9 50000 typ host", "nonsense 203.0.113.9"])
def test_no_address_of_a_visitor_comes_into_the_log(caplog, line):
    from streamlit_webrtc.webrtc import WebRtcWorker

    keep_addresses_out_of_the_log()
    worker = SimpleNamespace(_added_ice_candidate_ids=set(), add_ice_candidate=lambda candidate: None)
    with caplog.at_level(logging.DEBUG):
        WebRtcWorker.set_ice_candidates_from_offerer(worker, {"1": {"candidate": line, "sdpMid": "0"}})
        logging.getLogger("streamlit_webrtc.webrtc").error("another line")
        logging.getLogger("aioice.ice").info("Check 203.0.113.9")
    assert "another line" in caplog.text and "203.0.113.9" not in caplog.text


def test_without_the_filter_the_library_logs_addresses(caplog):
    """Else the test above would say nothing."""
    from streamlit_webrtc.webrtc import WebRtcWorker, logger

    logger.filters, kept = [], logger.filters
    try:
        with caplog.at_level(logging.DEBUG):
            WebRtcWorker.set_ice_candidates_from_offerer(
                SimpleNamespace(_added_ice_candidate_ids=set()), {"1": {"candidate": "nonsense 203.0.113.9"}}
            )
    finally:
        logger.filters = kept
    assert "203.0.113.9" in caplog.text
