"""Counting: a batch of decisions or outcomes becomes counts per day and model."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TypeAlias

import numpy as np

from credit_scoring.bundle.reference import SCORE_BINS, score_bin
from credit_scoring.monitoring.count_features import FeatureCounter, FeatureCounters
from credit_scoring.monitoring.day_counts import (
    DECISIONS,
    LATENCY_BINS,
    LATENCY_EDGES,
    OUTCOMES,
    DayCounts,
)
from credit_scoring.monitoring.uncounted_records import AnyRow, CountsKey, DecisionRow, OutcomeRow

log = logging.getLogger(__name__)
WHAT_IF = "what-if"  # the kind of a decision about an application that nobody made
Counts: TypeAlias = dict[CountsKey, DayCounts]


def count_decisions(rows: Sequence[DecisionRow], counters: FeatureCounters) -> Counts:
    """Count decisions. A what-if counts in `kinds` only; one that is damaged is left out."""
    return {
        key: _count_day(of_day, counters.of(key.model_digest))
        for key, of_day in _by_model_and_day(_readable(rows)).items()
    }


def _count_day(rows: Sequence[DecisionRow], counter: FeatureCounter | None) -> DayCounts:
    """Count decisions of one model and day."""
    applications = [row for row in rows if row.kind != WHAT_IF]
    features, uncounted = counter.count(applications) if counter else ({}, len(applications))
    return DayCounts(
        features=features,
        uncounted_features=uncounted,
        scores=_scores(applications),
        kinds=dict(Counter(row.kind for row in rows)),
        handler_ms=_latencies(row.handler_ms for row in applications),
        model_ms=_latencies(row.model_ms for row in applications),
    )


def _scores(rows: Sequence[DecisionRow]) -> dict[str, list[int]]:
    codes = np.array([DECISIONS.index(row.decision) for row in rows], dtype=np.intp)
    bins = codes * SCORE_BINS + score_bin([row.probability for row in rows])
    numbers = np.bincount(bins, minlength=len(DECISIONS) * SCORE_BINS)
    return dict(zip(DECISIONS, numbers.reshape(len(DECISIONS), -1).tolist(), strict=True))


def _latencies(milliseconds: Iterable[float | None]) -> list[int]:
    known = [value for value in milliseconds if value is not None]
    bins = np.searchsorted(LATENCY_EDGES, known, side="right")
    numbers: list[int] = np.bincount(bins, minlength=LATENCY_BINS).tolist()
    return numbers


def count_outcomes(rows: Sequence[OutcomeRow]) -> Counts:
    """Count outcomes by the day of their decision; a correction subtracts the earlier outcome."""
    applications = [row for row in _readable(rows) if row.kind != WHAT_IF]
    by_day = _by_model_and_day(applications)
    return {key: _count_outcomes_of_day(of_day) for key, of_day in by_day.items()}


def _count_outcomes_of_day(rows: Sequence[OutcomeRow]) -> DayCounts:
    counts = DayCounts()
    bins = score_bin([row.probability for row in rows]).tolist()
    for row, place in zip(rows, bins, strict=True):
        by_outcome = counts.outcomes[row.decision]
        by_outcome[OUTCOMES[row.outcome]][place] += 1
        if row.earlier is not None:
            by_outcome[OUTCOMES[row.earlier]][place] -= 1
    return counts


def versions(rows: Iterable[DecisionRow | OutcomeRow]) -> dict[str, str]:
    """The version of each model by its digest."""
    return {row.model_digest: row.model_version for row in rows if row.model_digest is not None}


def _readable(rows: Sequence[AnyRow]) -> list[AnyRow]:
    """The rows that no other program damaged or removed; logs the ids of the others."""
    readable = [row for row in rows if _is_readable(row)]
    if len(readable) < len(rows):
        damaged = [row[0] for row in rows if not _is_readable(row)]
        log.warning("%d records are damaged and are not counted: %s, …", len(damaged), damaged[0])
    return readable


def _is_readable(row: DecisionRow | OutcomeRow) -> bool:
    return (
        isinstance(row.probability, float)
        and row.decision in DECISIONS
        and isinstance(row.kind, str)
        and isinstance(row.model_digest, str)
    )


def _by_model_and_day(rows: Iterable[AnyRow]) -> dict[CountsKey, list[AnyRow]]:
    groups: dict[tuple[str, str], list[AnyRow]] = {}
    for row in rows:
        groups.setdefault((row.model_digest, row.day), []).append(row)
    return {
        CountsKey(digest, date.fromisoformat(day)): of_day
        for (digest, day), of_day in groups.items()
    }
