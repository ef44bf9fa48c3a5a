"""Aggregates on one machine: the same definitions as `aggregate.per_applicant`, worked out by NumPy.

Rows are sorted by applicant once; every statistic is then a sum, minimum or maximum over consecutive rows, and every
share a count by applicant and code. With hundreds of statistics per table this is several times faster than a
group-by of as many expressions (`bench/features.py`), and it writes each column where it belongs: no joins.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.features.aggregate import Aggregate, aggregates_of, derived, settled
from credit_scoring.features.side_table import KEY, Group, SideTable

Engine = Literal["streaming", "in-memory"]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Runs:
    """Rows sorted by applicant: run i begins at `starts[i]`, has `lengths[i]` rows and belongs to `place[i]`."""

    starts: NDArray[np.intp]
    lengths: NDArray[np.intp]
    place: NDArray[np.intp]
    applicants: int

    @classmethod
    def of(cls, keys: NDArray[Any], applicants: NDArray[Any]) -> "Runs":
        """The runs of the sorted `keys` (rows,); a place is a position in the sorted `applicants`."""
        starts = np.flatnonzero(np.diff(keys, prepend=keys[:1] - 1))
        lengths = np.diff(starts, append=len(keys))
        return cls(starts, lengths, np.searchsorted(applicants, keys[starts]), len(applicants))

    def column(self, values: Floats, aggregate: Aggregate) -> pl.Series:
        """The feature (applicants,) in 32 bits: the values of the runs in their places, else its empty value."""
        out = np.full(self.applicants, 0 if aggregate.feature.empty == "zero" else np.nan, dtype=np.float32)
        with np.errstate(over="ignore"):
            out[self.place] = values
        out[np.isinf(out)] = np.nan
        return pl.Series(aggregate.feature.name, out, nan_to_null=True)


def aggregate_here(
    frame: nw.LazyFrame[Any], side: SideTable, wanted: Collection[str], applicants: pl.Series, engine: Engine
) -> list[pl.Series]:
    """The aggregates of `side` that are `wanted`, each (applicants,) in the order of the sorted `applicants`."""
    chosen = [a for a in aggregates_of(side) if a.feature.name in wanted]
    rows = _rows(frame, side, chosen, applicants, engine)
    found: list[pl.Series] = []
    for group, members in groupby(chosen, key=lambda aggregate: aggregate.group):
        found += _of_group(_members(rows, side, group), list(members), applicants.to_numpy())
    return found


def _rows(
    frame: nw.LazyFrame[Any], side: SideTable, chosen: Sequence[Aggregate], applicants: pl.Series, engine: Engine
) -> pl.DataFrame:
    """The rows of these applicants, sorted by applicant, with the columns that are aggregated or define a group."""
    groups = {a.group for a in chosen}
    computed = [*derived(side, chosen), *side.recencies(groups)]
    native: pl.LazyFrame = (frame.with_columns(*computed) if computed else frame).to_native()
    names = {a.column for a in chosen if a.column} | {name for g in groups for name in side.columns_of(g)}
    known = native.join(pl.LazyFrame({KEY: applicants}), on=KEY, how="semi")
    return known.select(KEY, *sorted(names)).collect(engine=engine).sort(KEY)


def _members(rows: pl.DataFrame, side: SideTable, group: Group) -> pl.DataFrame:
    condition = side.condition(group)
    return rows if condition is None else nw.from_native(rows).filter(condition).to_native()


def _of_group(rows: pl.DataFrame, chosen: list[Aggregate], applicants: NDArray[Any]) -> list[pl.Series]:
    runs = Runs.of(rows[KEY].to_numpy(), applicants)
    by_column = [(name, list(part)) for name, part in groupby(chosen, key=lambda aggregate: aggregate.column)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = pool.map(lambda item: _of_column(rows, runs, *item), by_column)
        return [column for part in parts for column in part]


def _of_column(rows: pl.DataFrame, runs: Runs, name: str, chosen: list[Aggregate]) -> list[pl.Series]:
    if not name:
        return [runs.column(runs.lengths.astype(np.float64), a) for a in chosen]
    if chosen[0].statistic == "share":
        counts = _counts(rows[name], runs, 1 + max(a.code for a in chosen))
        return [runs.column(counts[:, a.code] / runs.lengths, a) for a in chosen]
    values = rows[name].cast(pl.Float64).to_numpy()
    found = statistics(values, runs, {a.statistic for a in chosen})
    return [runs.column(found[a.statistic], a) for a in chosen]


def _counts(codes: pl.Series, runs: Runs, levels: int) -> NDArray[np.intp]:
    """How many rows of each run have each code, shape (runs, levels)."""
    run = np.repeat(np.arange(len(runs.starts)), runs.lengths)
    known = codes.is_not_null().to_numpy()
    cell = run[known] * levels + codes.drop_nulls().to_numpy()
    return np.bincount(cell, minlength=len(runs.starts) * levels).reshape(-1, levels)


def statistics(values: Floats, runs: Runs, wanted: Collection[str]) -> Mapping[str, Floats]:
    """The statistics `wanted` of each run of `values` (rows,), NaN for missing, each (runs,)."""
    if not len(values):
        return dict.fromkeys(wanted, np.empty(0))
    known = ~np.isnan(values)
    complete = bool(known.all())
    count = runs.lengths if complete else np.add.reduceat(known, runs.starts, dtype=np.intp)
    filled = values if complete else np.where(known, values, 0.0)
    total = np.add.reduceat(filled, runs.starts)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        mean = total / count
        found = {"sum": total, "mean": mean}
        if "var" in wanted:
            off = filled - np.repeat(mean, runs.lengths)
            square = np.square(off, out=off) if complete else np.where(known, off * off, 0.0)
            spread = np.add.reduceat(square, runs.starts)
            found["var"] = settled(np.where(count > 1, spread / (count - 1), np.nan))
    for name, extreme in (("min", np.fmin), ("max", np.fmax)):
        if name in wanted:
            found[name] = extreme.reduceat(values, runs.starts)
    return found
