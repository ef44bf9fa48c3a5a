"""The choice of the threshold: by the costs, or by the cheapest cut; the calibration warning."""

import warnings

import numpy as np
import pytest

from credit_scoring.estimator.threshold import optimal_threshold, threshold_interval
from credit_scoring.estimator.threshold_choice import (
    CalibrationWarning,
    calibration_warning,
    choose_threshold,
    saves_more_than_noise,
)
from tests.estimator.small_model import cost_at, small_model

COSTS = (10.0, 1.0)


def outcomes(rows, shift=0.0, seed=0):
    """Outcomes of `rows` applicants and probabilities whose log-odds are off by `shift`."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-3, 1.2, rows)
    default = (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(float)
    return default, 1 / (1 + np.exp(-log_odds - shift))


def test_the_rules_take_the_theoretical_threshold_or_the_cheapest_cut():
    target, probability = outcomes(1000)
    by_cost = choose_threshold(target, probability, COSTS, "expected_cost", 0)
    by_data = choose_threshold(target, probability, COSTS, "empirical", 0)
    assert by_cost["threshold"] == 1 / 11
    assert by_data["threshold"] == optimal_threshold(target, probability, *COSTS)
    assert by_cost["empirical_threshold"] == by_data["threshold"]
    interval = threshold_interval(target, probability, *COSTS)
    assert by_cost["threshold_interval"] == by_data["threshold_interval"] == interval


def test_costs_are_per_row():
    target, probability = outcomes(1000)
    choice = choose_threshold(target, probability, COSTS, "expected_cost", 0)
    costs = choice["out_of_fold_cost"]
    for name, threshold in (
        ("cost_at_theoretical", 1 / 11),
        ("cost_at_empirical", choice["empirical_threshold"]),
    ):
        expected = cost_at(threshold, target, probability, *COSTS) / 1000
        assert costs[name] == pytest.approx(expected, abs=1e-12)
    assert costs["saving_optimism"] > 0
    assert costs["saving_standard_error"] > 0


def test_calibrated_probabilities_seldom_cause_a_warning():
    """In at most three of twenty samples; about one in twenty in bench/threshold.py."""
    alarms = [
        saves_more_than_noise(
            choose_threshold(*outcomes(1500, seed=seed), COSTS, "expected_cost", 0)[
                "out_of_fold_cost"
            ]
        )
        for seed in range(20)
    ]
    assert sum(alarms) <= 3


def test_wrong_probabilities_cause_a_warning():
    target, probability = outcomes(3000, shift=1.5)
    choice = choose_threshold(target, probability, COSTS, "expected_cost", 0)
    costs = choice["out_of_fold_cost"]
    assert saves_more_than_noise(costs)
    message = calibration_warning(1 / 11, choice["empirical_threshold"], costs)
    assert message is not None
    assert "less per applicant than 0.0909" in message


@pytest.mark.parametrize(
    ("parameters", "rule"),
    [
        ({}, "expected_cost"),
        ({"calibrate": False}, "empirical"),
        ({"threshold": "empirical"}, "empirical"),
        ({"threshold": "expected_cost", "calibrate": False}, "expected_cost"),
    ],
)
def test_the_default_rule_follows_calibration(numbers, parameters, rule):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CalibrationWarning)
        model = small_model(n_boosters=1, **parameters).fit(*numbers)
    assert model.threshold_rule == rule
    expected = (
        model.theoretical_threshold if rule == "expected_cost" else model.empirical_threshold_
    )
    assert model.threshold_ == expected


def test_fit_warns_if_the_probabilities_are_not_calibrated(numbers):
    """Trees that see every defaulter five times overstate the risk; nothing corrects it."""
    params = {"scale_pos_weight": 5.0, "feature_fraction": 1.0, "num_threads": 1}
    model = small_model(calibrate=False, threshold="expected_cost", params=params)
    with pytest.warns(CalibrationWarning, match="not calibrated"):
        model.fit(*numbers)
    assert model.calibration_warning is not None
