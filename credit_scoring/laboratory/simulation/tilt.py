"""Exponential tilting: weights of applicants under which features have other means.

Of all weights with these means, these are the closest to equal weights in Kullback-Leibler
divergence (Csiszár, 1975, I-divergence geometry of probability distributions). They depend on
the features alone: the risk of default given the features stays, as in a covariate shift.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from credit_scoring.estimator.type_aliases import Floats

MAX_STEPS = 100  # Newton's method needs about ten
MEAN_TOLERANCE = 1e-8  # standard deviations
SUFFICIENT_DECREASE = 1e-4  # Armijo's condition
SMALLEST_STEP = 1e-6
BISECTIONS = 20


@dataclass(frozen=True)
class Tilt:
    """Moves the mean of each of `columns` (applicants, features) by a size in `sizes`.

    The unit of a size is the feature's standard deviation. NaN is a missing value: the mean is
    that of the known values, and the share of missing values stays.
    """

    columns: Floats
    sizes: Sequence[float]

    def weights(self) -> Floats | None:
        """The weights (applicants,), which add up to 1; None if no weights have these means."""
        return _weights_of_zero_mean(_conditions(self.columns, np.asarray(self.sizes)))

    def scaled(self, factor: float) -> "Tilt":
        """The same shift of another size."""
        return Tilt(self.columns, [factor * size for size in self.sizes])

    def is_possible(self, min_effective: float) -> bool:
        """Whether at least `min_effective` applicants carry the weights."""
        weights = self.weights()
        return weights is not None and effective_size(weights) >= min_effective

    def largest_possible(self, min_effective: float) -> "Tilt":
        """The largest part of this shift that is possible, by bisection."""
        low, high = 0.0, 1.0
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            low, high = (
                (middle, high) if self.scaled(middle).is_possible(min_effective) else (low, middle)
            )
        return self.scaled(low)


def effective_size(weights: Floats) -> float:
    """Kish's effective sample size of weights that add up to 1."""
    return float(1 / np.square(weights).sum())


def _conditions(columns: Floats, sizes: Floats) -> Floats:
    """Columns (applicants, conditions) whose weighted means must be 0."""
    known = ~np.isnan(columns)
    standardised = (columns - np.nanmean(columns, axis=0)) / np.nanstd(columns, axis=0)
    distances = np.where(known, standardised - sizes, 0.0)
    return np.column_stack([distances, known - known.mean(axis=0)])


def _weights_of_zero_mean(conditions: Floats) -> Floats | None:
    """Newton's method on the convex dual, log of the sum of exp(conditions @ parameters)."""
    parameters = np.zeros(conditions.shape[1])
    for _ in range(MAX_STEPS):
        value, weights = _log_sum(conditions, parameters)
        means = weights @ conditions
        if np.abs(means).max() < MEAN_TOLERANCE:
            return weights
        covariance = (conditions * weights[:, None]).T @ conditions - np.outer(means, means)
        direction = -np.linalg.lstsq(covariance, means, rcond=None)[0]
        step = 1.0
        bound = SUFFICIENT_DECREASE * float(means @ direction)
        while _log_sum(conditions, parameters + step * direction)[0] > value + step * bound:
            step /= 2
            if step < SMALLEST_STEP:
                return None
        parameters = parameters + step * direction
    return None


def _log_sum(conditions: Floats, parameters: Floats) -> tuple[float, Floats]:
    """The dual's value and the weights at `parameters`."""
    log_weights: Floats = conditions @ parameters
    largest = float(np.max(log_weights))
    weights = np.exp(log_weights - largest)
    total = weights.sum()
    return largest + float(np.log(total)), weights / total
