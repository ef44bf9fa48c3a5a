"""The one verdict of drift for a model: over all its features, and over a look every day."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.monitoring.drift.bin_counts import BinLayout, Counts, Ints
from credit_scoring.monitoring.drift.compare import compare_flat
from credit_scoring.monitoring.drift.evidence import Hypotheses, mixed_log_evidence
from credit_scoring.monitoring.drift.multiple_testing import ERROR_LEVEL, e_benjamini_hochberg
from credit_scoring.monitoring.drift.results import DriftVerdict, FeatureDrift, MovedFeature

MAX_DAYS = 90  # an earlier change is seen in these days as well


def drift_verdict(reference: Counts, daily: Mapping[date, Counts], first_day: date) -> DriftVerdict:
    """Return which features have moved, at an error level of 5 % over the model's whole life.

    `daily` holds the counts by day, gaps allowed; the last 90 days are used. `first_day` is the day
    of the model's first decision ever. `BinsError` if features or bins differ.
    """
    layout = BinLayout.of(reference)
    days = sorted(daily)
    flat = np.array([layout.flat(daily[day]) for day in days], dtype=np.int64)
    return flat_verdict(layout, layout.flat(reference), days, flat, first_day)


def flat_verdict(
    layout: BinLayout, reference: Ints, days: Sequence[date], daily: Ints, first_day: date
) -> DriftVerdict:
    """Return the verdict on counts in the layout, (bins,) and (days, bins); `days` ascend."""
    recent = [day for day in days if day > days[-1] - timedelta(MAX_DAYS)]
    if not recent:
        return DriftVerdict((), dict.fromkeys(layout.names, 0.0), ERROR_LEVEL)
    windows = _windows(daily[-len(recent) :])
    factors = Hypotheses.of(layout, reference).log_bayes_factors(windows)
    numbers = _day_numbers(recent, first_day)
    evidence = mixed_log_evidence(factors, numbers, int(numbers[-1]))
    starts = factors.argmax(axis=0)
    moved = [
        MovedFeature(recent[starts[index]], float(evidence[index]), drift)
        for index, drift in _rejected(layout, reference, windows, starts, evidence)
    ]
    by_name = dict(zip(layout.names, evidence.tolist(), strict=True))
    return DriftVerdict(tuple(moved), by_name, ERROR_LEVEL)


def _windows(daily: Ints) -> Ints:
    """Return the counts from each day to the last one, of the counts (days, bins) of each day."""
    windows: Ints = np.cumsum(daily[::-1], axis=0)[::-1]
    return windows


def _day_numbers(days: list[date], first_day: date) -> Ints:
    """Return the days counted from 1, the model's first day or an earlier one with counts."""
    return np.array([(day - min(first_day, days[0])).days + 1 for day in days])


def _rejected(
    layout: BinLayout, reference: Ints, windows: Ints, starts: Ints, evidence: Floats
) -> list[tuple[int, FeatureDrift]]:
    """Return the moved features, the clearest first, each with its drift since its start day."""
    rejected = e_benjamini_hochberg(evidence)
    if not rejected.any():
        return []
    since = windows[np.repeat(starts, layout.sizes), np.arange(layout.total)]
    drifts = compare_flat(layout, reference, since)
    order = np.argsort(-evidence, kind="stable")
    return [(int(index), drifts[index]) for index in order if rejected[index]]
