"""The recorded sessions as the pages see them: one store, shared by all browser sessions."""
from __future__ import annotations

import time

import streamlit as st

from emotion.store import Store, StoreError, database_url


@st.cache_resource(show_spinner=False)
def _store(url: str) -> Store:
    store = Store(st.connection("sessions", type="sql", url=url).engine)
    store.prune(now_unix_s=time.time())
    return store


def shared_store() -> Store | None:
    """The store, or None after saying on the page why there is none."""
    try:
        return _store(database_url())
    except StoreError as e:
        st.error(str(e))
        return None
