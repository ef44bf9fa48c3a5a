"""Calibration by a line through the log-odds."""

import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from credit_scoring.estimator.calibration import fit_platt


@pytest.mark.parametrize("wrong", [(0.4, 1.5), (3.0, -0.7)])
def test_calibration_corrects_a_distorted_score(wrong):
    rng = np.random.default_rng(0)
    log_odds = rng.normal(-2.5, 1, 40_000)
    target = (rng.random(40_000) < 1 / (1 + np.exp(-log_odds))).astype(float)
    slope, intercept = fit_platt((log_odds - wrong[1]) / wrong[0], target)
    assert slope == pytest.approx(wrong[0], rel=0.05)
    assert intercept == pytest.approx(wrong[1], abs=0.1)


def test_calibration_agrees_with_logistic_regression(numbers):
    raw, y = numbers[0][:, 0], numbers[1].astype(float)
    reference = LogisticRegression(C=np.inf, tol=1e-10).fit(raw[:, None], y)
    expected = (reference.coef_[0, 0], reference.intercept_[0])
    assert fit_platt(raw, y) == pytest.approx(expected, rel=0.02)  # the smoothed targets


@pytest.mark.parametrize(
    "raw", [[-3.0, -2.0, -1.0, 0.0] * 5, [1.0] * 20], ids=["against the target", "constant"]
)
def test_calibration_never_reverses_the_ranking(raw):
    assert fit_platt(np.array(raw), np.array([1.0, 1.0, 0.0, 0.0] * 5)) == (1.0, 0.0)


def test_calibration_of_separable_classes_stays_finite():
    raw = np.concatenate([np.linspace(-9, -8, 500), np.linspace(8, 9, 5)])
    slope, intercept = fit_platt(raw, (raw > 0).astype(float))
    assert 0 < slope < 10
    assert math.isfinite(intercept)
