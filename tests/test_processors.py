"""Processors that this process may use, and what follows them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from emotion.processors import processors
from tests.support import ROOT

PROGRAM = """
from emotion.batch.engines import default_workers
from emotion.processors import processors
from emotion.realtime.turns import MODELS
from ui.stream_limit import PER_PROCESSOR, most_streams
print(processors(), MODELS._free, most_streams() // PER_PROCESSOR, default_workers())
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system has no affinity")
def test_a_process_that_may_use_one_processor_counts_one():
    mine = min(os.sched_getaffinity(0))
    done = subprocess.run(
        [sys.executable, "-c", f"import os; os.sched_setaffinity(0, {{{mine}}})\n{PROGRAM}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={k: v for k, v in os.environ.items() if k != "EMOTION_MAX_STREAMS"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-4:] == ["1", "1", "1", "1"]


@pytest.mark.parametrize("counted, expected", [(6, 6), (None, 1)])
def test_where_there_is_no_affinity_the_machine_counts(monkeypatch, counted, expected):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: counted)
    assert processors() == expected
