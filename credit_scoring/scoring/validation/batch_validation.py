"""Vectorised fast path of batch validation: marks the applicants that are certainly valid.

`RequestSchema.validate` decides on the others. They may be valid in an unusual form (a feature left
out, a whole number within rounding) or invalid. It takes five times as long per applicant.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.column_check import bounds, is_whole

NUMBER_TYPES = frozenset((float, int, type(None)))
Floats = NDArray[np.float64]


class BatchValidator:
    """The fast check of many applicants against the features of a request."""

    def __init__(
        self, features: Sequence[ModelFeature], missing_marks: Mapping[str, tuple[Any, ...]]
    ) -> None:
        """Check the `features` of a request; `missing_marks` by name mean "no value"."""
        categories = [f for f in features if f.feature.levels]
        numbers = [f for f in features if not f.feature.levels]
        self._feature_count = len(features)
        self._allowed_texts = {
            f.name: frozenset(
                (*f.feature.levels, *missing_marks.get(f.name, ()), *[None] * f.nullable)
            )
            for f in categories
        }
        self._numbers = [f.name for f in numbers]
        limits = np.array([bounds(f.feature) for f in numbers], dtype=np.float64).reshape(-1, 2)
        self._low, self._high = limits.T
        self._exclusive_low = np.array([f.feature.exclusive_minimum for f in numbers], dtype=bool)
        self._whole = np.array([f.feature.whole for f in numbers], dtype=bool)
        self._nullable = np.array([f.nullable for f in numbers], dtype=bool)
        self._sentinels = _sentinels([missing_marks.get(f.name, ()) for f in numbers])

    def certainly_valid(self, applicants: Sequence[Any]) -> tuple[list[bool], Floats | None]:
        """For each JSON value, whether it is an object of exactly the features, all valid.

        If all are: also their numbers (applicants, features that are numbers), for
        `Scorer.score_all`.
        """
        rows = [self._numbers_of(applicant) for applicant in applicants]
        complete = [row for row in rows if row is not None]
        in_range, numbers = self._in_range(complete)
        results = iter(in_range)
        valid = [row is not None and next(results) for row in rows]
        return valid, numbers if all(valid) else None

    def _numbers_of(self, applicant: Any) -> list[Any] | None:
        """The numbers of an applicant; None for a wrong name, a wrong type or an unknown level."""
        if not isinstance(applicant, dict) or len(applicant) != self._feature_count:
            return None
        try:
            numbers = [*map(applicant.__getitem__, self._numbers)]
            known = all(applicant[name] in texts for name, texts in self._allowed_texts.items())
        except (KeyError, TypeError):  # a feature is missing; a category is an unhashable list
            return None
        return numbers if known and NUMBER_TYPES.issuperset(map(type, numbers)) else None

    def _in_range(self, rows: Sequence[list[Any]]) -> tuple[list[bool], Floats | None]:
        try:
            values = np.array(rows, dtype=np.float64).reshape(len(rows), len(self._numbers))
        except OverflowError:  # a whole number of more than 308 digits
            return [False] * len(rows), None
        missing = np.isnan(values)
        in_range = (values >= self._low) & (values <= self._high)
        in_range &= ~self._exclusive_low | (values > self._low)
        in_range &= ~self._whole | is_whole(values)
        for sentinels in self._sentinels:
            in_range |= values == sentinels
        valid = (in_range | (missing & self._nullable)).all(axis=1)
        # A NaN that is not from null was sent as the number NaN.
        nan_is_null = missing.sum(axis=1) == [row.count(None) for row in rows]
        return (valid & nan_is_null).tolist(), values


def _sentinels(marks: Sequence[Sequence[Any]]) -> list[Floats]:
    """Arrays (features,) that hold all numbers among the marks of each feature.

    NaN, which equals nothing, fills the features that have fewer.
    """
    numbers = [[mark for mark in each if not isinstance(mark, str)] for each in marks]
    return [np.array(row, dtype=np.float64) for row in zip_longest(*numbers, fillvalue=math.nan)]
