"""Metrics at every possible threshold: the curves behind the plots, and counts for the bundle."""

from collections.abc import Iterable

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from credit_scoring.bundle.threshold_curve import ExposureSums, ThresholdCurve
from credit_scoring.estimator.threshold import cost_per_applicant
from credit_scoring.training.cross_validation import LearningTask, Predictions
from credit_scoring.training.metrics import Floats, RankedOutcomes

MAX_POINTS = 200  # of a thinned curve
APPLICANTS_PER_STEP = 10  # at least, between two quantiles of the probability
EXPOSURE = "AMT_CREDIT"  # the amount at risk in Home Credit's application table
DIGITS = 5  # of a sum of exposures, so that no difference of two sums shows one loan


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


def threshold_curve(
    task: LearningTask, predictions: Predictions, thresholds: Iterable[float]
) -> ThresholdCurve:
    """Return outcomes at the quantiles of the predicted probabilities and at these `thresholds`."""
    probability = predictions.probability
    is_default = task.target[predictions.rows] == 1
    good, default = np.sort(probability[~is_default]), np.sort(probability[is_default])
    every = _curve_thresholds(probability, thresholds)
    return ThresholdCurve(
        applicants=len(probability),
        defaults=len(default),
        thresholds=tuple(every.tolist()),
        missed=tuple(np.searchsorted(default, every).tolist()),
        refused_good=tuple((len(good) - np.searchsorted(good, every)).tolist()),
        exposure=_exposure_sums(task, predictions, every),
    )


def _curve_thresholds(probability: Floats, thresholds: Iterable[float]) -> Floats:
    """From 0, which refuses everybody, to 1, which accepts everybody below certain default."""
    steps = min(MAX_POINTS, max(len(probability) // APPLICANTS_PER_STEP, 1))
    quantiles = np.quantile(probability, np.linspace(0, 1, steps + 1)).round(6)
    return np.unique(np.concatenate(([0.0, 1.0], quantiles, [*thresholds])))


def _exposure_sums(
    task: LearningTask, predictions: Predictions, thresholds: Floats
) -> ExposureSums | None:
    """The exposure that each threshold accepts; None if the applicants' amounts are not known."""
    if not any(f.name == EXPOSURE and f.table == "application" for f in task.catalogue):
        return None
    amounts = task.features[EXPOSURE][predictions.rows].cast(pl.Float64)
    if amounts.null_count() or amounts.is_nan().any():
        return None
    exposure = amounts.to_numpy()
    is_default = task.target[predictions.rows] == 1

    def sums(values: ArrayLike) -> tuple[float, ...]:
        return _sums_below(predictions.probability, np.asarray(values, np.float64), thresholds)

    return ExposureSums(
        accepted_good=sums(exposure * ~is_default),
        accepted_default=sums(exposure * is_default),
        accepted_good_squares=sums(exposure**2 * ~is_default),
        accepted_default_squares=sums(exposure**2 * is_default),
    )


def _sums_below(probability: Floats, values: Floats, thresholds: Floats) -> tuple[float, ...]:
    """The sum of `values` (n,) with a probability below each threshold, to `DIGITS` digits."""
    order = np.argsort(probability, kind="stable")
    totals = np.concatenate(([0.0], np.cumsum(values[order])))
    accepted = np.searchsorted(probability[order], thresholds)
    return tuple(float(f"{total:.{DIGITS}g}") for total in totals[accepted])
