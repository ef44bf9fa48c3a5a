"""The logarithm of a sum of exponentials, without overflow: for evidence, which is huge or tiny."""

from typing import Any

import numpy as np

from credit_scoring.estimator.type_aliases import Floats


def log_sum_exp(values: Any) -> Floats:
    """Return log(sum(exp(values))) over the first axis."""
    highest = np.max(values, axis=0)
    return np.asarray(highest + np.log(np.exp(values - highest).sum(axis=0)))
