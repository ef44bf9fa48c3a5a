"""The sequential evidence against plain references, and the inequality that it rests on."""

import math
from itertools import product

import numpy as np
import pytest
from scipy.stats import dirichlet_multinomial

from credit_scoring.monitoring.drift.bin_counts import BinLayout
from credit_scoring.monitoring.drift.evidence import Hypotheses, mixed_log_evidence

REFERENCE = {"a": [50, 40, 10], "b": [1000, 900], "c": [7, 0, 3, 0, 1]}
LAYOUT = BinLayout.of(REFERENCE)
HYPOTHESES = Hypotheses.of(LAYOUT, LAYOUT.flat(REFERENCE))


def concentrations(counts):
    """The concentrations as the documentation states them: "unchanged", "changed"."""
    applicants = sum(counts) + 1
    unchanged = 1 / (1 / applicants + 1 / 700)
    changed = min(30, unchanged / 4)
    shares = [(count + 1 / len(counts)) / applicants for count in counts]
    return [np.array(shares) * size for size in (unchanged, changed)]


@pytest.mark.parametrize("name", REFERENCE)
@pytest.mark.parametrize("size", [0, 1, 40, 5000])
def test_log_bayes_factors_are_scipys(name, size):
    shares = np.random.default_rng(size).dirichlet(np.ones(len(REFERENCE[name])))
    window = np.random.default_rng(size).multinomial(size, shares)
    windows = {other: np.zeros(len(REFERENCE[other]), int) for other in REFERENCE} | {name: window}
    factors = HYPOTHESES.log_bayes_factors(LAYOUT.flat(windows)[None])[0]
    unchanged, changed = concentrations(REFERENCE[name])
    expected = dirichlet_multinomial.logpmf(window, changed, size) - dirichlet_multinomial.logpmf(
        window, unchanged, size
    )
    by_name = dict(zip(LAYOUT.names, factors, strict=True))
    assert by_name.pop(name) == pytest.approx(expected, abs=1e-6)
    assert list(by_name.values()) == pytest.approx([0, 0], abs=1e-8)


def test_the_mixture_is_the_plain_sum():
    factors = np.array([[2.0, -3.0], [500.0, 0.0], [1.0, 1.0]])
    days = np.array([1, 4, 9])
    expected = [
        math.log(
            sum(math.exp(row[k]) / (j * (j + 1)) for row, j in zip(factors, days, strict=True))
            + 1 / 10
        )
        for k in range(2)
    ]
    assert mixed_log_evidence(factors, days, 9) == pytest.approx(expected)


@pytest.mark.parametrize("today", [1, 7, 90])
def test_without_evidence_the_e_value_is_1(today):
    days = np.arange(1, today + 1)
    assert mixed_log_evidence(np.zeros((today, 2)), days, today) == pytest.approx([0, 0])


@pytest.mark.parametrize("window", list(product([0, 1, 5, 40], repeat=3)), ids=str)
def test_the_next_applicant_does_not_raise_the_evidence_on_average(window):
    """The supermartingale of evidence.py: whatever the window, if nothing has changed."""
    layout = BinLayout.of({"a": REFERENCE["a"]})
    hypotheses = Hypotheses.of(layout, layout.flat(REFERENCE))
    shares = hypotheses.unchanged / hypotheses.unchanged.sum()
    following = np.array(window) + np.vstack([np.zeros(3), np.eye(3)]).astype(int)
    now, *later = hypotheses.log_bayes_factors(following)[:, 0]
    assert shares @ np.exp(np.array(later) - now) <= 1 + 1e-9


def test_small_references_allow_more():
    wide, narrow = (
        Hypotheses.of(layout, layout.flat(counts)).unchanged.sum()
        for counts in ({"a": [100, 100]}, {"a": [10_000, 10_000]})
        for layout in [BinLayout.of(counts)]
    )
    assert wide == pytest.approx(201 * 700 / 901)
    assert 670 < narrow < 700
