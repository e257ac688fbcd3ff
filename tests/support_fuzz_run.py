"""Damaged files, one after the other, through a child process: each has to end as a result or with a readable message.

python -m tests.support_fuzz_run --seconds 600 --seed 1 [--first 0]
"""

from __future__ import annotations

import argparse
import json
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import ROOT
from tests.support_fuzz import mutant, originals

WAIT_S = 120.0  # a file that has no answer by then hangs
MOST_CPU_S = 20.0  # a file of some kilobytes takes milliseconds; much, as machines differ
MOST_MB = 2000.0  # a header may promise a picture of the largest size that is read (pictures.MAX_PIXELS)
MOST_LINES = 12  # of a failure are shown
ANNOTATED_EVERY = 5  # every so many are also written as an annotated film


@dataclass
class Report:
    """What came of a run."""

    ends: Counter = field(default_factory=Counter)  # result, refused, failed -> files
    failures: list[str] = field(default_factory=list)
    most_cpu_s: float = 0.0
    largest_mb: float = 0.0

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {end}" for end, count in sorted(self.ends.items()))
        return f"{counts}; at most {self.most_cpu_s:.1f} s of computing and {self.largest_mb:.0f} MB"


class Child:
    """The process that reads the files; a new one where it has ended."""

    def __init__(self, log: Path):
        self._log, self._process = log, self._start(log)

    @staticmethod
    def _start(log: Path) -> subprocess.Popen:
        command = [sys.executable, "-X", "faulthandler", "-m", "tests.support_fuzz_child"]
        with log.open("wb") as errors:
            return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)

    def judged(self, path: Path, annotated: Path | None) -> dict:
        """As support_fuzz_child.judged; a crash and a hang are failures, after which a new process stands ready."""
        assert self._process.stdin and self._process.stdout
        self._log.open("wb").close()
        asked = {"path": str(path), "annotated": str(annotated) if annotated else ""}
        try:
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            self._process.stdin.flush()
            with selectors.DefaultSelector() as ready:
                ready.register(self._process.stdout, selectors.EVENT_READ)
                answered = bool(ready.select(WAIT_S))
            answer = self._process.stdout.readline() if answered else b""
        except BrokenPipeError:
            answered, answer = True, b""
        if answer:
            return json.loads(answer)
        if not answered:
            self._process.send_signal(signal.SIGABRT)  # faulthandler writes where it is
        try:
            status = self._process.wait(10)
        except subprocess.TimeoutExpired:
            status = -signal.SIGKILL
        self.close()
        why = f"the process ended with status {status}" if answered else f"no answer in {WAIT_S:.0f} s"
        said = self._log.read_text(errors="replace")
        self._process = self._start(self._log)
        return {"end": "failed", "message": f"{why}\n{said}", "cpu_s": 0.0, "largest_mb": 0.0}

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


def fuzz(seed: int, *, seconds: float, first: int = 0, most_failures: int = 10) -> Report:
    """Damaged files until the time is over. What fails is kept in a folder that its message names."""
    report, kept = Report(), Path(tempfile.mkdtemp(prefix="emotion-fuzz-"))
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        (work / "whole").mkdir()
        files, child, number = originals(work / "whole"), Child(work / "log"), first
        try:
            for path in files:  # so that what fails below fails because of the damage
                found = child.judged(path, None)
                assert found["end"] == "result", f"{path.name}, whole: {found['message']}"
            end_s = time.monotonic() + seconds
            while time.monotonic() < end_s and len(report.failures) < most_failures:
                name, data = mutant(files, seed, number)
                path = work / name
                path.write_bytes(data)
                found = child.judged(path, work / "annotated.mp4" if number % ANNOTATED_EVERY == 0 else None)
                report.ends[found["end"]] += 1
                report.most_cpu_s = max(report.most_cpu_s, found["cpu_s"])
                report.largest_mb = max(report.largest_mb, found["largest_mb"])
                if why := what_is_wrong(found, path):
                    (kept / name).write_bytes(data)
                    report.failures.append(f"seed {seed}, number {number}, kept as {kept / name}: {why}")
                    if found["largest_mb"] > MOST_MB:  # the next files are not to blame
                        child.close()
                        child = Child(work / "log")
                path.unlink()
                number += 1
        finally:
            child.close()
    if not report.failures:
        kept.rmdir()
    return report


def what_is_wrong(found: dict, path: Path) -> str:
    """Why an answer of the child is a failure; "" for a good one."""
    message = found["message"]
    if found["end"] == "failed":
        return "\n".join(message.strip().splitlines()[-MOST_LINES:])
    if found["cpu_s"] > MOST_CPU_S:
        return f"{found['cpu_s']:.0f} s of computing for {found.get('film_s', 0):.0f} s of film {message}"
    if found["largest_mb"] > MOST_MB:
        return f"{found['largest_mb']:.0f} MB of memory"
    return "" if found["end"] == "result" or is_readable(message, path) else f"not a readable message: {message!r}"


def is_readable(message: str, path: Path) -> bool:
    """Whether a message names the file, is one printable line, says something, and is not Python's own."""
    said = message.replace(str(path), "", 1)
    no_words = ("Traceback", "NoneType", "object at 0x", "Error(")
    return said != message and 10 < len(said) < 600 and said.isprintable() and not any(w in said for w in no_words)


def main() -> int:
    """Fuzz as the arguments say; 1 where something failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, metavar="NUMBER")
    parser.add_argument("--most-failures", type=int, default=10)
    args = parser.parse_args()
    report = fuzz(args.seed, seconds=args.seconds, first=args.first, most_failures=args.most_failures)
    print("\n\n".join([*report.failures, str(report)]))
    return bool(report.failures)


if __name__ == "__main__":
    sys.exit(main())
