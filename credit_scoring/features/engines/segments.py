"""Segments: consecutive rows of the same applicant, and statistics over each of them by NumPy."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_scoring.features.engines.rounding import round_to_16_bits

Values = NDArray[Any]
Floats = NDArray[np.float64]
Features = NDArray[np.float32]  # (features, applicants)
Indices = NDArray[np.intp]
EXTREMES = {  # with the value that stands for an unknown one
    "min": (np.minimum, np.inf),
    "max": (np.maximum, -np.inf),
}


@dataclass(frozen=True)
class Segments:
    """Segment i has `lengths[i]` > 0 rows, following those of segment i - 1.

    It belongs to the applicant at the position `applicants[i]` of the feature table.
    """

    lengths: Indices
    applicants: Indices

    @cached_property
    def starts(self) -> Indices:
        """The first row of each segment."""
        return np.cumsum(self.lengths) - self.lengths

    @cached_property
    def of_rows(self) -> Indices:
        """The segment of each row."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    def select(self, rows: Indices) -> "Segments":
        """The segments of these rows only, renumbered."""
        lengths = np.bincount(self.of_rows[rows], minlength=len(self.lengths))
        present = lengths > 0
        return Segments(lengths[present], self.applicants[present])


def count_levels(codes: Values, segments: Segments, levels: int) -> Indices:
    """Number of rows per segment with each of the first `levels` codes, (levels, segments)."""
    size = len(segments.lengths)
    cells = np.minimum(codes, levels) * np.intp(size) + segments.of_rows
    counts = np.bincount(cells, minlength=(levels + 1) * size)
    return counts.reshape(levels + 1, -1)[:-1]


def write_statistics(
    values: Values, segments: Segments, names: Sequence[str], features: Features
) -> None:
    """Write the statistics `names` of each segment of `values` (rows,), NaN for missing.

    `features` has one row per statistic, (names, applicants).
    """
    statistics = _statistics(values, segments, names)
    for feature, name in zip(features, names, strict=True):
        # casting first is twice as fast
        feature[segments.applicants] = statistics[name].astype(np.float32)


def _statistics(values: Values, segments: Segments, names: Collection[str]) -> Mapping[str, Floats]:
    filled = values.astype(np.float64)
    unknown = np.isnan(filled)
    count = segments.lengths
    if unknown.any():
        count = count - np.add.reduceat(unknown, segments.starts, dtype=np.intp)
    statistics = {}
    for name, (extreme, fill) in EXTREMES.items():
        if name in names:
            np.putmask(filled, unknown, fill)
            extremes = extreme.reduceat(filled, segments.starts)
            statistics[name] = np.where(count > 0, extremes, np.nan)
    np.putmask(filled, unknown, 0.0)
    statistics["sum"] = np.add.reduceat(filled, segments.starts)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        statistics["mean"] = statistics["sum"] / count
        if "var" in names:
            np.subtract(filled, statistics["mean"][segments.of_rows], out=filled)
            np.putmask(filled, unknown, 0.0)
            squares = np.add.reduceat(np.square(filled, out=filled), segments.starts)
            variance = np.where(count > 1, squares / (count - 1), np.nan)
            statistics["var"] = round_to_16_bits(variance)
    return statistics
