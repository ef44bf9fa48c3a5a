"""Benjamini-Hochberg against SciPy, e-BH against a plain version, and their error rates."""

import math

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from credit_scoring.monitoring.drift.multiple_testing import (
    benjamini_hochberg,
    e_benjamini_hochberg,
)


@pytest.mark.parametrize("number", [1, 2, 7, 140])
def test_adjusted_p_values_are_scipys(number):
    p_values = np.random.default_rng(number).uniform(size=number) ** 3
    expected = false_discovery_control(p_values)
    np.testing.assert_allclose(benjamini_hochberg(p_values), expected)


def test_equal_p_values_stay_equal():
    np.testing.assert_allclose(benjamini_hochberg(np.array([0.02, 0.02, 1.0])), [0.03, 0.03, 1.0])


def plain_e_bh(e_values, level):
    number = len(e_values)
    descending = sorted(e_values, reverse=True)
    sizes = [k for k in range(1, number + 1) if descending[k - 1] >= number / (k * level)]
    return [bool(sizes) and value >= descending[max(sizes) - 1] for value in e_values]


@pytest.mark.parametrize("seed", range(5))
def test_e_bh_is_the_plain_rule(seed):
    e_values = np.exp(np.random.default_rng(seed).normal(3, 3, size=30))
    assert e_benjamini_hochberg(np.log(e_values)).tolist() == plain_e_bh(e_values, 0.05)


def test_one_feature_needs_the_number_of_features_over_the_level():
    e_values = np.log([140 / 0.05, *[1.0] * 139])
    assert e_benjamini_hochberg(e_values).tolist() == [True] + [False] * 139
    assert not e_benjamini_hochberg(e_values - 1e-9).any()


def test_several_moved_features_need_less_each():
    e_values = np.full(140, math.log(0.5))
    e_values[:5] = math.log(28 / 0.05)
    assert e_benjamini_hochberg(e_values).sum() == 5
