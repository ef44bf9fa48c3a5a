"""The figures of a training run: out of fold and held out, beside what no model and the perfect model would get."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from credit_scoring.training.metrics import Costs, Floats, Outcomes, figures, with_intervals
from credit_scoring.training.procedure import Judged, Problem
from custom_threshold_model import is_default_expected


def outcomes(problem: Problem, judged: Judged) -> Outcomes:
    """What happened to the judged applicants and what the models said."""
    return Outcomes.of(problem.target[judged.rows], judged.probability, judged.refused, problem.costs)


def evaluate(problem: Problem, judged: Judged, truth: NDArray[np.float64] | None) -> dict[str, dict[str, float]]:
    """Every figure with its interval.

    `truth` (n,), where the data is a generated sample, holds every applicant's true probability of default:
    `true_*` are then the figures of deciding with it, the best that any model could do on these applicants.
    """
    mine = outcomes(problem, judged)
    if truth is None:
        return with_intervals(mine, problem.seed)
    order = np.argsort(-judged.probability, kind="stable")  # the order of `mine`: the same rows are drawn
    best = perfect(problem.target[judged.rows][order], truth[judged.rows][order], problem.costs)
    return with_intervals(mine, problem.seed, extra=best)


def perfect(default: NDArray[np.int8], truth: Floats, costs: Costs) -> Callable[[Floats], dict[str, float]]:
    """The figures of deciding with the true probability, from the weights of the rows, all in one order (n,)."""
    threshold = costs.false_positive / (costs.false_positive + costs.false_negative)
    ranking = np.argsort(-truth, kind="stable")
    perfect = Outcomes.of(default, truth, is_default_expected(truth, threshold), costs)

    def of(weight: Floats) -> dict[str, float]:
        found = figures(perfect, weight[ranking])
        return {f"true_{name}": found[name] for name in ("roc_auc", "cost_per_applicant", "log_loss")}

    return of
