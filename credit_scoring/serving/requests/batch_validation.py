"""Many applicants checked at once, by arrays: tells those that are plainly right.

Any other may still be right in another way (a feature left out, a whole number a hair off) or wrong: that is for
`RequestSchema.check` to say, a fifth as fast. Whoever passes here passes there too; a test holds them together.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.serving.requests.messages import LARGEST

NUMBERS = frozenset((float, int, type(None)))
Row = list[Any]
Floats = NDArray[np.float64]


class AtOnce:
    """The quick check of the features that a request holds."""

    def __init__(self, asked: Sequence[ModelFeature], marks: Mapping[str, tuple[Any, ...]]) -> None:
        """The features `asked`, and by name the `marks` that mean "no value" where it may be missing."""
        numbers = [f for f in asked if not f.feature.levels]
        self._numbers = [f.name for f in numbers]
        self._levels = {
            f.name: frozenset((*f.feature.levels, *marks.get(f.name, ()), *[None] * f.nullable))
            for f in asked
            if f.feature.levels
        }
        self._count = len(asked)
        self._low, self._high = (
            np.array([bounds(f) for f in numbers], dtype=np.float64).reshape(-1, 2).T
        )
        self._whole = np.array([f.feature.whole for f in numbers], dtype=bool)
        self._nullable = np.array([f.nullable for f in numbers], dtype=bool)
        self._mark = np.array([_number(marks.get(f.name, ())) for f in numbers], dtype=np.float64)

    def plainly_right(self, applicants: Sequence[Any]) -> tuple[list[bool], Floats | None]:
        """Of each JSON value whether it is an object in which every feature is there and right, and nothing else.

        Where all are: their numbers too, as `Scorer.score_all` takes them.
        """
        rows = [self._row(applicant) for applicant in applicants]
        known = [row for row in rows if row is not None]
        right, numbers = self._in_range(known)
        passed = iter(right)
        return [row is not None and next(passed) for row in rows], numbers if sum(right) == len(
            rows
        ) else None

    def _row(self, applicant: Any) -> Row | None:
        """The numbers, None where a name or a type is not as it should be, or a level is unknown."""
        if not isinstance(applicant, dict) or len(applicant) != self._count:
            return None
        try:
            row = [*map(applicant.__getitem__, self._numbers)]
            right = all(applicant[name] in levels for name, levels in self._levels.items())
        except (KeyError, TypeError):  # a name is missing; a list stands for a level
            return None
        return row if right and NUMBERS.issuperset(map(type, row)) else None

    def _in_range(self, rows: Sequence[Row]) -> tuple[list[bool], Floats | None]:
        try:
            values = np.array(rows, dtype=np.float64).reshape(len(rows), len(self._numbers))
        except OverflowError:  # a whole number of more than 308 digits, somewhere
            return [False] * len(rows), None
        missing = np.isnan(values)
        in_range = (
            (values >= self._low)
            & (values <= self._high)
            & (~self._whole | (values == np.floor(values)))
        )
        right = (in_range | (values == self._mark) | (missing & self._nullable)).all(axis=1)
        named = missing.sum(axis=1) == [
            row.count(None) for row in rows
        ]  # else the number NaN was sent
        return (right & named).tolist(), values


def bounds(asked: ModelFeature) -> tuple[float, float]:
    """The inclusive range of a number."""
    low, high = asked.feature.minimum, asked.feature.maximum
    return -LARGEST if low is None else low, LARGEST if high is None else high


def _number(marks: Sequence[Any]) -> float:
    return next((mark for mark in marks if not isinstance(mark, str)), math.nan)
