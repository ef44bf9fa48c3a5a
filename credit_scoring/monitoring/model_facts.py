"""What is known of one model in production: its counts by day, its manifest, the verdicts on both.

The summary and the alarms are computed from it; what both need is computed once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TypeAlias

import numpy as np

from credit_scoring.bundle.manifest import Manifest
from credit_scoring.bundle.reference import Reference
from credit_scoring.monitoring.counts_matrix import CountsMatrix
from credit_scoring.monitoring.counts_store import CountedModel, RefusedRequests
from credit_scoring.monitoring.day_counts import DECISIONS, DayCounts
from credit_scoring.monitoring.drift.bin_counts import BinLayout, Counts, Ints
from credit_scoring.monitoring.drift.drift_verdict import flat_verdict
from credit_scoring.monitoring.drift.results import SCORE, DriftVerdict
from credit_scoring.monitoring.drift.score_groups import ScoreGroups
from credit_scoring.monitoring.performance.calibration_alarm import calibration_verdict
from credit_scoring.monitoring.performance.expected_performance import expected_performance
from credit_scoring.monitoring.performance.matured_outcomes import MaturedOutcomes, matured_outcomes
from credit_scoring.monitoring.performance.results import CalibrationVerdict, ExpectedPerformance

MAX_DAYS = 730  # of a model's life that are read: outcomes come late
MAX_EXPECTED = 50  # windows whose expected performance is kept
FindManifest: TypeAlias = Callable[[str], Manifest | None]  # by the digest of model.pkl


@dataclass(frozen=True)
class DayWindow:
    """The days from `since` to `until`, both inclusive."""

    since: date
    until: date

    @classmethod
    def ending(cls, day: date, days: int) -> "DayWindow":
        """The window of that many days whose last one is `day`."""
        return cls(day - timedelta(days - 1), day)

    def __contains__(self, day: date) -> bool:
        return self.since <= day <= self.until

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.until - self.since).days + 1


@dataclass(frozen=True)
class ModelFacts:
    """The facts of a model until `today`.

    `manifest` is None if its bundle was not found. `days` holds its counts, `volumes` the decisions
    of all models, `refused` the refused requests, which belong to no model. `is_behind`: older
    decisions or outcomes are not counted yet.
    """

    model: CountedModel
    manifest: Manifest | None
    days: Mapping[date, DayCounts]
    volumes: Mapping[date, int]
    refused: Sequence[RefusedRequests]
    today: date
    is_behind: bool = False

    @property
    def reference(self) -> Reference | None:
        """The reference of the model; None without one, or without a bundle."""
        return self.manifest.reference if self.manifest else None

    @cached_property
    def score_groups(self) -> ScoreGroups | None:
        """The bins of the score as a feature."""
        if self.reference is None:
            return None
        return ScoreGroups.of(self.reference.score.applicants_per_bin)

    @cached_property
    def reference_counts(self) -> Counts | None:
        """The counts of the training applicants by feature, the score included."""
        if self.reference is None or self.score_groups is None:
            return None
        features = {feature.name: feature.counts for feature in self.reference.features}
        return {**features, SCORE: self.score_groups.pool(self.reference.score.applicants_per_bin)}

    @cached_property
    def feature_counts(self) -> dict[date, Counts]:
        """The counts of decisions by day and feature, the score included.

        Without the days that have no such counts, or counts by other bins than the reference's.
        """
        if self._layout is None or self.score_groups is None:
            return {}
        layout = self._layout
        scores = self.score_groups.pool(self.counts_matrix.scores).tolist()
        by_day: dict[date, Counts] = {
            day: {**counts.features, SCORE: score}
            for (day, counts), score in zip(self.days.items(), scores, strict=True)
            if counts.features
        }
        return {day: counts for day, counts in by_day.items() if layout.fits(counts)}

    def days_with_other_bins(self) -> int:
        """The number of days whose features are not counted by the bins of the reference."""
        return sum(bool(counts.features) for counts in self.days.values()) - len(
            self.feature_counts
        )

    @cached_property
    def _layout(self) -> BinLayout | None:
        return BinLayout.of(self.reference_counts) if self.reference_counts else None

    @cached_property
    def _flat(self) -> tuple[Ints, Ints]:
        """The days' ordinal numbers (days,), and their counts (days, bins)."""
        assert self._layout is not None  # noqa: S101 - for the type checker
        days = np.array([day.toordinal() for day in self.feature_counts], dtype=np.int64)
        return days, self._layout.rows(self.feature_counts.values())

    def window_features(self, window: DayWindow) -> Counts:
        """The counts of a window by feature, the score included; empty without a reference."""
        if self._layout is None:
            return {}
        days, flat = self._flat
        is_inside = (days >= window.since.toordinal()) & (days <= window.until.toordinal())
        parts = np.split(flat[is_inside].sum(axis=0), self._layout.starts[1:])
        return dict(zip(self._layout.names, parts, strict=True))

    @cached_property
    def counts_matrix(self) -> CountsMatrix:
        """The counts of the days without those of features."""
        return CountsMatrix.of(self.days)

    def window(self, window: DayWindow) -> DayCounts:
        """The counts of the days of a window, added up, without those of features."""
        return self.counts_matrix.sum(window.since, window.until)

    @cached_property
    def verdict(self) -> DriftVerdict | None:
        """The verdict of drift; None without a reference or without a counted feature."""
        if self.reference_counts is None or self._layout is None or not self.feature_counts:
            return None
        reference = self._layout.flat(self.reference_counts)
        days = list(self.feature_counts)
        return flat_verdict(self._layout, reference, days, self._flat[1], self.model.first_day)

    def missing_shares(self) -> dict[date, float]:
        """The mean missing share of the features by day."""
        if self._layout is None:
            return {}
        features = slice(0, len(self._layout.names) - 1)  # the last one is the score
        missing = self._flat[1][:, self._layout.missing[features]].sum(axis=1)
        numbers = self._flat[1][:, : self._layout.starts[-1]].sum(axis=1)
        shares = (missing / np.maximum(numbers, 1)).tolist()
        return dict(zip(self.feature_counts, shares, strict=True))

    def expected(self, window: DayWindow) -> ExpectedPerformance | None:
        """The performance expected for a window; None without a decision or without costs."""
        if window not in self._expected:
            if len(self._expected) == MAX_EXPECTED:
                self._expected.clear()
            self._expected[window] = self._expect(self.window(window))
        return self._expected[window]

    @cached_property
    def _expected(self) -> dict[DayWindow, ExpectedPerformance | None]:
        """What was computed, because its draws take most of the time of a summary."""
        return {}

    def _expect(self, counts: DayCounts) -> ExpectedPerformance | None:
        if self.manifest is None:
            return None
        costs = self.manifest.costs
        return expected_performance(
            counts.scores["ACCEPTED"],
            counts.scores["REFUSED"],
            self.reference.score if self.reference else None,
            (costs["false_negative"], costs["false_positive"]),
        )

    @cached_property
    def outcomes(self) -> MaturedOutcomes:
        """The outcomes of the days of decisions that are complete enough."""
        return matured_outcomes(self.days, self.today)

    @cached_property
    def calibration(self) -> CalibrationVerdict:
        """The verdict of calibration."""
        reference = self.reference.score if self.reference else None
        has_first_day = self.model.first_day >= self.today - timedelta(MAX_DAYS)
        return calibration_verdict(self.outcomes, reference, has_first_day=has_first_day)


def scores_of(counts: DayCounts) -> Ints:
    """The decisions per score bin, accepted and refused."""
    return np.sum([counts.scores[decision] for decision in DECISIONS], axis=0, dtype=np.int64)
