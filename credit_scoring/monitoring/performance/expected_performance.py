"""Performance expected before outcomes come, from the calibrated probabilities of all applicants.

Given the calibration line, the applicants of a score bin default with its probability. A draw takes
a line from `calibration_prior` and the number of defaults of each bin from a binomial distribution;
AUC, default rate and cost follow. The interval holds 95 % of the draws: it counts the uncertainty
of the calibration and the randomness of the outcomes.

This is confidence-based performance estimation (CBPE), with an interval that also counts the
uncertainty of the calibration. It shares the assumption: the default probability at a given score
is the one of training. A changed mix of applicants violates it a little, which the tolerance of the
prior allows for. A changed relation between inputs and default is invisible: scores stay the same.

Source: Białek, Kuberski, Perrakis and Bifet (2024), Estimating model performance under covariate
shift without labels, arXiv 2401.08348.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from credit_scoring.bundle.reference import ScoreReference, bin_log_odds
from credit_scoring.confidence_interval import Estimate
from credit_scoring.estimator.calibration import sigmoid
from credit_scoring.estimator.threshold import cost_per_applicant
from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.monitoring.performance.auc_from_counts import MIN_PER_CLASS, auc
from credit_scoring.monitoring.performance.calibration_prior import (
    CalibrationPrior,
    calibration_prior,
)
from credit_scoring.monitoring.performance.results import ExpectedPerformance
from credit_scoring.monitoring.sentence import Sentence

DRAWS = 1000


def expected_performance(
    accepted: Sequence[int],
    refused: Sequence[int],
    reference: ScoreReference | None,
    costs: tuple[float, float],
    seed: int = 0,
) -> ExpectedPerformance | None:
    """Return the performance expected for a window's decisions per score bin, None without any.

    `costs`: of accepting a defaulter and of refusing a good applicant.
    """
    counts = np.array([accepted, refused], dtype=np.int64)
    applicants = int(counts.sum())
    if not applicants:
        return None
    prior = calibration_prior(reference)
    expected = counts * _probabilities(prior, np.array([prior.mean]))
    drawn = _draw_defaults(counts, prior, np.random.default_rng(seed))
    values = {
        name: _estimate(values)
        for name, values in _figures(np.concatenate([expected[None], drawn]), counts, costs).items()
    }
    has_classes = MIN_PER_CLASS <= expected.sum() <= applicants - MIN_PER_CLASS
    return ExpectedPerformance(
        applicants=applicants,
        default_rate=values["default_rate"],
        auc=values["auc"] if has_classes else None,
        refused_share=Estimate.share(float(counts[1].sum()), applicants),
        cost_per_applicant=values["cost_per_applicant"],
        assumption=Sentence(f"performance.assumption{'' if reference else '_alone'}"),
    )


def _probabilities(prior: CalibrationPrior, lines: Floats) -> Floats:
    """The probability of default (n, bins) in each bin under lines (n, 2) of height and slope."""
    return sigmoid(lines[:, :1] + lines[:, 1:] * (bin_log_odds() - prior.centre))


def _draw_defaults(
    counts: NDArray[np.int64], prior: CalibrationPrior, rng: np.random.Generator
) -> Floats:
    """Draw defaults (draws, decisions, bins) of `counts` (decisions, bins)."""
    lines = rng.normal(prior.mean, np.sqrt(prior.variance), (DRAWS, 2))
    defaults = np.zeros((DRAWS, *counts.shape))
    seen = counts > 0
    _, bins = np.nonzero(seen)
    defaults[:, seen] = rng.binomial(counts[seen], _probabilities(prior, lines)[:, bins])
    return defaults


def _figures(
    defaults: Floats, counts: NDArray[np.int64], costs: tuple[float, float]
) -> dict[str, Floats]:
    """Each figure (n,) of defaults (n, decisions, bins) among `counts` (decisions, bins)."""
    by_decision = defaults.sum(axis=2)
    refused_good = counts[1].sum() - by_decision[:, 1]
    by_bin = defaults.sum(axis=1)
    applicants = counts.sum()
    return {
        "default_rate": by_decision.sum(axis=1) / applicants,
        "auc": auc(by_bin, counts.sum(axis=0) - by_bin),
        "cost_per_applicant": cost_per_applicant(
            by_decision[:, 0], refused_good, applicants, *costs
        ),
    }


def _estimate(values: Floats) -> Estimate:
    """The first value, with the interval that holds 95 % of the others."""
    low, high = np.nanquantile(values[1:], [0.025, 0.975]).tolist()
    return Estimate(float(values[0]), low, high)
