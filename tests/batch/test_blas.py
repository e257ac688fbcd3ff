"""Rows are equal to the last digit whatever BLAS does, NumPy's library of matrix products: threads, kernels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.support import LONG_S, ROOT
from tests.support_batch import assert_same

pytestmark = pytest.mark.slow
pytest.importorskip("threadpoolctl")  # of librosa

VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_CORETYPE")
NEEDS = {"Haswell": "avx2", "Sandybridge": "avx", "Nehalem": "sse4_2", "SkylakeX": "avx512f"}  # in /proc/cpuinfo
PROGRAM = """
import json, sys
from pathlib import Path
from threadpoolctl import threadpool_info
from emotion import audio
from emotion.batch import analyze_files, find_media
from emotion.personal import Clips, windows_of
from emotion.predict import load_voice_model
from emotion.timeline.analysis import analyze

folder, out, sentence, *clips = map(Path, sys.argv[1:])
analyze_files(find_media([folder])[0], out=out / "rows.parquet", face_model="fast", workers=1)

model = load_voice_model()
kept = Clips(model.card["sha256"])
for path in clips:
    kept = kept.added(*windows_of(model, audio.read_audio(path)), "angry" if "-05-" in path.name else "sad")
analyze(sentence, face_model="fast", my_voice=kept).timeline.to_parquet(out / "corrected.parquet")

numpy_blas = [i for i in threadpool_info() if i["user_api"] == "blas" and "numpy" in Path(i["filepath"]).parts[-2]]
print(json.dumps([[i.get("architecture"), i["num_threads"]] for i in numpy_blas]))
"""


def made(clips: Path, data_folder: Path, out: Path, **settings: str) -> tuple[pd.DataFrame, pd.DataFrame, list]:
    """(rows of the folder, rows of a corrected voice, NumPy's BLAS libraries: [[kernel, threads]]) of a new process."""
    actor = data_folder / "ravdess/speech/Actor_01"
    spoken = [
        actor / f"03-01-{emotion}-01-{statement}-01-01.flac" for emotion in ("05", "04") for statement in ("01", "02")
    ]
    out.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, clips, out, actor / "03-01-05-02-01-01-01.flac", *spoken],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if k not in VARIABLES} | settings,
        capture_output=True,
        text=True,
        timeout=2 * LONG_S,
    )
    assert done.returncode == 0, done.stderr
    tables = [pd.read_parquet(out / f"{name}.parquet") for name in ("rows", "corrected")]
    return tables[0], tables[1], json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def plain(clips, data_folder, tmp_path_factory) -> tuple[pd.DataFrame, pd.DataFrame, list]:
    """What comes without any setting."""
    return made(clips, data_folder, tmp_path_factory.mktemp("plain") / "out")


@pytest.mark.parametrize(
    "settings",
    [
        {"OPENBLAS_NUM_THREADS": "1"},
        {"OPENBLAS_NUM_THREADS": "2"},
        {"OPENBLAS_NUM_THREADS": "4"},
        {"OMP_NUM_THREADS": "1"},
        {"OPENBLAS_CORETYPE": "Haswell"},
        {"OPENBLAS_CORETYPE": "Sandybridge", "OPENBLAS_NUM_THREADS": "1"},
        {"OPENBLAS_CORETYPE": "Nehalem"},
        {"OPENBLAS_CORETYPE": "SkylakeX"},
    ],
    ids=lambda s: " ".join(f"{k}={v}" for k, v in s.items()),
)
def test_rows_do_not_depend_on_blas(clips, data_folder, plain, tmp_path, settings):
    kernel = settings.get("OPENBLAS_CORETYPE")
    if kernel and not can_run(kernel):
        pytest.skip(f"this processor cannot run the kernel {kernel}")
    rows, corrected, libraries = made(clips, data_folder, tmp_path / "out", **settings)
    if kernel and not any(library[0] for library in libraries):
        pytest.skip("NumPy uses another BLAS here than OpenBLAS, which has no kernels to choose from")
    assert kernel is None or kernel in {library[0] for library in libraries}, "the process did use that kernel"
    assert rows["voice_label"].notna().any() and rows["face_label"].notna().any()
    assert_same(rows, plain[0])
    assert corrected["voice_label"].notna().any()
    assert_same(corrected, plain[1])


def test_rows_in_this_process_are_those_of_another(alone, plain):
    assert_same(alone[0], plain[0])


def can_run(kernel: str) -> bool:
    """Whether the processor has the instructions that a kernel of OpenBLAS needs."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return False
    return any(NEEDS[kernel] in line.split() for line in lines if line.startswith("flags"))
