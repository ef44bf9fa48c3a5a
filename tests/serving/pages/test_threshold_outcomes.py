"""Outcomes of a threshold from the bundle's counts, compared with direct computation."""

from dataclasses import replace

import numpy as np
import pytest

from credit_scoring.bundle.threshold_curve import ExposureSums, ThresholdCurve
from credit_scoring.confidence_interval import NORMAL_QUANTILE, wilson_interval
from credit_scoring.estimator.threshold import cost_per_applicant, is_default_expected
from credit_scoring.serving.pages.threshold.outcomes import (
    FIGURES,
    Terms,
    changes,
    cheapest,
    nearest,
    outcomes,
)

TERMS = Terms(ratio=7.0, unit=2.0, margin=0.12, lgd=0.6)
THRESHOLDS = (0.0, 0.05, 0.1, 0.2, 0.5, 1.0)
POSITIONS = range(len(THRESHOLDS))


@pytest.fixture(scope="module")
def applicants():
    """Probabilities, outcomes and exposures of 2,000 applicants."""
    rng = np.random.default_rng(0)
    probability = rng.beta(1, 8, 2000)
    return probability, rng.random(2000) < probability, rng.gamma(2, 1000, 2000)


@pytest.fixture(scope="module")
def curve(applicants):
    """Their counts, as a bundle has them, but not rounded."""
    probability, default, exposure = applicants
    refused = [is_default_expected(probability, threshold) for threshold in THRESHOLDS]

    def sums(amounts, outcome):
        return tuple(float(amounts[~r & outcome].sum()) for r in refused)

    return ThresholdCurve(
        applicants=2000,
        defaults=int(default.sum()),
        thresholds=THRESHOLDS,
        missed=tuple(int((default & ~r).sum()) for r in refused),
        refused_good=tuple(int((~default & r).sum()) for r in refused),
        exposure=ExposureSums(
            accepted_good=sums(exposure, ~default),
            accepted_default=sums(exposure, default),
            accepted_good_squares=sums(exposure**2, ~default),
            accepted_default_squares=sums(exposure**2, default),
        ),
    )


def per_applicant(applicants, index):
    """Each applicant's cost and profit at a threshold."""
    probability, default, exposure = applicants
    refused = is_default_expected(probability, THRESHOLDS[index])
    lost = TERMS.unit * TERMS.ratio
    cost = np.where(default, np.where(refused, 0, lost), np.where(refused, TERMS.unit, 0))
    earned = np.where(default, -TERMS.lgd * exposure, TERMS.margin * exposure)
    return {"cost": cost, "profit": np.where(refused, 0, earned)}


def assert_mean(estimate, values, further=0):
    """`further` is added to the sum of squares."""
    n = len(values)
    variance = (np.sum(values.astype(float) ** 2) + further) / n - values.mean() ** 2
    half_width = NORMAL_QUANTILE * np.sqrt(variance / n)
    expected = (values.mean(), values.mean() - half_width, values.mean() + half_width)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("index", POSITIONS)
@pytest.mark.parametrize("name", ["cost", "profit"])
def test_averages_are_those_of_the_applicants(curve, applicants, index, name):
    assert_mean(outcomes(curve, index, TERMS)[name], per_applicant(applicants, index)[name])


@pytest.mark.parametrize("other", [0, 2, 5])
@pytest.mark.parametrize("index", POSITIONS)
@pytest.mark.parametrize("name", ["cost", "profit"])
def test_changes_are_paired(curve, applicants, index, other, name):
    here, there = (per_applicant(applicants, position)[name] for position in (index, other))
    _, default, exposure = applicants
    further = {
        "cost": (TERMS.unit * TERMS.ratio) ** 2 + TERMS.unit**2,
        "profit": np.mean((TERMS.margin * exposure[~default]) ** 2)
        + np.mean((TERMS.lgd * exposure[default]) ** 2),
    }
    assert_mean(changes(curve, index, other, TERMS)[name], here - there, further[name])


def test_change_that_moves_nobody_is_uncertain(curve):
    change = changes(curve, 2, 2, TERMS)["cost"]
    assert change.low < change.value == 0 < change.high


@pytest.mark.parametrize("index", POSITIONS)
def test_shares_are_those_of_the_applicants(curve, applicants, index):
    probability, default, _ = applicants
    accepted = ~is_default_expected(probability, THRESHOLDS[index])
    shares = {
        "accepted_share": accepted,
        "missed_share": accepted[default],
        "refused_good_share": ~accepted[~default],
        "accepted_default_rate": default[accepted],
    }
    figures = outcomes(curve, index, TERMS)
    assert list(figures) == list(FIGURES)
    for name, members in shares.items():
        if not len(members):
            assert figures[name] is None
            continue
        low, high = wilson_interval(members.mean(), len(members))
        estimate = figures[name]
        assert (estimate.value, estimate.low, estimate.high) == pytest.approx(
            (members.mean(), low, high)
        )


@pytest.mark.parametrize("index", POSITIONS)
def test_changes_of_shares_are_paired(curve, applicants, index):
    probability, default, _ = applicants
    refused, before = (is_default_expected(probability, THRESHOLDS[i]) for i in (index, 3))
    moved = before.astype(float) - refused
    found = changes(curve, index, 3, TERMS)
    assert_mean(found["accepted_share"], moved, 1)
    assert_mean(found["missed_share"], moved[default], 1)
    assert_mean(found["refused_good_share"], -moved[~default], 1)
    assert_rate_change(found["accepted_default_rate"], default, ~refused, ~before)


def assert_rate_change(estimate, default, here, there):
    """The interval from each applicant's influence on the two rates."""
    if not here.any() or not there.any():
        assert estimate is None
        return
    rates = [default[accepted].mean() for accepted in (here, there)]
    influences = [
        accepted * (default - rate) / accepted.sum()
        for accepted, rate in zip((here, there), rates, strict=True)
    ]
    rate, size = default[here | there].mean(), (here | there).sum()
    variance = np.sum((influences[0] - influences[1]) ** 2)
    variance += ((1 - rate) ** 2 + rate**2) / size**2
    value = rates[0] - rates[1]
    half_width = NORMAL_QUANTILE * np.sqrt(variance)
    expected = (value, value - half_width, value + half_width)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx(expected, abs=1e-9)


def test_cost_is_the_estimators(curve):
    for index in POSITIONS:
        expected = cost_per_applicant(curve.missed[index], curve.refused_good[index], 2000, 14, 2)
        assert outcomes(curve, index, TERMS)["cost"].value == pytest.approx(expected)


def test_cheapest_threshold_has_the_lowest_cost(curve):
    costs = [outcomes(curve, index, TERMS)["cost"].value for index in POSITIONS]
    assert cheapest(curve, TERMS) == int(np.argmin(costs))


@pytest.mark.parametrize(
    ("threshold", "index"), [(0.0, 0), (0.074, 1), (0.076, 2), (0.9, 5), (0.025, 0)]
)
def test_nearest_threshold(curve, threshold, index):
    assert nearest(curve, threshold) == index


def test_without_exposure_there_is_no_profit(curve):
    bare = replace(curve, exposure=None)
    assert outcomes(bare, 2, TERMS)["profit"] is None
    assert changes(bare, 2, 3, TERMS)["profit"] is None
