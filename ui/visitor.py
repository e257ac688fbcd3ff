"""Who sees the pages: only the person at this machine, or others too; and whether those have signed in."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

import streamlit as st

THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
# a proxy adds them: whoever looks at the page may sit anywhere
PROXY_HEADERS = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded")
USER_HEADER = "X-Forwarded-User"  # the proxy's word that somebody has signed in, and who
WITHOUT_SIGN_IN = "EMOTION_WITHOUT_SIGN_IN"  # 1: whoever runs the app lets others in without one
NO_SIGN_IN = (
    "This app is open to others without a sign-in, so it shows nothing. Whoever runs it: put a sign-in in front "
    f"(docs/remote.md), or set `{WITHOUT_SIGN_IN}=1` where everybody who can reach it may see and delete what is "
    "recorded."
)
ITS_LOG = "Whoever runs this app finds the reason in its log."
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


def here_or(words: str, for_others: str) -> str:
    """Words that name a path or an address of this machine, for its own browser only; what others read instead."""
    return words if only_this_machine() else for_others


def with_reason(words: str, why: object) -> str:
    """Words and the reason, which may name a path, for this machine's own browser; others are told of the log."""
    return here_or(f"{words}: {why}", f"{words}. {ITS_LOG}")


def signed_in() -> bool:
    """Whether a proxy or Streamlit's own st.login says who the visitor is.

    Where the app can be reached past the proxy, a visitor can send the header too: the app has to listen on localhost.
    """
    return bool(request_headers().get(USER_HEADER) or getattr(st.user, "is_logged_in", False))


def end_without_sign_in() -> None:
    """End the page for a visitor of elsewhere who has not signed in; where that is allowed, only warn."""
    if only_this_machine() or signed_in():
        return
    if os.environ.get(WITHOUT_SIGN_IN) == "1":
        st.sidebar.warning(OPEN_TO_OTHERS)
        _log_once(OPEN_TO_OTHERS)
        return
    _log_once(NO_SIGN_IN)
    st.error(NO_SIGN_IN)
    st.stop()


@st.cache_resource(show_spinner=False)
def _log_once(words: str) -> None:
    logging.getLogger("emotion").warning(words)
