"""Counting: a batch of decisions or outcomes becomes counts per day and model."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias, TypeVar

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
Key = TypeVar("Key")
Counts: TypeAlias = dict[CountsKey, DayCounts]


def count_decisions(rows: Sequence[DecisionRow], counters: FeatureCounters) -> Counts:
    """Count decisions. A what-if counts in `kinds` only; one that is damaged is left out."""
    counts: Counts = {}
    for digest, of_model in _grouped(_readable(rows), lambda row: row.model_digest).items():
        by_day = _grouped(of_model, lambda row: row.day)
        for day, of_day in by_day.items():
            counts[CountsKey(digest, date.fromisoformat(day))] = _count_scalars(of_day)
        _add_features(counts, [row for row in of_model if row.kind != WHAT_IF], counters.of(digest))
    return counts


def _count_scalars(rows: Sequence[DecisionRow]) -> DayCounts:
    kinds = Counter(row.kind for row in rows)
    applications = [row for row in rows if row.kind != WHAT_IF]
    return DayCounts(
        kinds=dict(kinds),
        scores=_scores(applications),
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


def _add_features(
    counts: Counts, rows: Sequence[DecisionRow], counter: FeatureCounter | None
) -> None:
    """Add the features of decisions of one model, whose days are in `counts`."""
    places, bins = ([], None) if counter is None else counter.bins(rows)
    countable = {place: number for number, place in enumerate(places)}
    by_day = _grouped(range(len(rows)), lambda place: rows[place].day)
    for day, of_day in by_day.items():
        day_counts = counts[CountsKey(rows[of_day[0]].model_digest, date.fromisoformat(day))]
        numbers = [countable[place] for place in of_day if place in countable]
        day_counts.uncounted_features = len(of_day) - len(numbers)
        if counter is not None and bins is not None and numbers:
            day_counts.features = counter.counts(bins[numbers])


def count_outcomes(rows: Sequence[OutcomeRow]) -> Counts:
    """Count outcomes by the day of their decision; a correction subtracts the earlier outcome."""
    counts: Counts = {}
    applications = [row for row in _readable(rows) if row.kind != WHAT_IF]
    bins = score_bin([row.probability for row in applications]).tolist()
    for row, place in zip(applications, bins, strict=True):
        key = CountsKey(row.model_digest, date.fromisoformat(row.day))
        by_outcome = counts.setdefault(key, DayCounts()).outcomes[row.decision]
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


def _grouped(items: Iterable[Any], key: Any) -> Mapping[Any, list[Any]]:
    groups: dict[Any, list[Any]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
