"""The statistics of runs of rows, compiled by Numba: on millions of rows some five times as fast as NumPy's.

Optional: where Numba is not installed, and on small tables, for which starting it takes longer than it saves,
`runs.write` does the same.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numba import float32, float64, int64, njit, types, void
from numpy.typing import NDArray

from credit_scoring.features.engines.segments import Floats, Indices, Runs, Values
from credit_scoring.features.statistics import settled

NAMES = ("min", "max", "sum", "mean")
Kernel = Callable[[Values, Indices, Indices, Indices, Indices, NDArray[np.float32], Floats], None]


def write(values: Values, runs: Runs, wanted: Sequence[str], out: NDArray[np.float32]) -> None:
    """As `runs.write`: the statistics `wanted` of each run of `values` (rows,) to the rows of `out`."""
    numbers = values if values.dtype == np.float32 else values.astype(np.float64)
    rows = np.array([wanted.index(name) if name in wanted else -1 for name in NAMES])
    variances = np.empty(len(runs.lengths) if "var" in wanted else 0)
    _write(numbers, runs.starts, runs.lengths, runs.place, rows, out, variances)
    if "var" in wanted:
        out[wanted.index("var"), runs.place] = settled(variances).astype(np.float32)


def _compiled(function: Kernel) -> Kernel:
    """The function compiled, once per machine where there is a place to keep the result."""
    runs = int64[::1]
    columns = [types.Array(number, 1, "C", readonly=True) for number in (float32, float64)]
    kinds = [
        void(values, runs, runs, runs, runs, float32[:, ::1], float64[::1]) for values in columns
    ]
    try:
        kept: Kernel = njit(kinds, cache=True, nogil=True)(function)
    except RuntimeError:  # neither the program's folder nor the user's can be written to
        kept = njit(kinds, nogil=True)(function)
    return kept


@_compiled
def _write(
    values: Values,
    starts: Indices,
    lengths: Indices,
    place: Indices,
    rows: Indices,
    out: NDArray[np.float32],
    variances: Floats,
) -> None:
    """NAMES[i] of each run to out[rows[i], place], where rows[i] is one; variances, where there is room, as they are.

    Choices instead of branches: the processor foresees no gap.
    """
    found = np.empty(len(rows))
    for run in range(len(starts)):
        members = range(starts[run], starts[run] + lengths[run])
        known, total, low, high = 0, 0.0, np.inf, -np.inf
        for member in members:
            value = np.float64(values[member])
            is_known = value == value  # noqa: PLR0124 - NaN is what differs from itself
            known += is_known
            total += value if is_known else 0.0
            low = value if value < low else low  # noqa: FURB136 - NaN is never below
            high = value if value > high else high  # noqa: FURB136
        mean = total / known if known else np.nan
        found[0], found[1], found[2], found[3] = (
            low if known else np.nan,
            high if known else np.nan,
            total,
            mean,
        )
        for i in range(len(rows)):
            if rows[i] >= 0:
                out[rows[i], place[run]] = found[i]
        if len(variances):
            squares = 0.0
            for member in members:
                value = np.float64(values[member])
                squares += (value - mean) ** 2 if value == value else 0.0  # noqa: PLR0124
            variances[run] = squares / (known - 1) if known > 1 else np.nan
