"""Runs: consecutive rows of the same applicant, and the statistics of a column over each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_scoring.features.statistics import settled

Values = NDArray[Any]
Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
EXTREMES = {
    "min": (np.minimum, np.inf),
    "max": (np.maximum, -np.inf),
}  # with what stands for an unknown value


@dataclass(frozen=True)
class Runs:
    """Run i has `lengths[i]` > 0 rows, which follow those of run i - 1, and belongs to applicant `place[i]`."""

    lengths: Indices
    place: Indices

    @cached_property
    def starts(self) -> Indices:
        """The first row of each run."""
        return np.cumsum(self.lengths) - self.lengths

    @cached_property
    def run(self) -> Indices:
        """The run of each row."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    def only(self, rows: Indices) -> "Runs":
        """The runs of these rows alone, renumbered."""
        lengths = np.bincount(self.run[rows], minlength=len(self.lengths))
        present = lengths > 0
        return Runs(lengths[present], self.place[present])


def counts(codes: Values, runs: Runs, levels: int) -> Indices:
    """How many rows of each run have each of the first `levels` codes, shape (levels, runs)."""
    cell = np.minimum(codes, levels) * np.intp(len(runs.lengths)) + runs.run
    return np.bincount(cell, minlength=(levels + 1) * len(runs.lengths)).reshape(levels + 1, -1)[
        :-1
    ]


def write(values: Values, runs: Runs, wanted: Sequence[str], out: NDArray[np.float32]) -> None:
    """Write the statistics `wanted` of each run of `values` (rows,), NaN for missing.

    `out` has a row for each of them, (wanted, applicants), and a run its place there.
    """
    found = _statistics(values, runs, wanted)
    for row, name in zip(out, wanted, strict=True):
        row[runs.place] = found[name].astype(np.float32)  # twice as fast as without


def _statistics(values: Values, runs: Runs, wanted: Sequence[str]) -> Mapping[str, Floats]:
    filled = values.astype(np.float64)
    unknown = np.isnan(filled)
    count = runs.lengths
    if unknown.any():
        count = count - np.add.reduceat(unknown, runs.starts, dtype=np.intp)
    found = {}
    for name, (extreme, nothing) in EXTREMES.items():
        if name in wanted:
            np.putmask(filled, unknown, nothing)
            found[name] = np.where(count > 0, extreme.reduceat(filled, runs.starts), np.nan)
    np.putmask(filled, unknown, 0.0)
    found["sum"] = np.add.reduceat(filled, runs.starts)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        found["mean"] = found["sum"] / count
        if "var" in wanted:
            np.subtract(filled, found["mean"][runs.run], out=filled)
            np.putmask(filled, unknown, 0.0)
            spread = np.add.reduceat(np.square(filled, out=filled), runs.starts)
            found["var"] = settled(np.where(count > 1, spread / (count - 1), np.nan))
    return found
