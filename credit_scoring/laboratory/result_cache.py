"""A cache of results on disk, by joblib.Memory: an interrupted run resumes where it stopped.

joblib writes each result to a temporary file and renames it. An incomplete result is therefore
never read, and several processes can share a cache.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from joblib import Memory

from credit_scoring.progress import Progress
from credit_scoring.training.parallel import Backend, run_parallel

CACHE_FOLDER = "kept"  # in the output folder of a command
KEY_DIGITS = 16  # 64 bits


def cache_key(**facts: Any) -> str:
    """Return a short key of everything that results depend on; any change gives another key."""
    content = json.dumps(facts, sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:KEY_DIGITS]


def open_cache(folder: Path, **facts: Any) -> Memory:
    """Return the cache of the results that depend on `facts`, in a folder named after their key."""
    return Memory(folder / cache_key(**facts), verbose=0)


@dataclass(frozen=True)
class CachedRunner:
    """Runs calls in parallel and caches their results; by default one worker per core."""

    cache: Memory
    progress: Progress
    workers: int | None = None

    def run(
        self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]], title: str,
        *, ignore: Sequence[str], backend: Backend = "processes",
    ) -> list[Any]:  # fmt: skip
        """Return the results of the function, one per call; only missing results are computed.

        Each result is stored when it is complete, by the process that computed it. Calls that
        differ only in the arguments `ignore` share a result.
        """
        cached = self.cache.cache(function, ignore=list(ignore))
        missing = {
            position: partial(cached, *call)
            for position, call in enumerate(calls)
            if not cached.check_call_in_cache(*call)
        }
        title = f"{title} ({len(calls) - len(missing)} results cached)"
        with self.progress.step(title) as report:
            jobs = [*missing.values()]
            results = run_parallel(jobs, report, workers=self.workers, backend=backend)
        computed = dict(zip(missing, results, strict=True))
        return [
            computed[position] if position in computed else cached(*call)
            for position, call in enumerate(calls)
        ]
