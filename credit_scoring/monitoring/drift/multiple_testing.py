"""Error control over many features: Benjamini-Hochberg for p-values, e-BH for e-values."""

import numpy as np
from numpy.typing import NDArray

from credit_scoring.estimator.type_aliases import Floats

ERROR_LEVEL = 0.05


def benjamini_hochberg(p_values: Floats) -> Floats:
    """Return the adjusted p-values: those up to q are a set with a false discovery rate of q.

    adjusted p(i) = min over k >= i of p(k) K / k, in ascending order. Holds for independent and for
    positively dependent tests (Benjamini and Hochberg 1995; Benjamini and Yekutieli 2001).
    """
    number = len(p_values)
    order = np.argsort(p_values, kind="stable")
    ratios = p_values[order] * number / np.arange(1, number + 1)
    adjusted = np.empty(number)
    adjusted[order] = np.minimum(np.minimum.accumulate(ratios[::-1])[::-1], 1.0)
    return adjusted


def e_benjamini_hochberg(
    log_e_values: Floats, error_level: float = ERROR_LEVEL
) -> NDArray[np.bool_]:
    """Return the rejected hypotheses of e-BH, of K e-values given as logarithms.

    The k largest are rejected for the largest k with e(k) >= K / (k q). The false discovery rate is
    at most q under any dependence (Wang and Ramdas 2022, JRSS B 84:822).
    """
    number = len(log_e_values)
    order = np.argsort(-log_e_values, kind="stable")
    limits = np.log(number / (np.arange(1, number + 1) * error_level))
    enough = np.flatnonzero(log_e_values[order] >= limits)
    rejected = np.zeros(number, np.bool_)
    if enough.size:
        rejected[order[: enough[-1] + 1]] = True
    return rejected
