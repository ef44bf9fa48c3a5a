"""The decision threshold: the cheapest cut, its interval, the comparison."""

import doctest
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_scoring.estimator import threshold as threshold_module
from credit_scoring.estimator.threshold import (
    is_default_expected,
    optimal_threshold,
    threshold_interval,
)
from tests.estimator.small_model import cost_at

rows = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8)), min_size=1, max_size=30)


@settings(max_examples=150)
@given(rows, st.integers(1, 20), st.integers(1, 5), st.booleans())
def test_optimal_threshold_is_the_cheapest_cut(rows, fn, fp, close):
    """Ties go to the cut nearest to the theoretical threshold."""
    y = [label for label, _ in rows]
    # Close: neighbours in floating point, between which no midpoint exists.
    probability = [0.3 + k * math.ulp(0.3) if close else k / 8 for _, k in rows]
    threshold = optimal_threshold(y, probability, fn, fp)
    ends = [0.0, *sorted(set(probability)), max(1.0, math.nextafter(max(probability), 2))]
    cuts = [m if (m := (a + b) / 2) > a else b for a, b in pairwise(ends)]
    costs = {cut: cost_at(cut, y, probability, fn, fp) for cut in cuts}
    best = min(costs.values())
    assert costs[threshold] == best
    theoretical = fp / (fp + fn)
    nearest = min(abs(cut - theoretical) for cut, cost in costs.items() if cost == best)
    assert abs(threshold - theoretical) == nearest


@pytest.mark.parametrize(
    ("y", "probability", "expected"),
    [
        ([1, 1], [0.2, 0.4], 0.1),
        ([0, 0], [0.2, 0.5], 0.75),
        ([0, 0], [0.2, 1.0], math.nextafter(1.0, 2)),
        ([1, 0], [0.0, 1.0], 0.0),
    ],
    ids=["refuse all", "accept all", "accept even a sure default", "refuse even a sure payer"],
)
def test_optimal_threshold_at_the_ends(y, probability, expected):
    assert optimal_threshold(y, probability, 10, 1) == expected


def test_a_weight_repeats_a_row():
    y, probability, weight = [0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4], [1, 2, 30, 1]
    repeated = optimal_threshold(np.repeat(y, weight), np.repeat(probability, weight), 10, 1)
    assert optimal_threshold(y, probability, 10, 1, weight) == repeated
    assert optimal_threshold(y, probability, 10, 1) != repeated


@pytest.mark.parametrize(
    ("y", "probability", "message"),
    [
        ([0, 1], [0.1], "expected one length"),
        ([], [], "expected one length, above 0"),
        ([0, 2], [0.1, 0.2], "expected 1 for a default"),
        ([0, 1], [0.1, 1.2], "expected numbers from 0 to 1"),
        ([0, 1], [0.1, math.nan], "expected numbers from 0 to 1"),
    ],
)
def test_invalid_labels_and_probabilities_are_refused(y, probability, message):
    with pytest.raises(ValueError, match=message):
        optimal_threshold(y, probability, 10, 1)


@pytest.mark.parametrize(
    ("probability", "refused"),
    [(0.25, True), (math.nextafter(0.25, 0), False), (math.nextafter(0.25, 1), True)],
    ids=["at the threshold", "one ulp below", "one ulp above"],
)
def test_a_probability_at_the_threshold_is_refused(probability, refused):
    assert is_default_expected(probability, 0.25) is refused
    assert is_default_expected(np.array([probability]), 0.25).tolist() == [refused]


def test_threshold_interval_contains_the_theoretical_threshold():
    """Of calibrated probabilities at costs of 10 to 1 that is one in eleven."""
    rng = np.random.default_rng(0)
    probability = 1 / (1 + np.exp(2.9 - 1.2 * rng.normal(size=40_000)))
    y = rng.random(40_000) < probability
    low, high = threshold_interval(y, probability, 10, 1)
    assert low < optimal_threshold(y, probability, 10, 1) < high
    assert low < 1 / 11 < high
    assert 0.005 < high - low < 0.05
    assert threshold_interval(y, probability, 10, 1) == (low, high)


def test_examples_in_docstrings_hold():
    result = doctest.testmod(threshold_module)
    assert result.attempted > 0
    assert result.failed == 0
