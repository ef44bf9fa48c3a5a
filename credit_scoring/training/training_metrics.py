"""The figures of a training run: out of fold and held out, beside what no model and the perfect model would get."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from credit_scoring.training.cross_validation import LearningTask, Predictions
from credit_scoring.training.metrics import (
    TINY,
    Floats,
    RankedOutcomes,
    figures,
    metrics_with_intervals,
)
from custom_threshold_model import is_default_expected


def outcomes(problem: LearningTask, judged: Predictions) -> RankedOutcomes:
    """What happened to the judged applicants and what the models said."""
    return RankedOutcomes.of(
        problem.target[judged.rows], judged.probability, judged.refused, problem.costs
    )


def evaluate(
    problem: LearningTask, judged: Predictions, truth: NDArray[np.float64] | None
) -> dict[str, dict[str, float]]:
    """Every figure with its interval.

    `truth` (n,), where the data is a generated sample, holds every applicant's true probability of default:
    `true_*` are then the figures of deciding with it, the best that any model could do on these applicants, and
    `true_calibration_slope` tells how well the probabilities agree with it.
    """
    mine = outcomes(problem, judged)
    if truth is None:
        return metrics_with_intervals(mine, problem.seed)
    order = np.argsort(
        -judged.probability, kind="stable"
    )  # the order of `mine`: the same rows are drawn
    return metrics_with_intervals(
        mine, problem.seed, extra=true_probability_metrics(mine, truth[judged.rows][order])
    )


def calibration_slope(predicted: Floats, truth: Floats, weight: Floats) -> float:
    """The slope of the least-squares line of the true log-odds on the predicted ones: 1 is calibrated.

    Below 1 the predictions (n,) are too extreme, above 1 too timid; `truth` (n,) are the true probabilities.
    """
    x, y = (
        np.log(p / (1 - p))
        for p in (np.clip(predicted, TINY, 1 - TINY), np.clip(truth, TINY, 1 - TINY))
    )
    centred = x - np.average(x, weights=weight)
    return float((weight * centred) @ y / max((weight * centred) @ centred, TINY))


def true_probability_metrics(
    mine: RankedOutcomes, truth: Floats
) -> Callable[[Floats], dict[str, float]]:
    """The figures `true_*` from the weights of the rows; `truth` (n,) and the weights in the order of `mine`."""
    costs = mine.costs
    threshold = costs.false_positive / (costs.false_positive + costs.false_negative)
    ranking = np.argsort(-truth, kind="stable")
    perfect = RankedOutcomes.of(mine.default, truth, is_default_expected(truth, threshold), costs)

    def of(weight: Floats) -> dict[str, float]:
        found = figures(perfect, weight[ranking])
        best = {
            f"true_{name}": found[name] for name in ("roc_auc", "cost_per_applicant", "log_loss")
        }
        return {
            **best,
            "true_calibration_slope": calibration_slope(mine.probability, truth, weight),
        }

    return of
