"""What voice training reads."""

from __future__ import annotations

import numpy as np

from emotion.training.voice_data import SHORTEST_PART, part_of


def test_a_part_of_a_clip_is_a_piece_of_it():
    rng, power = np.random.default_rng(0), np.arange(200.0)[:, None]
    parts = [part_of(power, rng) for _ in range(300)]
    assert all((p == power[int(p[0, 0]) : int(p[0, 0]) + len(p)]).all() for p in parts)
    assert min(map(len, parts)) >= SHORTEST_PART and max(map(len, parts)) > 190
    assert 0.5 < np.mean([p[0, 0] == 0 for p in parts]) < 0.75, "most are its beginning"
    assert len(part_of(power[:10], rng)) == 10, "a clip shorter than the shortest part stays whole"
