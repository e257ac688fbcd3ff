"""A store and a clock for recordings."""

from __future__ import annotations

import pytest

from emotion.timeline.store import open_store
from tests.support import Clock


@pytest.fixture
def store(tmp_path):
    return open_store(f"sqlite:///{tmp_path / 'sessions.db'}", home=tmp_path)


@pytest.fixture
def clock() -> Clock:
    return Clock()
