"""The bins of a number: deciles, at round edges between applicants.

An edge is a round number between applicants, or a value that many of them share, and every bin
has at least 10 applicants, so no edge shows the value of one.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from credit_scoring.estimator.type_aliases import Floats

QUANTILES = 10
FEW_VALUES = 10  # distinct values, at most, that get a bin each
SMALLEST_BIN = 10  # applicants
TOLERANCE = 200  # an edge may lie up to n / 200 applicants away from its quantile
DIGITS = 9  # that tell all 32-bit numbers apart


def number_edges(values: ArrayLike) -> tuple[float, ...]:
    """Return the inner edges of a number's bins; `values` (n,) may have NaN for missing.

    Values that a tenth of the applicants share (such as 0) get a bin of their own.
    """
    numbers = np.asarray(values, dtype=np.float32)
    ascending = np.sort(numbers[np.isfinite(numbers)]).astype(np.float64)
    distinct = np.unique(ascending)
    if len(distinct) <= FEW_VALUES:
        return _without_small_bins(ascending, _edges_between(distinct), SMALLEST_BIN)
    tolerance = max(len(ascending) // TOLERANCE, SMALLEST_BIN)
    return _without_small_bins(ascending, _quantile_edges(ascending, tolerance), tolerance)


def _edges_between(distinct: Floats) -> Iterator[float]:
    for low, high in pairwise(distinct.tolist()):
        yield round_number(low, high)


def _quantile_edges(ascending: Floats, tolerance: int) -> Iterator[float]:
    n = len(ascending)
    for k in range(1, QUANTILES):
        rank = k * n // QUANTILES
        low = float(ascending[max(rank - tolerance, 0)])
        high = float(ascending[min(rank + tolerance, n - 1)])
        if low < high:
            yield round_number(low, high)
        else:
            yield from _edges_around(high, ascending, 2 * tolerance)


def _edges_around(value: float, ascending: Floats, applicants: int) -> Iterator[float]:
    """Yield the edges of a frequent value; at most `applicants` lie between it and the second."""
    yield shortest(value)
    above = int(np.searchsorted(ascending, value, side="right"))
    if above < len(ascending):
        next_values = ascending[above : above + applicants]
        yield round_number(value, float(next_values[-1]))


def _without_small_bins(
    ascending: Floats, edges: Iterable[float], smallest: int
) -> tuple[float, ...]:
    """Return the edges, but not those that make a bin of fewer than `smallest` applicants."""
    kept: list[float] = []
    start = 0  # of the last bin
    for edge in sorted(set(edges)):
        below = int(np.searchsorted(ascending, float(np.float32(edge))))
        if below - start >= smallest and len(ascending) - below >= smallest:
            kept.append(edge)
            start = below
    return tuple(kept)


@np.errstate(over="ignore")  # of a candidate beyond 32 bits, which is not chosen
def round_number(low: float, high: float) -> float:
    """Return the number with the fewest decimal digits in (low, high], near the middle.

    Both are 32-bit numbers, and the result is compared as one.

    >>> round_number(41.3, 58.1)
    50.0
    """
    middle = low / 2 + high / 2
    largest = math.ceil(math.log10(max(abs(low), abs(high))))
    for exponent in range(largest, largest - DIGITS, -1):
        scaled = middle / 10.0**exponent
        for multiple in (math.ceil(scaled), math.floor(scaled)):
            candidate = float(f"{multiple}e{exponent}")
            if low < np.float32(candidate) <= high:
                return candidate
    return shortest(high)


def shortest(value: float) -> float:
    """Return the shortest decimal number that is `value` in 32 bits."""
    return float(str(np.float32(value)))
