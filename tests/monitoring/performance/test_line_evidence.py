"""The marginal likelihood by quadrature equals the sum over a fine grid."""

import numpy as np
import pytest

from credit_scoring.bundle.reference import bin_log_odds
from credit_scoring.monitoring.log_sum_exp import log_sum_exp
from credit_scoring.monitoring.performance.calibration_prior import CalibrationPrior
from credit_scoring.monitoring.performance.line_evidence import log_evidence
from tests.monitoring.scored_outcomes import bin_counts, draw_accepted, draw_outcomes

PRIOR = CalibrationPrior(centre=-3.2, mean=(-3.2, 1.0), variance=(0.3**2, 0.2**2))


def draw(applicants, seed=0, **change):
    rng = np.random.default_rng(seed)
    probability = draw_accepted(rng, applicants)
    return bin_counts(probability, draw_outcomes(rng, probability, **change))


def grid_evidence(default, repaid, points=401):
    """The integral over eight standard deviations of the prior, one height at a time."""
    axes = [
        np.linspace(m - 8 * v**0.5, m + 8 * v**0.5, points)
        for m, v in zip(PRIOR.mean, PRIOR.variance, strict=True)
    ]
    seen = default + repaid > 0
    score = bin_log_odds()[seen] - PRIOR.centre
    log_priors = [
        -0.5 * (axis - m) ** 2 / v - 0.5 * np.log(2 * np.pi * v) + np.log(axis[1] - axis[0])
        for axis, m, v in zip(axes, PRIOR.mean, PRIOR.variance, strict=True)
    ]
    rows = []
    for height, log_prior in zip(axes[0], log_priors[0], strict=True):
        log_odds = height + axes[1][:, None] * score
        total = (default + repaid)[seen]
        log_likelihood = (default[seen] * log_odds - total * np.logaddexp(0, log_odds)).sum(axis=1)
        rows.append(log_sum_exp(log_likelihood + log_priors[1]) + log_prior)
    return float(log_sum_exp(np.array(rows)))


@pytest.mark.parametrize("applicants", [0, 3, 100, 2000, 30_000])
@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_quadrature_equals_the_grid(applicants, shift):
    default, repaid = draw(applicants, shift=shift)
    evidence = log_evidence(default[None], repaid[None], bin_log_odds(), PRIOR)
    assert evidence == pytest.approx([grid_evidence(default, repaid)], abs=0.003)


def test_several_sets_of_counts_at_once():
    sets = [draw(applicants, seed) for seed, applicants in enumerate((50, 500))]
    default, repaid = np.stack(sets, axis=1)
    together = log_evidence(default, repaid, bin_log_odds(), PRIOR)
    alone = [log_evidence(d[None], r[None], bin_log_odds(), PRIOR)[0] for d, r in sets]
    assert together == pytest.approx(alone)


def test_hopeless_outcomes_have_a_finite_evidence():
    """All default at a score of 0.03 %: far outside the prior."""
    default = np.where(np.arange(122) == 0, 5000.0, 0.0)
    evidence = log_evidence(default[None], 0 * default[None], bin_log_odds(), PRIOR)
    assert np.isfinite(evidence).all()
