"""The chi-square test that two samples of counts come from one population, without SciPy."""

import math

import numpy as np

from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.monitoring.drift.bin_counts import BinLayout, Ints

MIN_EXPECTED = 5.0  # per bin and sample; others are pooled (Cochran 1954, Biometrics 10:417)


def two_sample_test(layout: BinLayout, first: Ints, second: Ints) -> tuple[Floats, Ints, Floats]:
    """Return the statistics, degrees of freedom and p-values (features,) of counts (bins,).

    statistic = sum over the bins of (N sqrt(m/n) - M sqrt(n/m))^2 / (N + M), with n and m the sizes
    of the samples (Press et al. 2007, Numerical Recipes, 14.3). Bins that expect fewer than 5 in
    one sample are pooled with their neighbours; a single remaining bin has the p-value 1.
    """
    first_size = layout.sums(first)
    second_size = layout.sums(second)
    groups, pooled = _pool(layout, _smaller_expectation(layout, first, second))
    ratio = pooled.spread(np.sqrt(np.maximum(second_size, 1) / np.maximum(first_size, 1)))
    ones = np.add.reduceat(first, groups)
    others = np.add.reduceat(second, groups)
    terms = (ones * ratio - others / ratio) ** 2 / np.maximum(ones + others, 1)
    degrees = pooled.sizes - 1
    statistics = np.where(degrees > 0, pooled.sums(terms), 0.0)
    p_values = [chi_square_tail(x, k) for x, k in zip(statistics, degrees.tolist(), strict=True)]
    return statistics, degrees, np.array(p_values)


def chi_square_tail(statistic: float, degrees: int) -> float:
    """Return P(X > statistic) of a chi-square variable; 1 for 0 degrees of freedom.

    The closed forms for whole degrees of freedom (Abramowitz and Stegun 1964, 26.4.4 and 26.4.5):
    with h = statistic / 2, the sum of exp(-h) h^i / Γ(i + 1) over i = 0, 1, … below degrees / 2, or
    over i = 1/2, 3/2, … and then plus erfc(sqrt(h)).
    """
    half = statistic / 2
    if degrees == 0 or half == 0:
        return 1.0
    odd = degrees % 2
    powers = np.arange(degrees // 2) + odd / 2
    logs = [power * math.log(half) - half - math.lgamma(power + 1) for power in powers]
    tail = math.fsum(math.exp(log) for log in logs) + odd * math.erfc(math.sqrt(half))
    return min(tail, 1.0)


def _smaller_expectation(layout: BinLayout, first: Ints, second: Ints) -> Floats:
    sizes = layout.sums(first)
    other_sizes = layout.sums(second)
    share = np.minimum(sizes, other_sizes) / np.maximum(sizes + other_sizes, 1)
    return (first + second) * layout.spread(share)


def _pool(layout: BinLayout, expected: Floats) -> tuple[Ints, BinLayout]:
    """Return the first bin of each group of bins, and the layout of the groups."""
    starts = [
        [int(start) + position for position in _group_starts(part.tolist())]
        for start, part in zip(layout.starts, np.split(expected, layout.starts[1:]), strict=True)
    ]
    sizes = np.array([len(part) for part in starts], np.int64)
    return np.concatenate(starts), BinLayout(layout.names, sizes, np.cumsum(sizes) - sizes)


def _group_starts(expected: list[float]) -> list[int]:
    """Return the positions where groups of neighbours begin that expect MIN_EXPECTED each."""
    starts = [0]
    total = 0.0
    for position, value in enumerate(expected):
        if total >= MIN_EXPECTED:
            starts.append(position)
            total = 0.0
        total += value
    return starts if total >= MIN_EXPECTED or len(starts) == 1 else starts[:-1]
