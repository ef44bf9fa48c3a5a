"""The metrics of a training run, for out-of-fold and held-out predictions.

For a generated sample, also the metrics of the true probabilities: the best possible model.
"""

import numpy as np
from numpy.typing import NDArray

from credit_scoring.estimator.threshold import is_default_expected, theoretical_threshold
from credit_scoring.training.calibration_metrics import log_odds
from credit_scoring.training.cross_validation import LearningTask, Predictions
from credit_scoring.training.metrics import (
    TINY,
    Floats,
    Intervals,
    MetricsOfWeight,
    RankedOutcomes,
    compute_metrics,
    metrics_with_intervals,
)

METRICS_OF_TRUTH = ("roc_auc", "cost_per_applicant", "log_loss")


def rank_outcomes(task: LearningTask, predictions: Predictions) -> RankedOutcomes:
    """Return the outcomes of the predicted applicants with their predictions."""
    return RankedOutcomes.of(
        task.target[predictions.rows], predictions.probability, predictions.refused, task.costs
    )


def evaluate_predictions(
    task: LearningTask, predictions: Predictions, truth: NDArray[np.float64] | None
) -> Intervals:
    """Return every metric with its interval.

    `truth` (n,) holds the true probability of default of every applicant of a generated sample.
    The metrics `true_*` are then those of deciding by it, the best that any model can reach on
    these applicants, and `true_calibration_slope` says how well the probabilities agree with it.
    """
    outcomes = rank_outcomes(task, predictions)
    if truth is None:
        return metrics_with_intervals(outcomes, task.seed)
    order = np.argsort(-predictions.probability, kind="stable")  # the order of `outcomes`
    reference = true_probability_metrics(outcomes, truth[predictions.rows][order])
    return metrics_with_intervals(outcomes, task.seed, extra_metrics=reference)


def true_probability_metrics(outcomes: RankedOutcomes, truth: Floats) -> MetricsOfWeight:
    """Return a function of row weights that gives the metrics `true_*`.

    `truth` (n,) and the weights are in the order of `outcomes`.
    """
    costs = outcomes.costs
    threshold = theoretical_threshold(costs.false_negative, costs.false_positive)
    by_truth = np.argsort(-truth, kind="stable")
    refused = is_default_expected(truth, threshold)
    perfect = RankedOutcomes.of(outcomes.default, truth, refused, costs)

    def metrics_of_weight(weight: Floats) -> dict[str, float]:
        best = compute_metrics(perfect, weight[by_truth])
        true_metrics = {f"true_{name}": best[name] for name in METRICS_OF_TRUTH}
        slope = _slope_on_log_odds(outcomes.probability, truth, weight)
        return {**true_metrics, "true_calibration_slope": slope}

    return metrics_of_weight


def _slope_on_log_odds(predicted: Floats, truth: Floats, weight: Floats) -> float:
    """Return the least-squares slope of the true log-odds on the predicted ones; 1 is calibrated.

    Below 1 the predictions (n,) are too extreme, above 1 too moderate.
    """
    x = log_odds(predicted)
    y = log_odds(truth)
    centred = x - np.average(x, weights=weight)
    weighted = weight * centred
    return float(weighted @ y / max(float(weighted @ centred), TINY))
