"""Percentiles of durations from their counts per bin."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from credit_scoring.monitoring.day_counts import LATENCY_EDGES
from credit_scoring.monitoring.summary_shape import Percentiles

SHARES = (0.5, 0.95, 0.99)
SHORTEST = LATENCY_EDGES[0] / 10  # milliseconds, where the first bin begins
LOG_BOUNDS = [math.log(edge) for edge in (SHORTEST, *LATENCY_EDGES, LATENCY_EDGES[-1])]


def latency_percentiles(counts: Sequence[int]) -> Percentiles | None:
    """The median, the 95 % and the 99 % point in milliseconds; None without a duration.

    The durations of a bin are taken as spread evenly on the logarithmic scale: the error is less
    than a bin's width, a quarter of the value. A duration above the last edge counts as that edge.

    >>> latency_percentiles([0] * 30 + [100] + [0] * 30)
    {'p50': 54.8, 'p95': 60.9, 'p99': 61.5}
    """
    below = [*accumulate(counts)]
    if not below[-1]:
        return None
    median, high, highest = (_percentile(counts, below, share) for share in SHARES)
    return {"p50": median, "p95": high, "p99": highest}


def _percentile(counts: Sequence[int], below: Sequence[int], share: float) -> float:
    number = share * below[-1]
    place = bisect_left(below, number)
    part = 1 - (below[place] - number) / counts[place]
    low, high = LOG_BOUNDS[place], LOG_BOUNDS[place + 1]
    return float(f"{math.exp(low + part * (high - low)):.3g}")
