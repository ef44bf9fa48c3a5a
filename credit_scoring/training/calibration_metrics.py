"""Calibration: whether a predicted probability equals the observed share of defaults.

Cox's calibration slope and intercept (Cox 1958, Two further applications of a model for binary
regression), and the reliability curve in tenths. A slope of 1 and an intercept of 0 are perfect.
A slope below 1 means that the probabilities are too extreme, an intercept above 0 that they are
too low.
"""

from typing import Any

import numpy as np

from credit_scoring.confidence_interval import wilson_interval
from credit_scoring.estimator.calibration import fit_logistic_line
from credit_scoring.training.metrics import TINY, Floats, MetricsOfWeight, RankedOutcomes

BINS = 10


def log_odds(probability: Floats) -> Floats:
    """Return the log-odds of probabilities, finite for 0 and 1."""
    inside = np.clip(probability, TINY, 1 - TINY)
    return np.log(inside) - np.log1p(-inside)


def calibration_line(outcomes: RankedOutcomes) -> MetricsOfWeight:
    """Return a function of row weights (n,) that gives Cox's slope and intercept.

    They are the line of the default's log-odds on the predicted log-odds.
    """
    predicted = log_odds(outcomes.probability)
    start = fit_logistic_line(predicted, outcomes.default)

    def slope_and_intercept(weight: Floats) -> dict[str, float]:
        slope, intercept = fit_logistic_line(predicted, outcomes.default, weight, start=start)
        return {"calibration_slope": slope, "calibration_intercept": intercept}

    return slope_and_intercept


def calibration_curve(outcomes: RankedOutcomes) -> list[dict[str, float]]:
    """Return one bin per tenth of the applicants, by rising probability.

    A bin has the mean predicted probability, the observed share of defaults with its Wilson
    interval, and the number of applicants.
    """
    ascending = np.arange(len(outcomes.default))[::-1]
    return [_bin(outcomes, rows) for rows in np.array_split(ascending, BINS) if len(rows)]


def _bin(outcomes: RankedOutcomes, rows: Any) -> dict[str, float]:
    observed = float(outcomes.default[rows].mean())
    low, high = wilson_interval(observed, len(rows))
    return {
        "predicted": float(outcomes.probability[rows].mean()),
        "observed": observed,
        "low": low,
        "high": high,
        "applicants": len(rows),
    }
