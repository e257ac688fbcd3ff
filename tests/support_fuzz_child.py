"""A process of its own that analyses files: a path on stdin, one line of JSON on stdout, again and again.

Models are stand-ins, so that the time goes into reading. Where a decoder crashes, only this process ends.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
import traceback
from pathlib import Path
from unittest.mock import patch

import numpy as np

from emotion.timeline import analysis
from emotion.timeline.kinds import check_holds_something
from emotion.timeline.rows import ROW_SECONDS, AnalysisError
from tests.support_memory import largest_mb

MOST_BYTES = 6 << 30  # of addresses: a file that wants more fails here and not for the whole machine


class Even:
    """A face or voice model with one answer."""

    def __init__(self, classes: int):
        self.classes, self.card = classes, {}

    def predict(self, given: np.ndarray, sample_rate: float | None = None) -> np.ndarray:
        """(N, 7) for crops (N, H, W, 3), (8,) for sound (T,)."""
        shape = self.classes if sample_rate else (len(given), self.classes)
        return np.full(shape, 1 / self.classes, np.float32)


def judged(path: Path, *, annotated: Path | None) -> dict:
    """What becomes of one file: `end` is "result", "refused" or "failed"; `message` says why."""
    begun_s, found = time.process_time(), {}
    try:
        check_holds_something(path)
        result = analysis.analyze(path, face_model="fast", voice_model="fast", annotated=annotated)
        found = {"end": "result", "message": "", "film_s": len(result.timeline) * ROW_SECONDS}
        json.dumps(result.summary)
    except AnalysisError as e:
        found = {"end": "refused", "message": str(e)}
    except BaseException:
        found = {"end": "failed", "message": traceback.format_exc()}
    return found | {"cpu_s": time.process_time() - begun_s, "largest_mb": largest_mb()}


def main() -> None:
    """Serve until stdin ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with (
        patch.object(analysis, "_face_model", lambda name: Even(7)),
        patch.object(analysis, "_voice_model", lambda name: Even(8)),
    ):
        for line in sys.stdin:
            asked = json.loads(line)
            annotated = Path(asked["annotated"]) if asked["annotated"] else None
            print(json.dumps(judged(Path(asked["path"]), annotated=annotated)), file=answers, flush=True)


if __name__ == "__main__":
    main()
