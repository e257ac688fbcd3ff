"""How many processors this process may use: fewer than the machine has, where somebody limits it."""

from __future__ import annotations

import os


def processors() -> int:
    """At least 1. Heeds affinity (taskset, containers with cpusets) where the system knows it."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
