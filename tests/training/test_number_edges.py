"""The edges of a number's bins: quantiles at round numbers, none of which shows one applicant."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.bundle.reference import bin_counts, number_bin
from credit_scoring.training.number_edges import SMALLEST_BIN, number_edges, round_number

FLOATS_32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


def counts_of(values, edges):
    return bin_counts(number_bin(values, edges), len(edges) + 2)


@pytest.fixture(scope="module")
def amounts():
    return np.random.default_rng(1).lognormal(12, 1, 20_000)


def test_edges_are_round_deciles(amounts):
    edges = number_edges(amounts)
    assert len(edges) == 9
    assert all(len(f"{edge:.15g}".rstrip("0")) <= 3 for edge in edges), edges
    *shares, missing = np.divide(counts_of(amounts, edges), len(amounts))
    assert shares == pytest.approx([0.1] * 10, abs=0.011)
    assert missing == 0


def test_missing_values_do_not_move_the_edges(amounts):
    with_gaps = np.concatenate((amounts, [np.nan] * 5000))
    assert number_edges(with_gaps) == number_edges(amounts)
    assert counts_of(with_gaps, number_edges(with_gaps))[-1] == 5000


def test_a_frequent_value_has_a_bin_of_its_own(amounts):
    for value in (0.0, -5.0, 365243.0, 1 / 3):
        values = np.concatenate((amounts, [value] * 15_000))
        counts = counts_of(values, number_edges(values))
        assert max(counts) == pytest.approx(15_000, rel=0.03)


@pytest.mark.parametrize(
    ("values", "edges"),
    [([0, 1], (1.0,)), ([1, 2, 3], (2.0, 3.0)), ([-2, -1, 0], (-1.0, 0.0)), ([0.25, 7], (4.0,))],
    ids=str,
)
def test_few_values_have_a_bin_each(values, edges):
    many = np.repeat(values, 50)
    assert number_edges(many) == edges
    assert counts_of(many, edges) == (50,) * len(values) + (0,)


def test_a_rare_flag_has_its_bin():
    flags = np.repeat([0, 1], [19_980, 20])
    assert counts_of(flags, number_edges(flags)) == (19_980, 20, 0)


@pytest.mark.parametrize(
    "values", [[], [np.nan] * 50, [3.5] * 500, [1, 2, 3], [np.nan, 1]], ids=lambda v: str(v[:3])
)
def test_values_that_do_not_vary_enough_have_one_bin(values):
    assert number_edges(values) == ()


@given(st.lists(FLOATS_32 | st.integers(0, 3), max_size=300), st.integers(1, 3))
def test_every_bin_has_enough_applicants(values, repeats):
    many = np.repeat(np.array(values, dtype=np.float32), repeats)
    edges = number_edges(many)
    limits = np.array(edges, dtype=np.float32)
    assert (np.diff(limits) > 0).all()
    *counts, missing = counts_of(many, edges)
    assert sum(counts) == len(many)
    assert missing == 0
    assert not edges or min(counts) >= SMALLEST_BIN


@given(st.lists(FLOATS_32, min_size=2, max_size=2, unique=True))
def test_a_round_number_is_above_the_lower_and_not_above_the_higher(values):
    low, high = sorted(values)
    assert low < np.float32(round_number(low, high)) <= high


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(41.3, 58.1, 50), (0, 1, 1), (-1, 0, 0), (0.1234567, 0.1234569, 0.1234568), (-7, 9, 0)],
)
def test_a_round_number_has_few_digits(low, high, expected):
    assert round_number(low, high) == expected


def test_no_edge_is_the_value_of_one_applicant(amounts):
    exact = {float(value) for value in np.float32(amounts)}
    assert not exact & {*number_edges(amounts)}
