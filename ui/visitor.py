"""Who sees the pages: only the person at this machine, or others too; and whether those have signed in."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from urllib.parse import urlsplit

import streamlit as st

THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
# a proxy adds them: whoever looks at the page may sit anywhere
PROXY_HEADERS = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded")
USER_HEADER = "X-Forwarded-User"  # the proxy's word that somebody has signed in, and who
OPEN_TO_OTHERS = (
    "Others may reach this app, and no sign-in was seen: they could see the recorded sessions and delete them. What to "
    "do: docs/remote.md."
)


def is_local(address: str | None, headers: Mapping[str, str]) -> bool:
    """Whether nobody else can see the page: the server listens here alone, and no proxy stands in front.

    address: server.address; headers: those of the request that opened the page.
    """
    host = urlsplit("//" + (headers.get("Host") or "localhost")).hostname
    origin = urlsplit(headers.get("Origin") or "http://localhost").hostname
    proxy = any(headers.get(name) for name in PROXY_HEADERS)
    return address in THIS_MACHINE and host in THIS_MACHINE and origin in THIS_MACHINE and not proxy


def only_this_machine() -> bool:
    """is_local for the page that is drawn now."""
    return is_local(st.get_option("server.address"), request_headers())


def request_headers() -> Mapping[str, str]:
    """Of the request that opened the page; names in upper or lower case."""
    return st.context.headers


def signed_in() -> bool:
    """Whether a proxy or Streamlit's own st.login says who the visitor is.

    Only for words on the page: where the app can be reached past the proxy, a visitor can send the header too.
    """
    return bool(request_headers().get(USER_HEADER) or getattr(st.user, "is_logged_in", False))


def warn_of_open_app() -> None:
    """In the sidebar and once in the log, where others can reach the app without a sign-in."""
    if not only_this_machine() and not signed_in():
        st.sidebar.warning(OPEN_TO_OTHERS)
        _log_once()


@st.cache_resource(show_spinner=False)
def _log_once() -> None:
    logging.getLogger("emotion").warning(OPEN_TO_OTHERS)
