"""The statistics of runs of rows, compiled by Numba: on millions of rows some five times as fast as NumPy's.

Optional: where Numba is not installed, and on small tables, for which starting it takes longer than it saves,
`runs.statistics` does the same.
"""

from collections.abc import Callable, Collection, Mapping

import numpy as np
from numba import boolean, float32, float64, int64, njit

from credit_scoring.features.aggregate import settled
from credit_scoring.features.runs import Floats, Indices, Runs, Values

NAMES = ("min", "max", "sum", "mean", "var")


def statistics(values: Values, runs: Runs, wanted: Collection[str]) -> Mapping[str, Floats]:
    """As `runs.statistics`: the statistics `wanted` (and others) of each run of `values` (rows,), each (runs,)."""
    numbers = values if values.dtype == np.float32 else values.astype(np.float64)
    found = dict(zip(NAMES, _of_runs(numbers, runs.starts, runs.lengths, "var" in wanted), strict=True))
    if "var" in wanted:
        with np.errstate(invalid="ignore", over="ignore"):
            found["var"] = settled(found["var"])
    return found


def _compiled(function: Callable[..., Floats]) -> Callable[..., Floats]:
    """The function compiled, once per machine where there is a place to keep the result."""
    runs = int64[::1]
    kinds = [float64[:, ::1](values, runs, runs, boolean) for values in (float32[::1], float64[::1])]
    try:
        kept: Callable[..., Floats] = njit(kinds, cache=True, nogil=True)(function)
    except RuntimeError:  # neither the program's folder nor the user's can be written to
        kept = njit(kinds, nogil=True)(function)
    return kept


@_compiled
def _of_runs(values: Values, starts: Indices, lengths: Indices, spread: bool) -> Floats:  # noqa: FBT001
    """The statistics NAMES of each run, (5, runs). Choices instead of branches: the processor foresees no gap."""
    found = np.full((5, len(starts)), np.nan)
    for run in range(len(starts)):
        rows = range(starts[run], starts[run] + lengths[run])
        known, total, low, high = 0, 0.0, np.inf, -np.inf
        for row in rows:
            value = np.float64(values[row])
            is_known = value == value  # noqa: PLR0124 - NaN is what differs from itself
            known += is_known
            total += value if is_known else 0.0
            low = value if value < low else low  # noqa: FURB136 - NaN is never below
            high = value if value > high else high  # noqa: FURB136
        found[2, run] = total
        if known > 0:
            mean = total / known
            found[0, run], found[1, run], found[3, run] = low, high, mean
            if spread and known > 1:
                squares = 0.0
                for row in rows:
                    value = np.float64(values[row])
                    squares += (value - mean) ** 2 if value == value else 0.0  # noqa: PLR0124
                found[4, run] = squares / (known - 1)
    return found
