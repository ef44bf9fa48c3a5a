"""The bet on the first 1,000 outcomes: nothing before, all or nothing after."""

import numpy as np
import pytest

from credit_scoring.bundle.reference import bin_log_odds
from credit_scoring.estimator.calibration import sigmoid
from credit_scoring.monitoring.performance.calibration_prior import CalibrationPrior
from credit_scoring.monitoring.performance.first_outcomes import (
    bet_on_first_outcomes,
    first_outcomes,
    p_value,
)

SCORE = bin_log_odds()
PRIOR = CalibrationPrior(centre=-3.0, mean=(-3.0, 1.0), variance=(0.1**2, 0.05**2))


def outcomes(defaults, total=1000):
    """Outcomes in the bin of the log-odds -2.95: 50 defaults of 1,000 are expected."""
    default, repaid = np.zeros((2, SCORE.size))
    default[51] = defaults
    repaid[51] = total - defaults
    return default, repaid


def test_days_are_added_until_there_are_1000_outcomes():
    days = [outcomes(10, 400), outcomes(20, 400), outcomes(30, 400), outcomes(40, 400)]
    default, repaid = first_outcomes(days)
    assert (default.sum(), repaid.sum()) == (60, 1140)
    assert first_outcomes(days[:2]) is None
    assert first_outcomes([]) is None


@pytest.mark.parametrize(("defaults", "e_value"), [(50, 0), (60, 0), (90, 50)])
def test_bet_pays_out_only_if_there_are_too_many_defaults(defaults, e_value):
    assert bet_on_first_outcomes(outcomes(defaults), SCORE, PRIOR, level=0.02) == e_value
    assert bet_on_first_outcomes(None, SCORE, PRIOR, level=0.02) == 1


def test_p_value_is_the_share_of_simulations_with_as_many_defaults():
    rng = np.random.default_rng(0)
    height = rng.normal(-3.0, 0.1, 400_000)
    slope = rng.normal(1.0, 0.05, 400_000)
    defaults = rng.poisson(1000 * sigmoid(height + slope * 0.05))
    for observed in (40, 60, 70):
        simulated = np.mean(defaults >= observed)
        assert p_value(*outcomes(observed), SCORE, PRIOR) == pytest.approx(simulated, abs=0.003)


def test_p_value_without_defaults_is_1():
    assert p_value(*outcomes(0), SCORE, PRIOR) == pytest.approx(1)


def test_bet_is_lost_as_often_as_it_must():
    """Nothing changed: it pays out in at most the share `level` of 2,000 simulations."""
    rng = np.random.default_rng(1)
    lines = rng.normal(-3.0, 0.1, 2000), rng.normal(1.0, 0.05, 2000)
    defaults = rng.binomial(1000, sigmoid(lines[0] + lines[1] * 0.05))
    p_values = [p_value(*outcomes(number), SCORE, PRIOR) for number in defaults]
    assert np.mean(np.array(p_values) <= 0.02) <= 0.02 + 2 * (0.02 / 2000) ** 0.5
