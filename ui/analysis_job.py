"""The analysis of one file on its own thread, so that the page can show the progress and stop it."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

from emotion.personal import Clips
from emotion.timeline.analysis import Analysis, analyze
from emotion.timeline.rows import AnalysisCancelled, AnalysisError

log = logging.getLogger(__name__)

PREFIX = "emotion-upload-"
ABANDONED_SECONDS = 300.0  # the browser has been gone for this long (the tab was closed): stop


def delete_old_uploads() -> None:
    """Delete uploads that a killed program left behind: the names of their folders hold its process number."""
    if os.name == "nt":  # there, asking whether a process is alive can end it
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}[0-9]*-*"):
        try:
            os.kill(int(folder.name.removeprefix(PREFIX).split("-")[0]), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (OSError, ValueError, OverflowError):  # another person's process, or not a folder of ours
            pass


class AnalysisJob:
    """Owns its thread and a folder of temporary files; the page asks for its state. delete() ends and removes both."""

    def __init__(
        self,
        name: str,
        *,
        data: bytes | None = None,
        path: Path | None = None,
        mode: str,
        face_model: str,
        voice_model: str | None = None,
        max_faces: int,
        annotate: bool = False,
        my_voice: Clips | None = None,
        neutral_s: float | None = None,
        as_it_is: bool = False,
        learn_first: bool = False,
        more_words: bool = False,
        somebody_there: Callable[[], bool] = lambda: False,
    ):
        """Begins at once, with `data` or with `path`.

        data: an uploaded file's bytes, kept in the temporary folder until the end. path: a file on this machine.
        voice_model: None is the better one. my_voice: clips of the person who speaks, as analyze wants them.
        neutral_s: in how many seconds at the beginning the person is neutral. as_it_is, learn_first: see analyze; only
        where neutral_s is not given, and learn_first only without as_it_is. more_words: see analyze.
        somebody_there: whether the browser is still connected, on any page; without it, only reading `running` shows
        that somebody is there.
        """
        self.name, self.share, self.my_voice, self.neutral_s = name, 0.0, my_voice, neutral_s
        self.remaining_s: float | None = None
        self.result: Analysis | None = None
        self.error = ""
        self._folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        # a closed tab sends no message: Streamlit forgets its session and this object, and then the files are deleted
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._somebody_there = somebody_there
        self._stop, self._looked_s = threading.Event(), time.monotonic()
        if data is not None:
            # only the suffix of its name, because a name may hold anything
            path = self._folder / f"upload{Path(name).suffix.lower()[:10]}"
            try:
                path.write_bytes(data)
            except OSError:
                shutil.rmtree(self._folder, ignore_errors=True)
                raise
        self._path = path
        self._film = self._folder / "annotated.mp4" if annotate else None
        self._options = {
            "mode": mode,
            "face_model": face_model,
            "voice_model": voice_model,
            "max_faces": max_faces,
            "my_voice": my_voice,
            "neutral": neutral_s,
            "as_it_is": as_it_is and neutral_s is None,
            "more_words": more_words,
            "learn_first": learn_first and not as_it_is and neutral_s is None,
        }
        self._uploaded = data is not None
        self._thread = threading.Thread(target=self._run, name="emotion-analysis", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it still runs; asking tells the job that someone is there."""
        self._looked_s = time.monotonic()
        return self._thread.is_alive()

    @property
    def film(self) -> Path | None:
        """The annotated MP4, when it is finished."""
        return self._film if self._film and self._film.is_file() else None

    def cancel(self) -> None:
        """Ask the thread to end; returns at once."""
        self._stop.set()

    def delete(self) -> None:
        """End the thread and delete the files."""
        self.cancel()
        self._thread.join(10)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self) -> None:
        try:
            self.result = analyze(
                self._path,
                **self._options,
                annotated=self._film,
                progress=self._progress,
                cancelled=lambda: self._stop.is_set() or self._abandoned(),
            )
        except AnalysisCancelled:
            self.error = "Cancelled. Nothing was kept."
        except AnalysisError as e:
            self.error = str(e).replace(str(self._path), self.name)  # the temporary path means nothing to the person
        except Exception as e:
            log.exception("analysing %s", self.name)
            self.error = f"{self.name} could not be analysed: {e}"
        finally:
            if self._uploaded:
                self._path.unlink(missing_ok=True)
            if self.result is None:
                shutil.rmtree(self._folder, ignore_errors=True)

    def _abandoned(self) -> bool:
        now_s = time.monotonic()
        if now_s - self._looked_s <= ABANDONED_SECONDS:
            return False
        if self._somebody_there():
            self._looked_s = now_s
            return False
        return True

    def _progress(self, share: float, remaining_s: float | None) -> None:
        self.share, self.remaining_s = share, remaining_s
