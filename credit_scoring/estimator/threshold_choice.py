"""The choice of the threshold: by the costs alone, or by the cheapest cut of out-of-fold scores.

For calibrated probabilities C_FP / (C_FP + C_FN) has the lowest expected cost (Elkan 2001). The
cheapest cut of a finite sample follows its noise and costs more on other rows; its advantage on
the rows that it was chosen on is therefore corrected by its optimism, which the bootstrap estimates
(Efron and Tibshirani 1993, An introduction to the bootstrap, chapter 10).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from credit_scoring.estimator.state import COST_NAMES, THRESHOLD_RULES
from credit_scoring.estimator.threshold import (
    CostCurve,
    is_default_expected,
    mean_cost,
    percentile_interval,
    theoretical_threshold,
)
from credit_scoring.estimator.type_aliases import Floats

EXPECTED_COST, EMPIRICAL = THRESHOLD_RULES
STANDARD_ERRORS = 2.0  # beyond which a saving says that the probabilities are not calibrated


class CalibrationWarning(UserWarning):
    """The cheapest cut saves more than noise explains: the probabilities are not calibrated."""


def threshold_rule(parameters: Mapping[str, Any]) -> str:
    """Return the rule of the estimator's parameters; by default it follows `calibrate`."""
    default = EXPECTED_COST if parameters["calibrate"] else EMPIRICAL
    return str(parameters["threshold"] or default)


def choose_threshold(
    target: Floats,
    probability: Floats,
    costs: tuple[float, float],
    rule: str,
    random_state: int,
    weight: Floats | None = None,
) -> dict[str, Any]:
    """Return the threshold of the rule, the cheapest cut with its interval, and their costs.

    `target` (n,) is 1 for default, `probability` (n,) is out of fold, `costs` are C_FN and C_FP,
    `weight` (n,) is how much each row counts, once by default.
    `out_of_fold_cost` has the cost per row of the theoretical threshold and of the cheapest cut,
    the expected part of their difference that is optimism, and its standard error.
    """
    curve = CostCurve.of(target, probability, *costs)
    weights = np.ones(curve.rows) if weight is None else weight
    best = curve.cheapest(weights)
    samples = curve.bootstrap(random_state, weights)
    savings = np.array([sample.saving for sample in samples])
    theoretical = theoretical_threshold(*costs)
    refused = is_default_expected(probability, theoretical)
    cost = mean_cost(target == 1, refused, costs, weights)
    values = (cost, cost - best.saving, savings.mean() - best.saving, savings.std())
    return {
        "threshold": theoretical if rule == EXPECTED_COST else best.threshold,
        "empirical_threshold": best.threshold,
        "threshold_interval": percentile_interval([sample.threshold for sample in samples]),
        "out_of_fold_cost": dict(zip(COST_NAMES, map(float, values), strict=True)),
    }


def saves_more_than_noise(costs: Mapping[str, float]) -> bool:
    """Return whether the cheapest cut beats the theoretical threshold significantly.

    The saving must exceed its optimism by more than STANDARD_ERRORS.
    """
    saving = costs["cost_at_theoretical"] - costs["cost_at_empirical"]
    margin = STANDARD_ERRORS * costs["saving_standard_error"]
    return saving - costs["saving_optimism"] > margin


def calibration_warning(
    theoretical: float, empirical: float, costs: Mapping[str, float]
) -> str | None:
    """Return the warning about a cheapest cut that saves more than noise explains, or None."""
    if not saves_more_than_noise(costs):
        return None
    saving = costs["cost_at_theoretical"] - costs["cost_at_empirical"]
    return (
        f"out of fold, the threshold {empirical:.4f} costs {saving:.4f} less per applicant than "
        f"{theoretical:.4f}, the best of calibrated probabilities. Chance does that in one of "
        "twenty samples; otherwise they are not calibrated. Check the calibration curve; "
        'threshold="empirical" takes the cheaper one'
    )
