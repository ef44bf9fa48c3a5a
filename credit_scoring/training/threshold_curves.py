"""Metrics at every possible threshold: the curves behind the plots."""

import numpy as np
from numpy.typing import NDArray

from credit_scoring.estimator.threshold import cost_per_applicant
from credit_scoring.training.metrics import Floats, RankedOutcomes

MAX_POINTS = 200  # of a thinned curve


def metrics_by_threshold(outcomes: RankedOutcomes) -> dict[str, Floats]:
    """Return the thresholds (k,), every distinct probability by falling value, and their metrics.

    The metrics are the false positive rate, recall, precision and cost per applicant.
    """
    defaulters = np.cumsum(outcomes.default)[outcomes.last]
    good = outcomes.last + 1 - defaulters
    missed = outcomes.default.sum() - defaulters
    return {
        "threshold": outcomes.probability[outcomes.last],
        "false_positive_rate": good / good[-1],
        "recall": defaulters / defaulters[-1],
        "precision": defaulters / (defaulters + good),
        "cost_per_applicant": cost_per_applicant(
            missed, good, len(outcomes.default), *outcomes.costs.pair
        ),
    }


def thin_curves(outcomes: RankedOutcomes) -> dict[str, list[float]]:
    """Return the curves at no more than MAX_POINTS thresholds, including the first and the last."""
    curves = metrics_by_threshold(outcomes)
    positions = thinned_positions(len(curves["threshold"]), MAX_POINTS)
    return {name: values[positions].tolist() for name, values in curves.items()}


def thinned_positions(count: int, limit: int) -> NDArray[np.intp]:
    """Return at most `limit` evenly spaced positions of `count`, with the first and the last."""
    return np.unique(np.linspace(0, count - 1, min(count, limit)).round().astype(np.intp))
