"""Whether a predicted probability is the share that defaults: Cox's slope and intercept, and the curve in tenths.

Source: Cox (1958), Two further applications of a model for binary regression. A slope of 1 and an intercept of 0 are
perfect; a slope below 1 says that the probabilities are too extreme, an intercept above 0 that they are too low.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from credit_scoring.training.metrics import TINY, Floats, RankedOutcomes

BINS = 10
MOST_STEPS = 50
RIDGE = 1e-9  # of the weight: for a constant probability, whose slope is unknown
Z = 1.959963984540054  # the normal quantile of a 95 % interval


def calibration_line(outcomes: RankedOutcomes) -> Callable[[Floats], dict[str, float]]:
    """The slope and intercept of the default's log-odds on the predicted ones, from row weights (n,)."""
    probability = np.clip(outcomes.probability, TINY, 1 - TINY)
    log_odds = np.log(probability) - np.log1p(-probability)
    start = _fit(log_odds, outcomes.default, np.ones(len(log_odds)), (1.0, 0.0))

    def of(weight: Floats) -> dict[str, float]:
        slope, intercept = _fit(log_odds, outcomes.default, weight, start)
        return {"calibration_slope": slope, "calibration_intercept": intercept}

    return of


def _fit(
    log_odds: Floats, default: Floats, weight: Floats, start: tuple[float, float]
) -> tuple[float, float]:
    """Logistic regression on one variable by Newton's method, halving a step that does not lower the loss."""

    def loss(slope: float, intercept: float) -> float:
        fitted = slope * log_odds + intercept
        return float(weight @ (np.logaddexp(0.0, fitted) - default * fitted))

    (slope, intercept), best = start, loss(*start)
    for _ in range(MOST_STEPS):
        fitted = 1 / (1 + np.exp(-np.clip(slope * log_odds + intercept, -700, 700)))
        error, curve = weight * (fitted - default), weight * fitted * (1 - fitted)
        mixed, ridge = float(curve @ log_odds), RIDGE * float(weight.sum())
        hessian = [[float(curve @ log_odds**2) + ridge, mixed], [mixed, float(curve.sum()) + ridge]]
        step = np.linalg.solve(hessian, [error @ log_odds, error.sum()])
        while (found := loss(slope - step[0], intercept - step[1])) > best and np.abs(
            step
        ).max() > RIDGE:
            step /= 2
        slope, intercept, best = (
            float(slope - step[0]),
            float(intercept - step[1]),
            min(found, best),
        )
        if np.abs(step).max() <= RIDGE:
            break
    return slope, intercept


def calibration_curve(outcomes: RankedOutcomes) -> list[dict[str, float]]:
    """Tenths of the applicants by rising probability: predicted, share that defaulted with its Wilson interval."""
    rows = np.arange(len(outcomes.default))[::-1]
    return [_bin(outcomes, part) for part in np.array_split(rows, BINS) if len(part)]


def wilson_interval(share: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share among n applicants, n above 0 (Wilson 1927, Probable inference)."""
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _bin(outcomes: RankedOutcomes, rows: Any) -> dict[str, float]:
    share = float(outcomes.default[rows].mean())
    low, high = wilson_interval(share, len(rows))
    predicted = float(outcomes.probability[rows].mean())
    return {
        "predicted": predicted,
        "observed": share,
        "low": low,
        "high": high,
        "applicants": len(rows),
    }
