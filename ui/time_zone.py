"""The time zone in which pages tell times."""

from __future__ import annotations

from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from dateutil.tz import tzlocal


def local_zone() -> tzinfo:
    """The time zone of the person's browser, else of this machine."""
    try:
        return ZoneInfo(st.context.timezone or "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return tzlocal()
