"""The PSI against a plain version, and its size by chance against a simulation."""

import math

import numpy as np
import pytest

from credit_scoring.monitoring.drift.bin_counts import BinLayout
from credit_scoring.monitoring.drift.psi import population_stability_index
from credit_scoring.monitoring.drift.psi_by_chance import chance_of_psi


def index(first, second):
    layout = BinLayout.of({"x": first})
    return population_stability_index(layout, np.array(first), np.array(second))[0]


def plain_psi(first, second):
    both = [one + other for one, other in zip(first, second, strict=True)]
    extra = [0.5 * len(both) * count / sum(both) for count in both]
    total = 0.0
    for one, other, more in zip(first, second, extra, strict=True):
        if one + other:
            p = (one + more) / (sum(first) + sum(extra))
            q = (other + more) / (sum(second) + sum(extra))
            total += (q - p) * math.log(q / p)
    return total


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([100, 200, 700, 5], [90, 210, 650, 50]),
        ([100, 0, 700, 0], [0, 210, 650, 0]),
        ([1000, 1000, 1000], [1, 0, 0]),
    ],
    ids=["usual", "empty-bins", "one-decision"],
)
def test_the_index_is_the_plain_sum(first, second):
    assert index(first, second) == pytest.approx(plain_psi(first, second))


def test_large_samples_have_the_index_without_smoothing():
    first, second = np.array([0.2, 0.3, 0.5]), np.array([0.3, 0.3, 0.4])
    expected = ((second - first) * np.log(second / first)).sum()
    counts = [(shares * 10**8).astype(int).tolist() for shares in (first, second)]
    assert index(*counts) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("first", "second"),
    [([10, 20], [0, 0]), ([0, 0], [0, 0]), ([0, 900], [0, 50]), ([7], [9])],
    ids=["no-decisions", "no-applicants", "all-missing", "one-bin"],
)
def test_what_cannot_differ_has_the_index_0(first, second):
    assert index(first, second) == 0


def test_unseen_rare_levels_do_not_add_up():
    """3 of 300,000 applicants have each of 40 levels; none of a hundred decisions has one."""
    first = [*[3] * 40, 100_000, 199_880, 0]
    assert index(first, [*[0] * 40, 33, 67, 0]) < 0.001


SHARES = {
    "deciles": [0.1] * 10 + [0.0],
    "missing": [0.04] * 10 + [0.6],
    "flag": [0.95, 0.05, 0.0],
    "rare-levels": [0.5, 0.3, 0.1, 0.05, 0.03, 0.01, 0.005, 0.003, 0.001, 0.001, 0.0],
}


@pytest.mark.parametrize("reference", [200, 2000, 100_000])
@pytest.mark.parametrize("size", [50, 200, 20_000])
@pytest.mark.parametrize("shares", SHARES.values(), ids=list(SHARES))
def test_by_chance_the_index_has_the_stated_mean_and_limit(shares, size, reference):
    rng = np.random.default_rng(size)
    first = {str(number): rng.multinomial(reference, shares) for number in range(1500)}
    layout = BinLayout.of(first)
    samples = layout.flat(first), rng.multinomial(size, shares, size=1500).ravel()
    indices = population_stability_index(layout, *samples)
    means, limits = chance_of_psi(layout, *samples)
    assert indices.mean() == pytest.approx(means.mean(), rel=0.1)
    assert np.mean(indices > limits) < 0.1
