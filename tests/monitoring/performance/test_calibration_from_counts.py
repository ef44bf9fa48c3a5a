"""The calibration line from counts, compared with the line through the exact scores."""

import numpy as np
import pytest

from credit_scoring.bundle.reference import bin_log_odds
from credit_scoring.estimator.calibration import fit_logistic_line, sigmoid
from credit_scoring.monitoring.performance.calibration_from_counts import (
    fit_calibration_line,
    log_odds_shift,
)
from tests.monitoring.scored_outcomes import bin_counts, draw_accepted, draw_outcomes


def draw(seed, applicants=3000, **change):
    rng = np.random.default_rng(seed)
    probability = draw_accepted(rng, applicants)
    return probability, draw_outcomes(rng, probability, **change)


def test_line_is_that_of_the_exact_scores():
    probability, default = draw(1, 20_000, shift=0.3, slope=0.8)
    line = fit_calibration_line(*bin_counts(probability, default), bin_log_odds())
    log_odds = np.log(probability / (1 - probability))
    slope, intercept = fit_logistic_line(log_odds, default.astype(float))
    assert line.slope == pytest.approx(slope, abs=0.01)
    assert line.intercept == pytest.approx(intercept, abs=0.03)


def test_standard_errors_are_those_of_the_information_matrix():
    default, repaid = bin_counts(*draw(2))
    line = fit_calibration_line(default, repaid, bin_log_odds())
    design = np.stack([np.ones(default.size), bin_log_odds()], axis=1)
    probability = sigmoid(design @ [line.intercept, line.slope])
    information = design.T * ((default + repaid) * probability * (1 - probability)) @ design
    errors = np.sqrt(np.diag(np.linalg.inv(information)))
    for estimate, error in zip(
        (line.intercept_estimate(), line.slope_estimate()), errors, strict=True
    ):
        assert (estimate.high - estimate.low) / 2 == pytest.approx(1.959964 * error, rel=1e-4)


def test_shift_solves_its_equation():
    """With the slope 1, the expected number of defaults equals the observed one."""
    default, repaid = bin_counts(*draw(3, shift=0.5))
    shift = log_odds_shift(default, repaid, bin_log_odds()).value
    expected = ((default + repaid) * sigmoid(bin_log_odds() + shift)).sum()
    assert expected == pytest.approx(default.sum())


@pytest.mark.parametrize("figure", ["slope", "shift"])
def test_intervals_cover_the_truth(figure):
    covered = 0
    for seed in range(200):
        counts = bin_counts(*draw(seed, shift=0.3))
        line = fit_calibration_line(*counts, bin_log_odds())
        shift = log_odds_shift(*counts, bin_log_odds())
        estimate, truth = (line.slope_estimate(), 1) if figure == "slope" else (shift, 0.3)
        covered += estimate.low <= truth <= estimate.high
    assert 0.91 <= covered / 200 <= 0.985


def test_too_few_outcomes_or_one_score_have_no_line():
    score = np.array([-3.0, -2.0])
    few = np.array([4.0, 5.0])
    many = np.array([400.0, 500.0])
    assert fit_calibration_line(few, many, score) is None
    assert fit_calibration_line(np.array([50.0, 0]), np.array([500.0, 0]), score) is None
    assert log_odds_shift(few, many, score) is None
    assert log_odds_shift(np.array([50.0, 0]), np.array([500.0, 0]), score) is not None
