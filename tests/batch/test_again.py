"""The same output a second time: what is kept, what is analysed again, and what is never replaced."""

from __future__ import annotations

import os
import sys

import cv2
import numpy as np
import pandas as pd
import pytest

from emotion.batch import BatchError, Progress, analyze_files, find_media
from tests.support import write_wav
from tests.support_batch import RATE, assert_same, run

pytestmark = pytest.mark.slow


def test_only_what_is_new_or_changed_is_done_again(three, tmp_path, speech):
    out = tmp_path / "r.parquet"
    first, _, progress = run(three, out, workers=1)
    assert progress == Progress(total=3, reused=0, fresh=3)
    again, _, progress = run(three, out, workers=1)
    assert progress == Progress(total=3, reused=3)
    assert_same(again, first)

    write_wav(three / "1.wav", np.zeros(RATE, np.float32), RATE)
    write_wav(three / "new.wav", speech[16_000:32_000], RATE)
    (three / "2.wav").unlink()
    changed, files, progress = run(three, out, workers=1)
    assert progress == Progress(total=3, reused=1, fresh=2) and list(files.path) == ["0.wav", "1.wav", "new.wav"]
    assert changed[changed.path == "1.wav"].voice_label.isna().all() and "2.wav" not in set(changed.path)
    assert_same(changed, run(three, tmp_path / "fresh.parquet", workers=1)[0])


def test_another_mode_or_time_of_change_does_files_again(three, tmp_path):
    out = tmp_path / "r.parquet"
    run(three, out, workers=1)
    os.utime(three / "0.wav", ns=(0, 0))
    assert run(three, out, workers=1)[2] == Progress(total=3, reused=2, fresh=1)
    rows, files, progress = run(three, out, workers=1, mode="simple")
    assert progress == Progress(total=3, reused=0, fresh=3)
    assert set(files["mode"]) == {"simple"} and not [c for c in rows if c.startswith("together")]


def test_other_files_do_not_take_the_place_of_earlier_results(three, tmp_path, speech):
    run(three, tmp_path / "r.parquet", workers=1)
    (tmp_path / "other").mkdir()
    write_wav(tmp_path / "other/z.wav", speech[16_000:32_000], RATE)
    with pytest.raises(BatchError, match="3 other files.*0.wav"):
        run(tmp_path / "other", tmp_path / "r.parquet", workers=1)
    assert set(pd.read_parquet(tmp_path / "r.parquet")["path"]) == {"0.wav", "1.wav", "2.wav"}


def test_the_number_of_faces_is_the_callers(tmp_path, astronaut):
    (tmp_path / "pictures").mkdir()
    cv2.imwrite(str(tmp_path / "pictures/six.png"), np.tile(astronaut, (2, 3, 1))[..., ::-1])
    for most in (2, 6):
        _, files, _ = run(tmp_path / "pictures", tmp_path / "r.parquet", workers=1, max_faces=most)
        assert list(files["faces_at_most"]) == [most] == list(files["max_faces"])


def test_what_failed_is_tried_again(tmp_path, speech):
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips/1.wav").touch()
    out = tmp_path / "r.parquet"
    assert run(tmp_path / "clips", out, workers=1)[2].failed == 1
    assert run(tmp_path / "clips", out, workers=1)[2] == Progress(total=1, reused=0, failed=1)
    write_wav(tmp_path / "clips/1.wav", speech[16_000:32_000], RATE)
    assert run(tmp_path / "clips", out, workers=1)[1].error.isna().all()


@pytest.mark.skipif(sys.platform == "win32", reason="no file locks there")
def test_two_runs_do_not_write_the_same_results(tmp_path, three):
    media, _ = find_media([three])
    out, refused = tmp_path / "r.parquet", []

    def second_run(progress, error):
        with pytest.raises(BatchError, match="another run is writing"):
            analyze_files(media, out=out, workers=1)
        refused.append(progress.done)

    assert len(analyze_files(media, out=out, workers=1, report=second_run)) == 3 and refused == [0, 1, 2, 3]
    assert len(analyze_files(media, out=out, workers=1)) == 3, "and afterwards it is free again"
