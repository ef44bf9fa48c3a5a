"""Tilted weights have the requested means and change nothing else."""

import numpy as np
import pytest

from credit_scoring.laboratory.simulation.tilt import Tilt, effective_size

APPLICANTS = 20_000


@pytest.fixture(scope="module")
def columns():
    """A symmetric, a skewed and a partly missing feature that depends on the first."""
    rng = np.random.default_rng(3)
    symmetric = rng.standard_normal(APPLICANTS)
    skewed = np.exp(0.5 * rng.standard_normal(APPLICANTS)) + symmetric / 10
    partly_missing = symmetric + rng.standard_normal(APPLICANTS)
    partly_missing[rng.random(APPLICANTS) < 0.6] = np.nan
    return np.column_stack([symmetric, skewed, partly_missing])


def moved_by(columns, weights):
    """How far each weighted mean is from the mean, in standard deviations."""
    known = ~np.isnan(columns)
    values = np.where(known, columns, 0)
    means = weights @ values / (weights @ known)
    return (means - np.nanmean(columns, axis=0)) / np.nanstd(columns, axis=0)


@pytest.mark.parametrize(
    "sizes", [[0, 0, 0], [0.5, 0, 0], [0.5, -0.3, 0.4], [-1, 0.5, -0.5]], ids=str
)
def test_means_move_jointly_by_the_sizes(columns, sizes):
    weights = Tilt(columns, sizes).weights()
    assert weights.sum() == pytest.approx(1)
    assert moved_by(columns, weights) == pytest.approx(sizes, abs=1e-6)


def test_share_of_missing_values_stays(columns):
    weights = Tilt(columns, [0, 0, 0.5]).weights()
    missing = np.isnan(columns[:, 2])
    assert weights @ missing == pytest.approx(missing.mean(), abs=1e-7)


def test_a_column_twice_is_one_condition(columns):
    once = Tilt(columns[:, :1], [0.5]).weights()
    twice = Tilt(columns[:, [0, 0]], [0.5, 0.5]).weights()
    assert twice == pytest.approx(once, rel=1e-5)


def test_normal_feature_has_the_weights_of_theory(columns):
    """exp(size · z): the effective share is exp(-size²)."""
    weights = Tilt(columns[:, :1], [0.5]).weights()
    assert effective_size(weights) == pytest.approx(np.exp(-0.25) * APPLICANTS, rel=0.02)


@pytest.mark.parametrize("sizes", [[9], [-9]], ids=str)
def test_mean_beyond_the_values_has_no_weights(columns, sizes):
    assert Tilt(columns[:, :1], sizes).weights() is None


def test_largest_possible_shift_is_at_the_limit(columns):
    limit = 0.05 * APPLICANTS
    tilt = Tilt(columns[:, :1], [9]).largest_possible(limit)
    assert tilt.is_possible(limit)
    assert not tilt.scaled(1.01).is_possible(limit)
    assert tilt.sizes[0] == pytest.approx(np.sqrt(np.log(20)), rel=0.05)
