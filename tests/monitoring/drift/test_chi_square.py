"""The two-sample chi-square test against SciPy and a plain pooling."""

import numpy as np
import pytest
from scipy.stats import chi2, chi2_contingency

from credit_scoring.monitoring.drift.bin_counts import BinLayout
from credit_scoring.monitoring.drift.chi_square import chi_square_tail, two_sample_test


@pytest.mark.parametrize("degrees", [1, 2, 3, 10, 11, 58, 121])
@pytest.mark.parametrize("statistic", [1e-9, 0.5, 10.0, 150.0, 1000.0])
def test_the_tail_is_scipys(statistic, degrees):
    assert chi_square_tail(statistic, degrees) == pytest.approx(
        chi2.sf(statistic, degrees), rel=1e-9, abs=1e-300
    )


def test_the_tail_of_extreme_statistics_stays_a_probability():
    assert chi_square_tail(0.0, 5) == 1
    assert chi_square_tail(3.0, 0) == 1
    assert chi_square_tail(1e9, 7) == 0


def run_test(first, second):
    layout = BinLayout.of({"x": first})
    statistic, degrees, p_value = two_sample_test(layout, np.array(first), np.array(second))
    return statistic[0], degrees[0], p_value[0]


@pytest.mark.parametrize(
    ("first", "second"),
    [([40, 60, 100], [50, 70, 20]), ([4000, 6000, 900], [50, 70, 19]), ([30, 30], [31, 29])],
    ids=["equal-sizes", "large-reference", "two-bins"],
)
def test_full_bins_give_scipys_test(first, second):
    expected = chi2_contingency([first, second], correction=False)
    assert run_test(first, second) == pytest.approx(
        (expected.statistic, expected.dof, expected.pvalue)
    )


def test_bins_that_expect_too_few_join_their_neighbours():
    pooled = chi2_contingency([[1000, 1020, 980], [12, 11, 20]], correction=False)
    result = run_test([1000, 20, 1000, 980], [12, 1, 10, 20])
    assert result == pytest.approx((pooled.statistic, pooled.dof, pooled.pvalue))


def test_a_rare_last_bin_joins_the_one_before():
    expected = chi2_contingency([[500, 501], [50, 62]], correction=False)
    result = run_test([500, 500, 1], [50, 60, 2])
    assert result == pytest.approx((expected.statistic, expected.dof, expected.pvalue))


@pytest.mark.parametrize(
    ("first", "second"),
    [([10, 20], [0, 0]), ([10, 20], [1, 0]), ([0, 0, 500], [0, 0, 300]), ([5000], [100])],
    ids=["no-decisions", "one-decision", "all-missing", "one-bin"],
)
def test_what_cannot_differ_has_the_p_value_1(first, second):
    assert run_test(first, second) == (0, 0, 1)


def test_features_with_different_bins_do_not_mix():
    first = {"a": [300, 400], "b": [100, 200, 300, 100], "c": [700]}
    second = {"a": [350, 350], "b": [150, 150, 100, 300], "c": [700]}
    layout = BinLayout.of(first)
    columns = two_sample_test(layout, layout.flat(first), layout.flat(second))
    for row, name in zip(zip(*columns, strict=True), first, strict=True):
        assert row == pytest.approx(run_test(first[name], second[name]))


@pytest.mark.parametrize("size", [30, 200, 5000])
def test_five_percent_of_unchanged_features_have_a_p_value_below_five_percent(size):
    rng = np.random.default_rng(size)
    shares = np.append(np.full(10, 0.098), 0.02)
    first = {str(index): rng.multinomial(20_000, shares) for index in range(2000)}
    second = {name: rng.multinomial(size, shares) for name in first}
    layout = BinLayout.of(first)
    p_values = two_sample_test(layout, layout.flat(first), layout.flat(second))[2]
    assert 0.035 < np.mean(p_values < 0.05) < 0.065
