"""The drawing tools of the sample: levels by their shares, numbers by their quantiles, runs of rows.

Columns are NumPy arrays; a missing number is NaN and a missing text the code past the last label.
`distributions.toml` holds the shares and quantiles as data, rounded by hand from the public descriptions of the set.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from credit_scoring.contracts.contract import Table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
DAYS_PER_MONTH = 30.4375
SENTINEL = 365_243  # the source's mark for "no date"
NULL = "null"  # the key of distributions.toml for a missing value
DTYPES: dict[str, pl.DataType] = {
    "int8": pl.Int8(),
    "int16": pl.Int16(),
    "int32": pl.Int32(),
    "float32": pl.Float32(),
    "category": pl.String(),
}


class Text(NamedTuple):
    """A text column: `codes` into `labels`; the code `len(labels)` is a missing value."""

    codes: Ints
    labels: tuple[str, ...]

    def of(self, *labels: str) -> Flags:
        """Where the value is one of `labels`."""
        return np.isin(self.codes, [self.labels.index(label) for label in labels])

    def put(self, where: Flags, label: str) -> "Text":
        """The same column with `label` (or "null") at `where`."""
        labels = self.labels if label == NULL or label in self.labels else (*self.labels, label)
        code = len(labels) if label == NULL else labels.index(label)
        old = np.where(self.codes == len(self.labels), len(labels), self.codes)
        return Text(np.where(where, code, old), labels)

    def take(self, rows: Ints | Flags) -> "Text":
        """The values at `rows`."""
        return Text(self.codes[rows], self.labels)


Columns = dict[str, Any]  # of arrays and Text


@dataclass(frozen=True)
class Runs:
    """`lengths[i]` consecutive rows for each parent i: `owner` is the parent of a row, `step` its place, from 0."""

    lengths: Ints

    @property
    def owner(self) -> Ints:
        """Parent of each row."""
        return np.repeat(np.arange(self.lengths.size), self.lengths)

    @property
    def step(self) -> Ints:
        """Place of each row among its parent's, from 0."""
        return np.arange(self.lengths.sum()) - np.repeat(self.starts, self.lengths)

    @property
    def starts(self) -> Ints:
        """First row of each parent."""
        return np.cumsum(self.lengths) - self.lengths

    def each(self, values: NDArray[Any]) -> NDArray[Any]:
        """A parent's value on each of its rows."""
        return np.repeat(values, self.lengths)


@cache
def shares(*path: str) -> dict[str, Any]:
    """The section of `distributions.toml` at `path`."""
    found: dict[str, Any] = tomllib.loads(
        Path(__file__).with_name("distributions.toml").read_text(encoding="utf-8")
    )
    for name in path:
        found = found[name]
    return found


def choose(rng: Generator, weights: Mapping[str, float], size: int) -> Text:
    """`size` levels drawn by their weights; the key "null" stands for a missing value."""
    return choose_by(rng, [weights], np.zeros(size, dtype=np.int64))


def choose_by(rng: Generator, weights: Iterable[Mapping[str, float]], group: Ints) -> Text:
    """Levels drawn by the weights of each row's group."""
    tables = list(weights)
    labels = tuple(dict.fromkeys(label for table in tables for label in table if label != NULL))
    odds = np.array([[table.get(label, 0.0) for label in (*labels, NULL)] for table in tables])
    edges = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)[:, :-1]
    draw = rng.random(group.size)
    codes = np.zeros(group.size, dtype=np.int64)
    for edge in edges.T:
        codes += draw >= edge[group]
    return Text(codes, labels)


def choose_number(rng: Generator, weights: Mapping[str, float], size: int) -> Floats:
    """`size` numbers drawn by their weights; the keys are numbers as text."""
    drawn = choose(rng, weights, size)
    return np.array([float(label) for label in drawn.labels])[drawn.codes]


def chance(rng: Generator, probability: Any, size: int) -> Flags:
    """True with `probability` (one number or one for each row)."""
    return np.asarray(rng.random(size) < probability)


def flag(where: NDArray[Any]) -> Ints:
    """1 where true, else 0."""
    return where.astype(np.int64)


def normal_cdf(z: Floats) -> Floats:
    """Standard normal distribution function, within 0.0004 (Page, 1977)."""
    return np.asarray(0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))))


def logistic(x: Any) -> Any:
    """Log-odds as a probability."""
    return 1 / (1 + np.exp(-x))


def by_quantiles(z: Floats, knots: Mapping[str, float]) -> Floats:
    """Standard normal `z` mapped to the distribution with quantiles `knots` (the keys are probabilities)."""
    return np.interp(normal_cdf(z), [float(p) for p in knots], list(knots.values()))


def log_normal(rng: Generator, median: Any, spread: Any, size: int) -> Floats:
    """Positive numbers with `median`; `spread` is the standard deviation of their logarithm."""
    return np.asarray(median * np.exp(spread * rng.standard_normal(size)))


def to_step(values: Floats, step: float) -> Floats:
    """`values` rounded to multiples of `step`, to a tenth of a cent."""
    return np.round(np.round(values / step) * step, 4)


def blank(values: NDArray[Any], where: Flags) -> Floats:
    """`values` with missing at `where`."""
    return np.where(where, np.nan, values)


def share_of(owner: Ints, values: NDArray[Any], size: int) -> Floats:
    """Sum of `values` for each of `size` owners."""
    return np.bincount(owner, weights=values, minlength=size).astype(np.float64)


def frame(table: Table, columns: Columns, *, labelled: bool = True) -> pl.DataFrame:
    """`columns` as a frame with the contract's columns in order and dtypes, texts as in the source."""
    kept = [c for c in table.columns if labelled or c.use != "target"]
    return pl.DataFrame([_series(c.name, columns[c.name], DTYPES[c.dtype]) for c in kept])


def _series(name: str, values: NDArray[Any] | Text, dtype: pl.DataType) -> pl.Series:
    if isinstance(values, Text):
        return pl.Series(name, [*values.labels, None], dtype=pl.String).gather(
            values.codes.astype(np.uint32)
        )
    numbers = (
        values.astype(np.float32) + np.float32(0) if dtype == pl.Float32() else values
    )  # -0.0 becomes 0.0
    return pl.Series(name, numbers, nan_to_null=True).cast(dtype)
