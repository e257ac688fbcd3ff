"""The store of recorded sessions for the pages: one, shared by all browser sessions."""

from __future__ import annotations

import logging
import time

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from emotion.timeline.store import Store, StoreError, connect_args, database_url, reason_of
from ui.visitor import ITS_LOG, here_or

log = logging.getLogger(__name__)


@st.cache_resource(show_spinner=False)
def _store(url: str) -> Store:
    try:
        # a connection that its server has closed meanwhile is made anew, unseen
        told = connect_args(url)
        engine = st.connection("sessions", type="sql", url=url, pool_pre_ping=True, connect_args=told).engine
    except Exception as e:  # a malformed address, a driver that is not installed
        raise StoreError(
            f"the session database cannot be opened: {e}. Check EMOTION_DATABASE_URL; for PostgreSQL it is "
            "postgresql+psycopg://USER:PASSWORD@HOST/NAME, and psycopg must be installed"
        ) from e
    return Store(engine)


def shared_store() -> Store | None:
    """The store, or None after saying on the page why there is none. Deletes sessions that are too old to keep."""
    try:
        store = _store(database_url())
        store.prune(now_unix_s=time.time())
        return store
    except StoreError as e:
        log.warning("the session database: %s", e)
        st.error(here_or(str(e), f"The session database cannot be opened. {ITS_LOG}"))
        return None
    except SQLAlchemyError as e:
        log.warning("the session database does not answer: %s", reason_of(e))
        why = here_or(f" ({reason_of(e)})", "")
        st.error(
            f"The session database does not answer{why}. Another program may be writing to it, its server may be down, "
            "or the disk may be full. Try again in a moment; nothing that was recorded is lost."
        )
        return None
