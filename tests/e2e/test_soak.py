"""A short soak (`make soak` is the long one): what streams and tabs took is given back."""

from __future__ import annotations

import pytest

from tests.support_app import start_app
from tests.support_soak import Sample, await_return, close_tabs, not_kept, run_stream, sample_of, start_and_stop

MINUTES, ROUNDS = 0.5, 3
KEPT_S = 15  # so long Streamlit keeps the session of a closed tab here; 120 s otherwise
# memory settles only in the long run, and the page that is still open keeps the last stream's encoder: here it is only
# to be seen that nothing runs away. A tab that is not let go of leaves five threads and more.
MORE_MEMORY, MORE_THREADS = 0.3, 4


@pytest.fixture
def forgetful_app(tmp_path, monkeypatch):
    monkeypatch.setenv("STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL", str(KEPT_S))
    yield from start_app(tmp_path)


def test_streams_and_closed_tabs_leave_nothing_behind(forgetful_app, open_browser):
    app, page = forgetful_app, open_browser(allow=False)
    long = run_stream(app, page, minutes=MINUTES)
    assert max(s.threads for _, s in long[1:]) <= long[1][1].threads + MORE_THREADS, "threads stay as many"
    assert long[-1][1].memory_mb <= long[1][1].memory_mb * (1 + MORE_MEMORY)
    assert all(s.label_age_ms > 0 for _, s in long), "the face is judged all the time"
    before = sample_of(app)
    start_and_stop(app, page, rounds=ROUNDS)
    close_tabs(app, page.context.browser, rounds=ROUNDS)
    after, back_s = await_return(app, before, seconds=120, more=MORE_MEMORY, more_threads=MORE_THREADS)
    print("before", before, "after", after, f"{back_s:.0f} s")
    assert after.threads <= before.threads + MORE_THREADS
    assert after.memory_mb <= before.memory_mb * (1 + MORE_MEMORY)


def test_what_the_long_soak_says_of_its_figures():
    steady = [(0, Sample(400, 9)), (1, Sample(500, 30)), (30, Sample(520, 31))]
    back = {"3 closed tabs": Sample(505, 9)}
    assert not_kept(steady, Sample(500, 9), back, more=0.05) == []
    grown = [*steady, (31, Sample(526, 31))]
    assert "500 -> 526 MB" in not_kept(grown, Sample(500, 9), back, more=0.05)[0]
    left = not_kept(steady, Sample(500, 9), {"3 closed tabs": Sample(530, 12)}, more=0.05)
    assert len(left) == 2 and left[1] == "3 closed tabs: 9 -> 12 threads"
