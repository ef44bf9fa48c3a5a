"""Calibration's line equals scikit-learn's, its curve tells tenths; the curves behind the pictures add up."""

import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_score, recall_score

from credit_scoring.training.calibration_metrics import calibration_curve, calibration_line
from credit_scoring.training.metrics import Costs, RankedOutcomes
from credit_scoring.training.threshold_curves import MOST_POINTS, metrics_by_threshold, thin_curves


def drawn(rows=2000, seed=0, slope=1.0, intercept=0.0):
    """Outcomes whose true log-odds are slope × predicted + intercept."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-2, 1, rows)
    default = rng.random(rows) < 1 / (1 + np.exp(-(slope * log_odds + intercept)))
    probability = 1 / (1 + np.exp(-log_odds))
    return RankedOutcomes.of(default.astype(int), probability, probability >= 0.1, Costs())


def found(outcomes, weight=None):
    return calibration_line(outcomes)(np.ones(len(outcomes.default)) if weight is None else weight)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_line_is_a_logistic_regression_on_the_log_odds(weighted):
    outcomes = drawn(slope=0.7, intercept=-0.3)
    weight = (
        np.random.default_rng(1).integers(0, 4, 2000).astype(float) if weighted else np.ones(2000)
    )
    log_odds = np.log(outcomes.probability / (1 - outcomes.probability))[:, None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        expected = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(
            log_odds, outcomes.default, weight
        )
    ours = found(outcomes, weight)
    assert ours["calibration_slope"] == pytest.approx(expected.coef_[0, 0], abs=1e-5)
    assert ours["calibration_intercept"] == pytest.approx(expected.intercept_[0], abs=1e-5)


def test_calibrated_probabilities_have_slope_1_and_intercept_0():
    ours = found(drawn(rows=200_000))
    assert ours["calibration_slope"] == pytest.approx(1, abs=0.03)
    assert ours["calibration_intercept"] == pytest.approx(0, abs=0.06)


def test_a_constant_probability_has_an_unknown_slope_and_does_not_fail():
    outcomes = RankedOutcomes.of(
        np.array([0, 1, 0, 0]), np.full(4, 0.25), np.zeros(4, dtype=bool), Costs()
    )
    assert all(np.isfinite(list(found(outcomes).values())))


def test_a_perfect_separation_ends():
    outcomes = RankedOutcomes.of(
        np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9]), np.zeros(4, dtype=bool), Costs()
    )
    assert found(outcomes)["calibration_slope"] > 1


def test_the_curve_has_tenths_of_the_applicants_with_an_interval_round_the_share():
    outcomes = drawn()
    bins = calibration_curve(outcomes)
    assert [one["applicants"] for one in bins] == [200] * 10
    assert [one["predicted"] for one in bins] == sorted(one["predicted"] for one in bins)
    assert np.mean([one["observed"] for one in bins]) == pytest.approx(outcomes.default.mean())
    assert all(0 <= one["low"] <= one["observed"] <= one["high"] <= 1 for one in bins)


def test_a_tenth_without_defaults_has_an_interval_too():
    outcomes = RankedOutcomes.of(
        np.array([1, *[0] * 19]), np.linspace(0.9, 0.1, 20), np.zeros(20, dtype=bool), Costs()
    )
    assert calibration_curve(outcomes)[0]["observed"] == 0
    assert calibration_curve(outcomes)[0]["high"] > 0


def test_every_cut_is_what_refusing_from_there_on_gives():
    outcomes = drawn(rows=300)
    every = metrics_by_threshold(outcomes)
    for place in (0, 100, len(every["threshold"]) - 1):
        refused = outcomes.probability >= every["threshold"][place]
        assert every["recall"][place] == pytest.approx(recall_score(outcomes.default, refused))
        assert every["precision"][place] == pytest.approx(
            precision_score(outcomes.default, refused)
        )
        good = outcomes.default == 0
        assert every["false_positive_rate"][place] == pytest.approx(
            (good & refused).sum() / good.sum()
        )
        cost = 10 * (~good & ~refused).sum() + (good & refused).sum()
        assert every["cost_per_applicant"][place] == pytest.approx(cost / 300)


def test_thinned_curves_keep_both_ends():
    outcomes = drawn()
    every, few = metrics_by_threshold(outcomes), thin_curves(outcomes)
    assert {len(values) for values in few.values()} == {MOST_POINTS}
    for name, values in few.items():
        assert (values[0], values[-1]) == (every[name][0], every[name][-1])
