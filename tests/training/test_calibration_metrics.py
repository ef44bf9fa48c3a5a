"""The calibration line equals scikit-learn's, and the curve shows tenths of the applicants."""

import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from credit_scoring.training.calibration_metrics import calibration_curve, calibration_line
from credit_scoring.training.metrics import Costs, RankedOutcomes
from tests.training.calibrated_outcomes import make_outcomes


def fit_line(outcomes, weight=None):
    return calibration_line(outcomes)(np.ones(len(outcomes.default)) if weight is None else weight)


@pytest.mark.parametrize("weighted", [False, True])
def test_line_equals_logistic_regression(weighted):
    outcomes = make_outcomes(slope=0.7, intercept=-0.3)
    weight = (
        np.random.default_rng(1).integers(0, 4, 2000).astype(float) if weighted else np.ones(2000)
    )
    log_odds = np.log(outcomes.probability / (1 - outcomes.probability))[:, None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        expected = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(
            log_odds, outcomes.default, weight
        )
    line = fit_line(outcomes, weight)
    assert line["calibration_slope"] == pytest.approx(expected.coef_[0, 0], abs=1e-5)
    assert line["calibration_intercept"] == pytest.approx(expected.intercept_[0], abs=1e-5)


def test_calibrated_probabilities_have_slope_1():
    line = fit_line(make_outcomes(rows=200_000))
    assert line["calibration_slope"] == pytest.approx(1, abs=0.03)
    assert line["calibration_intercept"] == pytest.approx(0, abs=0.06)


def test_constant_probability_has_a_finite_line():
    outcomes = RankedOutcomes.of(
        np.array([0, 1, 0, 0]), np.full(4, 0.25), np.zeros(4, dtype=bool), Costs()
    )
    assert all(np.isfinite(list(fit_line(outcomes).values())))


def test_perfect_separation_converges():
    outcomes = RankedOutcomes.of(
        np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9]), np.zeros(4, dtype=bool), Costs()
    )
    assert fit_line(outcomes)["calibration_slope"] > 1


def test_curve_has_tenths_with_intervals():
    outcomes = make_outcomes()
    bins = calibration_curve(outcomes)
    assert [tenth["applicants"] for tenth in bins] == [200] * 10
    assert [tenth["predicted"] for tenth in bins] == sorted(tenth["predicted"] for tenth in bins)
    assert np.mean([tenth["observed"] for tenth in bins]) == pytest.approx(outcomes.default.mean())
    assert all(0 <= tenth["low"] <= tenth["observed"] <= tenth["high"] <= 1 for tenth in bins)


def test_tenth_without_defaults_has_an_interval():
    outcomes = RankedOutcomes.of(
        np.array([1, *[0] * 19]), np.linspace(0.9, 0.1, 20), np.zeros(20, dtype=bool), Costs()
    )
    assert calibration_curve(outcomes)[0]["observed"] == 0
    assert calibration_curve(outcomes)[0]["high"] > 0
