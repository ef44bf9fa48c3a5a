"""Runs independent jobs in parallel, in threads or processes; each job uses one thread."""

import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, Literal

from joblib import Parallel, delayed

from credit_scoring.errors import CreditScoringError
from credit_scoring.progress import ReportProgress

Job = Callable[[], Any]
Backend = Literal["threads", "processes"]
PARENT_CHECK_INTERVAL = 1.0  # seconds


def ignore_progress(_done: int, _total: int) -> None:
    """Report nothing."""


def run_parallel(
    jobs: Sequence[Job],
    report: ReportProgress = ignore_progress,
    *,
    workers: int | None = None,
    backend: Backend = "processes",
) -> list[Any]:
    """Return the jobs' results in order; `workers` jobs run at a time (by default one per core).

    The first error ends the run. An error inside another process is a RuntimeError with the
    traceback as text, because not every exception can be sent between processes; a
    CreditScoringError arrives unchanged.
    """
    workers = workers or os.cpu_count() or 1
    in_processes = backend == "processes" and workers > 1
    run = partial(_run_in_process, os.getpid()) if in_processes else _run
    pool = Parallel(
        n_jobs=workers,
        backend="loky" if in_processes else "threading",
        batch_size=1,
        max_nbytes=None,  # a memory-mapped array would have another hash, so another cache key
        return_as="generator_unordered",
    )
    results: list[Any] = [None] * len(jobs)
    finished = pool(delayed(run)(number, job) for number, job in enumerate(jobs))
    for done, (number, result) in enumerate(finished, 1):
        results[number] = result
        report(done, len(jobs))
    return results


def _run(number: int, job: Job) -> tuple[int, Any]:
    return number, job()


def _run_in_process(parent: int, number: int, job: Job) -> tuple[int, Any]:
    _exit_with_parent(parent)
    try:
        return number, job()
    except CreditScoringError:
        raise
    except Exception:  # noqa: BLE001 - any exception is passed on as text
        raise RuntimeError(traceback.format_exc()) from None


@cache
def _exit_with_parent(parent: int) -> None:
    """End this worker process when its parent ends, even if killed; the parent handles Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch_parent() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_CHECK_INTERVAL)
        os._exit(1)

    threading.Thread(target=watch_parent, daemon=True).start()
