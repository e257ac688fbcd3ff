"""Where files are analysed: in this process, in worker processes or on a Dask cluster.

A file at which its worker dies is left out; no other file is lost.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from typing import Any

from emotion.batch.find import BatchError, Media
from emotion.batch.one_file import Outcome, Settings, analyze_one, failed, one_line
from emotion.processors import processors

ENGINES = ("processes", "dask")
MAX_DEFAULT_WORKERS = 8  # each holds both models, some hundred megabytes; --workers may ask for more
SCHEDULER_TIMEOUT_S = 30
WORKER_DIED = "was left out: the {} that read it died (out of memory, or a fault in a decoder)"


def default_workers() -> int:
    """One per core this process may use, at most MAX_DEFAULT_WORKERS."""
    return min(processors(), MAX_DEFAULT_WORKERS)


def outcomes_of(
    files: list[Media], settings: Settings, *, engine: str, workers: int, scheduler: str | None
) -> Generator[Outcome, None, None]:
    """The outcome of each file, in the order in which they are finished."""
    if engine == "dask":
        return _run_on_dask(files, settings, workers, scheduler)
    if workers == 1:
        return _run_here(files, settings)
    return _run_in_processes(files, settings, workers)


def _run_here(files: list[Media], settings: Settings) -> Generator[Outcome, None, None]:
    for media in files:
        yield analyze_one(media, settings)


def _run_in_processes(files: list[Media], settings: Settings, workers: int) -> Generator[Outcome, None, None]:
    """A worker that dies breaks its pool: its files are tried again, each alone; the others in a new pool."""
    waiting = deque(files)
    while waiting:
        lost: list[Media] = []
        with _pool(workers) as pool:
            running: dict[Future[Outcome], Media] = {}
            while running or (waiting and not lost):
                # two files for each worker: it never waits, and few files are lost when a pool breaks
                while waiting and not lost and len(running) < 2 * workers:
                    try:
                        running[pool.submit(analyze_one, waiting[0], settings)] = waiting[0]
                        waiting.popleft()
                    except BrokenProcessPool:
                        lost.append(waiting.popleft())
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    media = running.pop(future)
                    if isinstance(future.exception(), BrokenProcessPool):
                        lost.append(media)
                    else:
                        yield future.result()
        for media in lost:
            yield _in_a_process_of_its_own(media, settings)


def _in_a_process_of_its_own(media: Media, settings: Settings) -> Outcome:
    with _pool(1) as pool:
        try:
            return pool.submit(analyze_one, media, settings).result()
        except BrokenProcessPool:
            return failed(media, settings, WORKER_DIED.format("process"))


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Fresh interpreters: forking a process that has loaded LiteRT or OpenCV can hang in their thread pools."""
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    parent_lives, held = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(parent_lives,))
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # NumPy reads it when a worker imports it; that is faster
    try:
        yield pool
    finally:
        held.close()
        pool.shutdown(cancel_futures=True)
        parent_lives.close()
        if before is None:
            os.environ.pop("OMP_NUM_THREADS", None)


def _start_worker(parent_lives: Connection) -> None:
    """The pipe closes when the parent ends or is killed; then the worker ends at once, also within a long film."""

    def end_with_parent() -> None:
        try:
            parent_lives.recv_bytes()
        except (EOFError, OSError):
            os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the parent reports it
    threading.Thread(target=end_with_parent, name="emotion-parent", daemon=True).start()
    _one_thread()


def _one_thread() -> None:
    """There are as many workers as cores, so more threads in each would only wait for one another."""
    import cv2

    cv2.setNumThreads(1)


def _analyze_on_dask(media: Media, settings: Settings) -> Outcome:
    _one_thread()
    return analyze_one(media, settings)


def _run_on_dask(
    files: list[Media], settings: Settings, workers: int, scheduler: str | None
) -> Generator[Outcome, None, None]:
    """Dask itself gives the files of a dead worker to another one; a file at which several workers died is left out."""
    try:
        from distributed import Client, KilledWorker, LocalCluster
        from distributed import wait as wait_on_cluster
    except ImportError as e:
        raise BatchError(
            'the engine "dask" needs a package that is not installed; install it: '
            'pip install "dask[distributed]", or leave --engine out'
        ) from e
    with ExitStack() as stack:
        try:
            # no log of its own: what matters arrives here as an error
            cluster = scheduler or stack.enter_context(
                LocalCluster(
                    n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL
                )
            )
            client = stack.enter_context(Client(cluster, timeout=SCHEDULER_TIMEOUT_S))
            client.wait_for_workers(1, timeout=SCHEDULER_TIMEOUT_S)
        except (OSError, ValueError, RuntimeError) as e:  # a timeout is an OSError, a dead worker a RuntimeError
            raise BatchError(
                f"no Dask scheduler with workers answers at {scheduler or 'this machine'} ({one_line(e)}); "
                "check the address, like tcp://host:8786, and that `dask worker` runs"
            ) from e
        waiting = deque(files)
        running: dict[Any, Media] = {}
        # one file per thread: Dask counts a death against every file of the worker; and few results are in memory
        at_once = sum(client.nthreads().values())
        while waiting or running:
            while waiting and len(running) < at_once:
                media = waiting.popleft()
                running[client.submit(_analyze_on_dask, media, settings, pure=False)] = media
            try:
                done = wait_on_cluster(list(running), timeout=SCHEDULER_TIMEOUT_S, return_when="FIRST_COMPLETED").done
                for future in done:
                    media = running.pop(future)
                    try:
                        outcome = future.result()
                    except KilledWorker:
                        outcome = failed(media, settings, WORKER_DIED.format("workers"))
                    yield outcome
            except TimeoutError:
                if not client.nthreads():  # if there are workers, a file takes long
                    raise BatchError(
                        "the Dask cluster has no workers left; start some and run the same command again to go on"
                    ) from None
            except CancelledError as e:
                raise BatchError(
                    f"the Dask cluster went away ({one_line(e)}); run the same command again to go on"
                ) from e
            except ImportError as e:
                raise BatchError(
                    f"a Dask worker cannot import what it needs ({e}); start `dask worker` in this project's folder, "
                    "with its requirements installed"
                ) from e
