"""Percentiles of durations agree with those of the durations themselves, to a bin's width."""

import numpy as np
import pytest

from credit_scoring.monitoring.day_counts import LATENCY_BINS, LATENCY_EDGES
from credit_scoring.monitoring.latency import latency_percentiles


def counts_of(durations):
    bins = np.searchsorted(LATENCY_EDGES, durations, side="right")
    return np.bincount(bins, minlength=LATENCY_BINS).tolist()


@pytest.mark.parametrize("sigma", [0.2, 1.0, 2.0])
def test_percentiles_are_those_of_the_durations(sigma):
    durations = np.random.default_rng(0).lognormal(1, sigma, 20_000)
    percentiles = latency_percentiles(counts_of(durations))
    for share in (50, 95, 99):
        assert percentiles[f"p{share}"] == pytest.approx(np.percentile(durations, share), rel=0.13)


def test_two_groups_are_told_apart():
    percentiles = latency_percentiles(counts_of([1.0] * 97 + [1000.0] * 3))
    assert percentiles["p95"] < 1.3
    assert 790 < percentiles["p99"] < 1270


def test_extreme_durations_are_the_last_edges():
    assert latency_percentiles(counts_of([10**9]))["p50"] == 60_000
    assert latency_percentiles(counts_of([0.0]))["p50"] < 0.05


def test_no_duration_has_no_percentiles():
    assert latency_percentiles(counts_of([])) is None
