"""Columns of the generated tables, as NumPy arrays; a missing number is NaN.

Text columns are codes into labels. Child rows lie consecutively, in the order of their parents.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.contracts.contract import Table
from credit_scoring.sample.distributions import NULL
from credit_scoring.tables.scan import DTYPES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
DAYS_PER_MONTH = 30.4375
DAYS_PER_YEAR = 365.25
SENTINEL = 365_243  # the source's sentinel value for "no date"


class TextColumn(NamedTuple):
    """A text column: `codes` into `labels`; the code `len(labels)` is a missing value."""

    codes: Ints
    labels: tuple[str, ...]

    def is_in(self, *labels: str) -> Flags:
        """Whether each value is one of `labels`."""
        return np.isin(self.codes, [self.labels.index(label) for label in labels])

    def replace_where(self, mask: Flags, label: str) -> "TextColumn":
        """The same column with `label` (or "null") on the rows of `mask`."""
        labels = self.labels if label == NULL or label in self.labels else (*self.labels, label)
        code = len(labels) if label == NULL else labels.index(label)
        old_codes = np.where(self.codes == len(self.labels), len(labels), self.codes)
        return TextColumn(np.where(mask, code, old_codes), labels)

    def take(self, rows: Ints | Flags) -> "TextColumn":
        """The values of `rows`."""
        return TextColumn(self.codes[rows], self.labels)

    def map_labels(self, values: dict[str, Any]) -> NDArray[Any]:
        """The value of each row's label; no value may be missing."""
        return np.array([values[label] for label in self.labels])[self.codes]


Columns = dict[str, Any]  # of arrays and TextColumn


@dataclass(frozen=True)
class ChildRows:
    """The rows of a child table: `counts[i]` consecutive rows for each parent i."""

    counts: Ints

    @property
    def size(self) -> int:
        """Number of rows."""
        return int(self.counts.sum())

    @property
    def parent(self) -> Ints:
        """Parent of each row."""
        return np.repeat(np.arange(self.counts.size), self.counts)

    @property
    def position(self) -> Ints:
        """Position of each row among its parent's, from 0."""
        return np.arange(self.size) - np.repeat(self.starts, self.counts)

    @property
    def starts(self) -> Ints:
        """First row of each parent."""
        return np.cumsum(self.counts) - self.counts

    def repeat(self, values: NDArray[Any]) -> NDArray[Any]:
        """A parent's value on each of its rows."""
        return np.repeat(values, self.counts)

    def repeat_keys(self, parents: Columns, rows: Ints) -> Columns:
        """The keys of the credit and of the applicant; the parents are `rows` of a table."""
        return {name: self.repeat(parents[name][rows]) for name in ("SK_ID_PREV", "SK_ID_CURR")}


def as_integers(flags: Flags) -> Ints:
    """1 if true, else 0."""
    return flags.astype(np.int64)


def with_missing(values: NDArray[Any], mask: Flags) -> Floats:
    """`values`, missing on the rows of `mask`."""
    return np.where(mask, np.nan, values)


def round_to_step(values: Floats, step: float) -> Floats:
    """`values` rounded to multiples of `step`, to a tenth of a cent."""
    return np.round(np.round(values / step) * step, 4)


def sum_by_owner(owner: Ints, values: NDArray[Any], size: int) -> Floats:
    """Sum of `values` for each of `size` owners."""
    return np.bincount(owner, weights=values, minlength=size).astype(np.float64)


def to_frame(table: Table, columns: Columns, *, labelled: bool = True) -> pl.DataFrame:
    """`columns` as a frame in the contract's order and dtypes, texts as in the source."""
    return pl.DataFrame([
        _series(column.name, columns[column.name], DTYPES[column.dtype])
        for column in table.columns
        if labelled or column.use != "target"
    ])  # fmt: skip


def _series(name: str, values: NDArray[Any] | TextColumn, dtype: pl.DataType) -> pl.Series:
    if isinstance(values, TextColumn):
        labels = pl.Series(name, [*values.labels, None], dtype=pl.String)
        return labels.gather(values.codes.astype(np.uint32))
    if dtype == pl.Float32():
        values = values.astype(np.float32) + np.float32(0)  # -0.0 becomes 0.0
    return pl.Series(name, values, nan_to_null=True).cast(dtype)
