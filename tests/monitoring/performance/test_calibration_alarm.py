"""The calibration alarm: an e-value, quiet without a loss of calibration, loud with one."""

from datetime import date, timedelta
from math import comb

import numpy as np
import pytest

from credit_scoring.monitoring.log_sum_exp import log_sum_exp
from credit_scoring.monitoring.performance.calibration_alarm import (
    ERROR_LEVEL,
    calibration_verdict,
    log_e_terms,
)
from credit_scoring.monitoring.performance.calibration_prior import (
    CalibrationPrior,
    calibration_prior,
)
from credit_scoring.monitoring.performance.line_evidence import log_evidence
from credit_scoring.monitoring.performance.matured_outcomes import matured_outcomes
from tests.monitoring.scored_outcomes import counts_of, draw_accepted, draw_outcomes, draw_reference

FIRST = date(2026, 1, 1)
TODAY = date(2026, 12, 31)


def draw_days(rng, days, per_day=50, change_on=None, **change):
    """Counts of days with complete outcomes; the relation changes on the day `change_on`."""
    counts = {}
    for number in range(days):
        probability = draw_accepted(rng, per_day)
        is_changed = change_on is not None and number >= change_on
        default = draw_outcomes(rng, probability, **(change if is_changed else {}))
        counts[FIRST + timedelta(days=number)] = counts_of(probability, default)
    return counts


def verdict(days, reference, today=TODAY):
    return calibration_verdict(matured_outcomes(days, today), reference)


@pytest.mark.parametrize("months", [1, 2])
def test_mean_of_the_e_value_is_1_if_nothing_changed(months):
    """Summed over all possible outcomes of 6 applicants a month, by their probability under H0."""
    prior = CalibrationPrior(centre=-2, mean=(-2.1, 0.9), variance=(0.2**2, 0.1**2))
    score = np.array([-3.0])
    mean = 0.0
    for defaults in np.ndindex(*[7] * months):
        default = np.array(defaults, float)[:, None]
        outcomes = default.sum(axis=0), (6 - default).sum(axis=0)
        probability = np.exp(log_evidence(*(c[None] for c in outcomes), score, prior)[0])
        probability *= np.prod([comb(6, int(d)) for d in defaults])
        terms = log_e_terms(default, 6 - default, None, score, prior)
        mean += probability * np.exp(log_sum_exp(terms))
    assert mean == pytest.approx(1, abs=1e-3)


def test_no_alarm_over_many_looks_without_a_change():
    """40 models, each with ten looks during 300 days."""
    alarms = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        reference = draw_reference(rng)
        days = draw_days(rng, 300, per_day=20)
        looks = range(30, 301, 30)
        alarms += any(verdict(dict(list(days.items())[:n]), reference).alarm for n in looks)
    assert alarms <= 40 * ERROR_LEVEL


@pytest.mark.parametrize(
    "change", [{"shift": 0.8}, {"slope": 0.6}, {"shift": -1.6}], ids=["shift", "slope", "fewer"]
)
def test_a_loss_of_calibration_is_found_with_1000_outcomes(change):
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        reference = draw_reference(rng)
        found += verdict(draw_days(rng, 20, change_on=0, **change), reference).alarm
    assert found >= 18


def test_a_late_change_is_found_and_dated():
    rng = np.random.default_rng(1)
    result = verdict(draw_days(rng, 150, change_on=90, shift=1.0), draw_reference(rng))
    assert result.alarm
    assert result.state == "alarm"
    assert result.since == "2026-04"
    assert result.sentence().text().startswith("calibration lost for decisions since about 2026-04")


def test_the_first_outcomes_count_only_if_they_are_known():
    rng = np.random.default_rng(5)
    outcomes = matured_outcomes(draw_days(rng, 40, change_on=0, shift=0.5), TODAY)
    reference = draw_reference(rng)
    known = calibration_verdict(outcomes, reference)
    unknown = calibration_verdict(outcomes, reference, has_first_day=False)
    assert known.log_evidence > np.log(20)  # the bet alone suffices
    assert known.log_evidence - unknown.log_evidence == pytest.approx(
        np.log(np.exp(unknown.log_evidence) - 0.4 + 20) - unknown.log_evidence
    )
    assert known.since == "2026-01"


def test_a_small_reference_raises_the_uncertainty():
    rng = np.random.default_rng(2)
    priors = [calibration_prior(draw_reference(rng, n)) for n in (2000, 200_000)]
    assert priors[0].variance[0] > 3 * priors[1].variance[0]
    assert priors[1].mean == pytest.approx((priors[1].centre, 1), abs=0.05)


def test_without_a_reference_the_probabilities_count_as_calibrated():
    rng = np.random.default_rng(3)
    assert not verdict(draw_days(rng, 20), None).alarm
    assert verdict(draw_days(rng, 20, change_on=0, shift=1.5), None).alarm


def test_early_defaults_are_no_alarm():
    """Every default is reported at once, repayments are not due yet."""
    rng = np.random.default_rng(4)
    days = {}
    for number in range(60):
        probability = draw_accepted(rng, 50)
        default = draw_outcomes(rng, probability)
        days[FIRST + timedelta(days=number)] = counts_of(probability, default, known=default)
    result = verdict(days, draw_reference(rng), today=date(2026, 4, 1))
    assert result.state == "waiting"
    assert (result.log_evidence, result.outcomes, result.since) == (0, 0, None)
    assert result.waiting > 50
    assert result.limit == pytest.approx(np.log(20))
