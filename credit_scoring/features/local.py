"""Aggregates on one machine: the same definitions as `aggregate.per_applicant`, worked out by NumPy.

Rows are sorted by applicant once; every statistic is then a sum, minimum or maximum over consecutive rows, and every
share a count by applicant and code. With hundreds of statistics per table this is several times faster than a
group-by of as many expressions (`bench/features.py`), and it writes each column where it belongs: no joins.
"""

import os
import threading
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
EXTREMES = {"min": np.fmin, "max": np.fmax}  # of the known values


@dataclass(frozen=True)
class Runs:
    """Rows sorted by applicant: run i begins at `starts[i]`, has `lengths[i]` rows and belongs to `place[i]`.

    `run` (rows,) says which run a row belongs to.
    """

    starts: NDArray[np.intp]
    lengths: NDArray[np.intp]
    run: NDArray[np.intp]
    place: NDArray[np.intp]
    applicants: int

    @classmethod
    def of(cls, keys: NDArray[Any], applicants: NDArray[Any]) -> "Runs":
        """The runs of the sorted `keys` (rows,); a place is a position in the sorted `applicants`."""
        starts = np.flatnonzero(np.diff(keys, prepend=keys[:1] - 1))
        lengths = np.diff(starts, append=len(keys))
        run = np.repeat(np.arange(len(starts)), lengths)
        return cls(starts, lengths, run, np.searchsorted(applicants, keys[starts]), len(applicants))

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
    rows, everybody = _rows(frame, side, chosen, applicants, engine), applicants.to_numpy()
    found: list[pl.Series] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for group, members in groupby(chosen, key=lambda aggregate: aggregate.group):
            found += _of_group(_members(rows, side, group), list(members), everybody, pool)
    return found


def _rows(
    frame: nw.LazyFrame[Any], side: SideTable, chosen: Sequence[Aggregate], applicants: pl.Series, engine: Engine
) -> pl.DataFrame:
    """The rows of these applicants with the columns that are needed, by applicant, the most recent first."""
    computed = derived(side, chosen)
    native: pl.LazyFrame = (frame.with_columns(*computed) if computed else frame).to_native()
    groups = {a.group for a in chosen}
    names = {a.column for a in chosen if a.column} | {g.column for g in groups if g.column}
    known = native.join(pl.LazyFrame({KEY: applicants}), on=KEY, how="semi")
    recency = sorted({g.column for g in groups if g.column and g.last is not None})
    falling = [False, *(True for _ in recency)]
    return (
        known.select(KEY, *sorted(names))
        .collect(engine=engine)
        .sort(KEY, *recency, descending=falling, nulls_last=True)
    )


def _members(rows: pl.DataFrame, side: SideTable, group: Group) -> pl.DataFrame:
    condition = side.condition(group)
    if condition is None or group.column is None:
        return rows
    if group.last is not None:
        return rows.filter(_among_last(rows, group.column, group.last))
    return nw.from_native(rows).filter(condition).to_native()


def _among_last(rows: pl.DataFrame, column: str, last: int) -> pl.Series:
    """Whether a row is among its applicant's `last` by `column`; those that tie with the last of them are."""
    runs = Runs.of(rows[KEY].to_numpy(), rows[KEY].to_numpy()[:0])
    values = rows[column].cast(pl.Float64).to_numpy()
    least = values[runs.starts + np.minimum(last, runs.lengths) - 1]
    return pl.Series(values >= np.nan_to_num(least, nan=-np.inf)[runs.run])


def _of_group(
    rows: pl.DataFrame, chosen: list[Aggregate], applicants: NDArray[Any], pool: ThreadPoolExecutor
) -> list[pl.Series]:
    runs = Runs.of(rows[KEY].to_numpy(), applicants)
    by_column = [(name, list(part)) for name, part in groupby(chosen, key=lambda aggregate: aggregate.column)]
    parts = pool.map(lambda item: _of_column(rows, runs, *item), by_column)
    return [column for part in parts for column in part]


def _of_column(rows: pl.DataFrame, runs: Runs, name: str, chosen: list[Aggregate]) -> list[pl.Series]:
    if not name:
        return [runs.column(runs.lengths.astype(np.float64), a) for a in chosen]
    if chosen[0].statistic == "share":
        counts = _counts(rows[name], runs, 1 + max(a.code for a in chosen))
        return [runs.column(counts[:, a.code] / runs.lengths, a) for a in chosen]
    found = statistics(rows[name].to_numpy(), runs, {a.statistic for a in chosen})
    return [runs.column(found[a.statistic], a) for a in chosen]


def _counts(codes: pl.Series, runs: Runs, levels: int) -> NDArray[np.intp]:
    """How many rows of each run have each code, shape (runs, levels)."""
    known = codes.is_not_null().to_numpy() if codes.null_count() else slice(None)
    cell = runs.run[known] * levels + codes.drop_nulls().to_numpy()
    return np.bincount(cell, minlength=len(runs.starts) * levels).reshape(-1, levels)


_desk = threading.local()  # per thread two arrays to work in: making large ones anew costs more than the sums


def _sheets(rows: int) -> tuple[Floats, Floats]:
    """Two arrays (rows,) of this thread; what they held is overwritten by whoever asks next."""
    if getattr(_desk, "rows", 0) < rows:
        _desk.sheets, _desk.rows = (np.empty(rows), np.empty(rows)), rows
    one, other = _desk.sheets
    return one[:rows], other[:rows]


def statistics(values: NDArray[Any], runs: Runs, wanted: Collection[str]) -> Mapping[str, Floats]:
    """The statistics `wanted` of each run of `values` (rows,), NaN for missing, each (runs,)."""
    if not len(values):
        return dict.fromkeys(wanted, np.empty(0))
    filled, off = _sheets(len(values))
    np.copyto(filled, values)
    found = {name: ufunc.reduceat(filled, runs.starts) for name, ufunc in EXTREMES.items() if name in wanted}
    unknown = np.isnan(filled)
    complete = not unknown.any()
    count = runs.lengths if complete else runs.lengths - np.add.reduceat(unknown, runs.starts, dtype=np.intp)
    if not complete:
        np.putmask(filled, unknown, 0.0)
    found["sum"] = np.add.reduceat(filled, runs.starts)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        found["mean"] = found["sum"] / count
        if "var" in wanted:
            np.take(found["mean"], runs.run, out=off, mode="clip")
            np.subtract(filled, off, out=off)
            if not complete:
                np.putmask(off, unknown, 0.0)
            spread = np.add.reduceat(np.square(off, out=off), runs.starts)
            found["var"] = settled(np.where(count > 1, spread / (count - 1), np.nan))
    return found
