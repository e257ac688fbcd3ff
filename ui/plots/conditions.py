"""Shares under conditions that get worse step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """A share, 0…1, under one condition."""

    condition: str
    share: float
    interval: tuple[float, float] | None = None  # 95%


def noise_points(channels: Sequence[dict]) -> dict[str, list[Point]]:
    """`channels` of evaluate_channels, with names such as "hiss, 10 dB" -> kind of noise -> clean, then ever louder."""
    rows = {row["channel"]: row for row in channels}
    louder: dict[str, dict[int, dict]] = {}
    for channel, row in rows.items():
        kind, _, level = channel.partition(", ")
        if level.endswith(" dB"):
            louder.setdefault(kind, {})[int(level[:-3])] = row
    return {
        kind: [_point("clean", rows["clean"]), *(_point(f"{at} dB", levels[at]) for at in sorted(levels, reverse=True))]
        for kind, levels in louder.items()
    }


def _point(condition: str, row: dict) -> Point:
    low, high = row["interval_95"]
    return Point(condition, row["accuracy"], (low, high))
