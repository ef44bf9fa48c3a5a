"""AUC and its interval from counts per bin, compared with scikit-learn and a slow DeLong."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from credit_scoring.bundle.reference import score_bin
from credit_scoring.monitoring.performance.auc_from_counts import auc, auc_estimate
from tests.monitoring.scored_outcomes import (
    bin_counts,
    draw_accepted,
    draw_outcomes,
    draw_probabilities,
)


def draw(seed, draw_scores=draw_probabilities, applicants=5000):
    rng = np.random.default_rng(seed)
    probability = draw_scores(rng, applicants)
    return probability, draw_outcomes(rng, probability)


@pytest.mark.parametrize("draw_scores", [draw_probabilities, draw_accepted])
def test_auc_equals_scikit_learn_on_binned_scores_and_nearly_on_exact_ones(draw_scores):
    probability, default = draw(1, draw_scores)
    area = auc(*bin_counts(probability, default))
    assert area == pytest.approx(roc_auc_score(default, score_bin(probability)), abs=1e-12)
    assert area == pytest.approx(roc_auc_score(default, probability), abs=0.002)


def test_auc_of_several_counts_at_once():
    pairs = [bin_counts(*draw(seed)) for seed in (1, 2)]
    areas = auc(*np.stack(pairs, axis=1))
    assert areas == pytest.approx([float(auc(*pair)) for pair in pairs])
    assert np.isnan(auc(np.zeros(3), np.ones(3)))


def slow_delong(default, repaid):
    """The standard error, from the wins of every applicant over every one of the other class."""
    high = np.repeat(np.arange(len(default)), default.astype(int))
    low = np.repeat(np.arange(len(repaid)), repaid.astype(int))
    wins = (high[:, None] > low) + 0.5 * (high[:, None] == low)
    parts = [wins.mean(axis=1 - axis).var(ddof=1) / wins.shape[axis] for axis in (0, 1)]
    return sum(parts) ** 0.5


def test_interval_is_delongs_on_the_logit_scale():
    default, repaid = bin_counts(*draw(3, applicants=800))
    estimate = auc_estimate(default, repaid)
    area = estimate.value
    odds = np.log(area / (1 - area))
    half_width = 1.959964 * slow_delong(default, repaid) / (area * (1 - area))
    assert np.log(estimate.low / (1 - estimate.low)) == pytest.approx(odds - half_width, abs=1e-5)
    assert np.log(estimate.high / (1 - estimate.high)) == pytest.approx(odds + half_width, abs=1e-5)


def test_interval_covers_the_true_auc():
    truth = float(auc(*bin_counts(*draw(0, draw_accepted, 2_000_000))))
    estimates = [auc_estimate(*bin_counts(*draw(seed, draw_accepted, 800))) for seed in range(300)]
    covered = np.mean([e.low <= truth <= e.high for e in estimates])
    assert 0.92 <= covered <= 0.98


def test_perfect_separation_has_an_interval_within_0_and_1():
    estimate = auc_estimate(np.array([0.0, 20.0]), np.array([20.0, 0.0]))
    assert estimate.value == 1
    assert 0 < estimate.low <= estimate.high < 1.0000001


@pytest.mark.parametrize(("defaults", "repaid"), [(9, 500), (500, 9), (0, 0)])
def test_too_few_outcomes_have_no_estimate(defaults, repaid):
    assert auc_estimate(np.array([0.0, defaults]), np.array([repaid, 0.0])) is None
