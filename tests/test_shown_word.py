"""The word that is shown does not flicker."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.shown_word import HOLD_S, ShownWord


def answers(second_leads_from_s: float, by: float, *, until_s: float, per_second: int):
    """(time, probabilities): the first word leads, from then on the second one."""
    for i in range(int(until_s * per_second) + 1):
        lead = by / 2 if i / per_second >= second_leads_from_s else -by / 2
        yield i / per_second, np.array([0.45 - lead, 0.45 + lead, 0.1])


@pytest.mark.parametrize("per_second", [5, 30])
def test_a_word_that_leads_a_little_is_shown_after_a_while(per_second):
    """At 5 and at 30 answers a second alike, to within one answer."""
    shown = ShownWord()
    changed = [t for t, p in answers(1.0, 0.04, until_s=3, per_second=per_second) if shown.see(p, t) == 1]
    assert 1 + HOLD_S - 1e-9 <= changed[0] <= 1 + HOLD_S + 1 / per_second and changed[-1] == 3


def test_a_word_that_leads_by_much_is_shown_at_once():
    shown = ShownWord()
    assert [shown.see(p, t) for t, p in answers(1.0, 0.4, until_s=1.2, per_second=10)][-3:] == [1, 1, 1]


def test_one_that_leads_for_a_moment_is_not_shown():
    shown = ShownWord()
    shown.see(np.array([0.5, 0.4, 0.1]), 0.0)
    assert shown.see(np.array([0.44, 0.46, 0.1]), 0.1) == 0
    assert shown.see(np.array([0.5, 0.4, 0.1]), 0.2) == 0
    assert shown.see(np.array([0.44, 0.46, 0.1]), 0.45) == 0, "the time begins anew"
    assert shown.see(np.array([0.44, 0.46, 0.1]), 0.76) == 1
