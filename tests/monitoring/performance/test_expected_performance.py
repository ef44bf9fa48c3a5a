"""Performance expected before outcomes come, and what its interval covers."""

import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from credit_scoring.bundle.reference import SCORE_BINS, score_bin
from credit_scoring.monitoring.performance.expected_performance import expected_performance
from tests.monitoring.scored_outcomes import (
    THRESHOLD,
    draw_outcomes,
    draw_probabilities,
    draw_reference,
)

COSTS = (10.0, 1.0)


def expect(probability, reference):
    refused = probability >= THRESHOLD
    accepted_counts, refused_counts = (
        np.bincount(score_bin(probability[rows]), minlength=SCORE_BINS).tolist()
        for rows in (~refused, refused)
    )
    return expected_performance(accepted_counts, refused_counts, reference, COSTS)


def realise(probability, default):
    refused = probability >= THRESHOLD
    cost = (10 * (default & ~refused).sum() + (~default & refused).sum()) / len(default)
    return {
        "default_rate": default.mean(),
        "auc": roc_auc_score(default, probability),
        "cost_per_applicant": cost,
    }


@pytest.mark.parametrize("window", [500, 10_000])
def test_intervals_cover_what_comes_after_a_shift_of_the_applicants(window):
    covered = {"default_rate": 0, "auc": 0, "cost_per_applicant": 0}
    for seed in range(100):
        rng = np.random.default_rng(seed)
        probability = draw_probabilities(rng, window, mean=-2.5, deviation=1.2)
        expected = expect(probability, draw_reference(rng))
        truth = realise(probability, draw_outcomes(rng, probability))
        for name, value in truth.items():
            estimate = getattr(expected, name)
            covered[name] += estimate.low <= value <= estimate.high
    assert all(90 <= number <= 100 for number in covered.values()), covered


def test_a_changed_relation_is_not_seen():
    """The expected figures know the scores only: what comes is outside their interval."""
    rng = np.random.default_rng(0)
    probability = draw_probabilities(rng, 10_000)
    expected = expect(probability, draw_reference(rng))
    truth = realise(probability, draw_outcomes(rng, probability, shift=0.7))
    assert truth["cost_per_applicant"] > expected.cost_per_applicant.high
    assert truth["default_rate"] > expected.default_rate.high
    assert "only outcomes show it" in expected.warning.text()


def test_values_are_means_over_the_applicants():
    rng = np.random.default_rng(1)
    probability = draw_probabilities(rng, 5000)
    expected = expect(probability, None)
    assert expected.default_rate.value == pytest.approx(probability.mean(), rel=0.01)
    refused = probability >= THRESHOLD
    cost = 10 * probability[~refused].sum() + (1 - probability[refused]).sum()
    assert expected.cost_per_applicant.value == pytest.approx(cost / 5000, rel=0.01)
    assert expected.refused_share.value == pytest.approx(refused.mean())
    assert expected.assumption.text().endswith("its probabilities are taken as calibrated.")


def test_a_small_reference_widens_the_interval():
    rng = np.random.default_rng(2)
    probability = draw_probabilities(rng, 20_000)
    widths = [
        expected.cost_per_applicant.high - expected.cost_per_applicant.low
        for expected in (expect(probability, draw_reference(rng, n)) for n in (1500, 150_000))
    ]
    assert widths[0] > 1.5 * widths[1]


def test_result_is_repeatable_and_json():
    probability = draw_probabilities(np.random.default_rng(3), 300)
    first, second = (expect(probability, None) for _ in range(2))
    assert first == second
    assert json.loads(json.dumps(first.as_dict(), allow_nan=False))["applicants"] == 300


def test_few_applicants_have_no_auc_and_none_have_nothing():
    few = expect(np.full(20, 0.05), None)
    assert few.auc is None
    assert few.default_rate.low == 0
    assert expect(np.empty(0), None) is None
