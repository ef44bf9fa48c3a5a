"""A cache of results on disk, by joblib.Memory: an interrupted run resumes where it stopped.

joblib writes each result to a temporary file and renames it. An incomplete result is therefore
never read, and several processes can share a cache.
"""

import hashlib
import json
from collections.abc import Sequence
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


def run_cached(
    function: Any, calls: Sequence[tuple[Any, ...]], progress: Progress, title: str,
    *, workers: int | None = None, backend: Backend = "processes",
) -> list[Any]:  # fmt: skip
    """Return the results of a function that `Memory.cache` made, one per call.

    Only the missing results are computed, in parallel. Each is stored when it is complete, by the
    process that computed it.
    """
    missing = {
        position: partial(function, *call)
        for position, call in enumerate(calls)
        if not function.check_call_in_cache(*call)
    }
    with progress.step(f"{title} ({len(calls) - len(missing)} results cached)") as report:
        results = run_parallel([*missing.values()], report, workers=workers, backend=backend)
    computed = dict(zip(missing, results, strict=True))
    return [
        computed[position] if position in computed else function(*call)
        for position, call in enumerate(calls)
    ]
