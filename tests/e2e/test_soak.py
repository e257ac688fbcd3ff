"""A short soak (`make soak` is the long one): what streams and tabs took is given back."""

from __future__ import annotations

from tests.support_soak import await_return, close_tabs, run_stream, sample_of, start_and_stop

MINUTES, ROUNDS = 0.5, 3
MORE = 0.25  # memory settles only in the long run; here it is only to be seen that it does not run away


def test_streams_and_closed_tabs_leave_nothing_behind(fresh_app, open_browser):
    page = open_browser(allow=False)
    long = run_stream(fresh_app, page, minutes=MINUTES)
    assert max(s.threads for _, s in long[1:]) <= long[1][1].threads + 4, "threads stay as many"
    before = sample_of(fresh_app)
    start_and_stop(fresh_app, page, rounds=ROUNDS)
    close_tabs(fresh_app, page.context.browser, rounds=ROUNDS)
    after, _ = await_return(fresh_app, before, seconds=180, more=MORE)
    assert after.threads <= before.threads
    assert after.memory_mb <= before.memory_mb * (1 + MORE)
