"""Progress within an epoch, with a clock that is turned by hand."""

from __future__ import annotations

import io

import pytest

from tests.support import Clock

pytestmark = pytest.mark.slow
pytest.importorskip("keras")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(out, seconds_per_batch: float) -> str:
    """What is written in one epoch of 100 batches of 8."""
    from emotion.training.epoch_progress import ShowProgress

    clock = Clock()
    progress = ShowProgress(
        batches=100, batch_size=8, seconds_left=lambda: 600 - (clock.now - 100), clock=clock, out=out
    )
    progress.epoch = 2
    progress.on_epoch_begin(0)
    for batch in range(100):
        clock.now += seconds_per_batch
        progress.on_train_batch_end(batch, {"loss": 2.0 - batch / 100})
    progress.on_epoch_end(0)
    return out.getvalue()


def test_a_log_gets_a_line_every_half_minute():
    lines = shown(io.StringIO(), 1.0).splitlines()
    assert [line.split("  ")[2] for line in lines] == [
        "batch 30 of 100 (30%)",
        "batch 60 of 100 (60%)",
        "batch 90 of 100 (90%)",
    ]
    assert lines[0] == ("epoch   3  batch 30 of 100 (30%)  loss 1.710  8 examples/s  9.5 min left")


def test_a_short_epoch_leaves_no_line_in_a_log():
    assert shown(io.StringIO(), 0.1) == ""


def test_a_terminal_has_one_line_that_is_rewritten_and_then_gone():
    text = shown(Terminal(), 0.125)
    pieces = text.split("\r")
    assert "\n" not in text and pieces[-1] == "" and pieces[-2].strip() == ""
    lines = [p for p in pieces if p.strip()]
    assert len(lines) == 50, "not for every batch: at most five a second"
    assert lines[-1].startswith("epoch   3  batch 100 of 100 (100%)")
    widths = [len(p) for p in pieces[1:-1]]
    assert all(b >= len(a.rstrip()) for a, b in zip(pieces[1:-2], widths[1:])), "a longer line before is covered"


def test_a_narrow_terminal_gets_a_line_that_does_not_wrap(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    assert max(map(len, shown(Terminal(), 0.5).split("\r"))) <= 29


def test_a_budget_that_is_over_is_nothing_left():
    from emotion.training.epoch_progress import progress_line

    line = progress_line(epoch=1, batch=1, batches=3, loss=1.0, examples_per_second=12.3, minutes_left=0.0)
    assert line == "epoch   1  batch 1 of 3 (33%)  loss 1.000  12 examples/s  0.0 min left"
