"""The metrics of one month's applicants, each with its 95 % interval.

The intervals are those of large samples: DeLong's for the AUC, Fisher's information for the
calibration, the standard error of a mean for cost and default rate.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from credit_scoring.confidence_interval import Estimate
from credit_scoring.monitoring.drift.bin_counts import BinLayout, Ints
from credit_scoring.monitoring.drift.psi import population_stability_index
from credit_scoring.monitoring.drift.psi_by_chance import chance_of_psi
from credit_scoring.monitoring.performance.auc_from_counts import auc_estimate
from credit_scoring.monitoring.performance.calibration_from_counts import (
    fit_calibration_line,
    log_odds_shift,
)
from credit_scoring.training.calibration_metrics import log_odds
from credit_scoring.training.metrics import Costs, Floats

PSI_BINS = 10  # tenths of the reference


@dataclass(frozen=True)
class ScoredApplicants:
    """Outcomes (n,), 0 or 1, probabilities (n,) and decisions (n,), 1 for refused."""

    default: Floats
    probability: Floats
    refused: Floats

    def rows(self, rows: Any) -> "ScoredApplicants":
        """Some of the applicants."""
        return ScoredApplicants(self.default[rows], self.probability[rows], self.refused[rows])


def month_metrics(
    applicants: ScoredApplicants, reference: Floats, costs: Costs
) -> dict[str, Estimate]:
    """Every metric of a month; `reference` are the probabilities that the PSI compares with."""
    area = _auc(applicants)
    return {
        "roc_auc": area,
        "gini": Estimate(2 * area.value - 1, 2 * area.low - 1, 2 * area.high - 1),
        **_calibration(log_odds(applicants.probability), applicants.default),
        "cost_per_applicant": _mean(_cost(applicants, costs)),
        "default_rate": Estimate.share(applicants.default.sum(), len(applicants.default)),
        "score_psi": score_psi(applicants.probability, reference),
    }


def _auc(applicants: ScoredApplicants) -> Estimate:
    _, rank = np.unique(applicants.probability, return_inverse=True)
    default = np.bincount(rank, weights=applicants.default)
    area = auc_estimate(default, np.bincount(rank) - default)
    if area is None:
        raise ValueError("too few defaults or repaid loans for an AUC")
    return area


def _calibration(predicted: Floats, default: Floats) -> dict[str, Estimate]:
    """Cox's line of the outcome on the predicted log-odds, and the shift if its slope is 1."""
    line = fit_calibration_line(default, 1 - default, predicted)
    shift = log_odds_shift(default, 1 - default, predicted)
    if line is None or shift is None:
        raise ValueError("too few defaults or repaid loans for a calibration")
    return {
        "calibration_slope": line.slope_estimate(),
        "calibration_intercept": line.intercept_estimate(),
        "calibration_in_the_large": shift,
    }


def _cost(applicants: ScoredApplicants, costs: Costs) -> Floats:
    default, refused = applicants.default, applicants.refused
    missed = default * (1 - refused)
    return costs.false_negative * missed + costs.false_positive * (1 - default) * refused


def _mean(values: Floats) -> Estimate:
    return Estimate.normal(float(values.mean()), float(values.std(ddof=1) / len(values) ** 0.5))


def score_psi(probability: Floats, reference: Floats) -> Estimate:
    """The PSI of the scores beyond chance: its expectation without a change is subtracted.

    It may be below 0. The bins are the tenths of the reference.
    """
    edges = np.unique(np.quantile(reference, np.linspace(0, 1, PSI_BINS + 1)[1:-1]))
    before, now = (_counts(sample, edges) for sample in (reference, probability))
    layout = BinLayout.of({"score": now})
    psi = float(population_stability_index(layout, before, now)[0])
    chance = float(chance_of_psi(layout, before, now)[0][0])
    size = 1 / len(reference) + 1 / len(probability)
    variance = 2 * len(edges) * size**2 + 4 * max(psi - chance, 0.0) * size
    return Estimate.normal(psi - chance, variance**0.5)


def _counts(probability: Floats, edges: Floats) -> Ints:
    bins = np.searchsorted(edges, probability, side="right")
    return np.bincount(bins, minlength=len(edges) + 1).astype(np.int64)
