"""The size of the PSI by chance alone: of two samples of one population.

Given the applicants of a bin in both samples, the number from the first sample is hypergeometric.
The mean and variance of a bin's term follow by summing over that distribution if the bin is small,
and from the limit, a chi-square variable times (1/n + 1/m), otherwise (Yurdakul 2018; du Pisanie,
Allison and Visagie 2023, arXiv 2307.11878).
"""

import numpy as np

from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.monitoring.drift.bin_counts import BinLayout, Ints
from credit_scoring.monitoring.drift.psi import SMOOTHING, psi_terms

LARGE_VARIANCE = 9.0  # of a bin's number: from here on the limit is close enough
DEVIATIONS = 5.0  # standard deviations of the number to sum over, on either side
NORMAL_95 = 1.6448536269514722
SMALLEST = 1e-100  # instead of a mean of 0


def chance_of_psi(layout: BinLayout, first: Ints, second: Ints) -> tuple[Floats, Floats]:
    """Return the mean and the 95 % point (features,) of the PSI if both samples are alike.

    The 95 % point is that of a gamma variable with the mean and variance of the PSI, by Wilson and
    Hilferty's approximation (1931).
    """
    both = first + second
    n, m = (layout.spread(layout.sums(counts)) for counts in (first, second))
    extra = layout.spread(SMOOTHING * layout.sizes)
    share = both / np.maximum(n + m, 1)
    scale = _limit_scale(n, m, extra)
    means = scale * (1 - share) * (both > 0)
    variances = 2 * means**2
    spread = n * m * share * (1 - share) / np.maximum(n + m - 1, 1)
    small = np.flatnonzero((both > 0) & (n > 0) & (m > 0) & (spread < LARGE_VARIANCE))
    means[small], variances[small] = _summed_moments(
        both[small], n[small], m[small], extra[small], spread[small]
    )
    covariance = 2 * scale[layout.starts] ** 2 * (1 - layout.sums(share**2))
    mean = layout.sums(means)
    return mean, _gamma_95(mean, layout.sums(variances) + covariance)


def _limit_scale(n: Floats, m: Floats, extra: Floats) -> Floats:
    """Return the factor of the chi-square variable: 1/n + 1/m, reduced by the smoothing."""
    kept = n * m * (1 / (n + extra) + 1 / (m + extra)) / np.maximum(n + m, 1)
    scale: Floats = kept**2 * (1 / np.maximum(n, 1) + 1 / np.maximum(m, 1))
    return scale


def _summed_moments(
    both: Ints, n: Floats, m: Floats, extra: Floats, variance: Floats
) -> tuple[Floats, Floats]:
    """Return the mean and variance (bins,) of the terms, summed over the hypergeometric number.

    The sum begins five standard deviations below the mean. The ratio of successive probabilities
    is (both - k) (n - k) / ((k + 1) (m - both + k + 1)).
    """
    mean = both * n / (n + m)
    reach = np.ceil(DEVIATIONS * np.sqrt(variance)) + 1
    number = np.maximum(np.floor(mean - reach), np.maximum(both - m, 0))
    weight = np.ones(len(both))
    sums = np.zeros((3, len(both)))
    for _ in range(int(2 * reach.max(initial=0)) + 2):
        term = psi_terms(np.minimum(number, both), both, n, m, extra)
        sums += weight * np.stack([np.ones(len(both)), term, term**2])
        weight = weight * np.maximum(both - number, 0) * np.maximum(n - number, 0)
        weight /= (number + 1) * np.maximum(m - both + number + 1, 1)
        number = number + 1
    return sums[1] / sums[0], sums[2] / sums[0] - (sums[1] / sums[0]) ** 2


def _gamma_95(mean: Floats, variance: Floats) -> Floats:
    spread = variance / (9 * np.maximum(mean, SMALLEST) ** 2)
    point: Floats = mean * np.maximum(1 - spread + NORMAL_95 * np.sqrt(spread), 0) ** 3
    return point
