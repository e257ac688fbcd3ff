"""Damaged files of many formats end as a result or with a readable message (`make fuzz` tries for longer)."""

from __future__ import annotations

import pytest

from tests.support_fuzz import mutant, originals
from tests.support_fuzz_run import fuzz, is_readable

SEED = 1
SECONDS = 30.0


@pytest.mark.slow
def test_no_damage_ends_in_anything_else():
    report = fuzz(SEED, seconds=SECONDS)
    assert not report.failures, "\n\n".join(report.failures)
    assert report.ends["result"] and report.ends["refused"], "some files are still readable, some are not"


def test_a_seed_and_a_number_make_the_same_file_again(tmp_path):
    files = originals(tmp_path)
    assert len(files) > 30
    assert mutant(files, 3, 7) == mutant(files, 3, 7) != mutant(files, 3, 8)
    different = {mutant(files, 3, n)[1] for n in range(50)}
    # now and then a change falls on bytes that are the same already
    assert len(different) >= 45 and len(different & {f.read_bytes() for f in files}) <= 5


def test_what_a_readable_message_is(tmp_path):
    path = tmp_path / "a.mp4"
    assert is_readable(f"{path} cannot be decoded; convert it to MP4", path)
    assert not is_readable("cannot be decoded; convert it to MP4", path), "which file?"
    assert not is_readable(f"{path}: 'NoneType' object has no attribute 'name'", path)
    assert not is_readable(f"{path} cannot\x00 be decoded; convert it", path)
