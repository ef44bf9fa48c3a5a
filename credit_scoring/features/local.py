"""Aggregates on one machine: the same definitions as `aggregate.per_applicant`, worked out by NumPy.

Rows are put in the order of their applicants and taken in blocks of whole applicants that fit the processor's cache.
In a block every statistic is a sum, minimum or maximum over consecutive rows, and every share a count by applicant
and code, written where it belongs: no joins. With hundreds of statistics per table this is several times faster than
a group-by of as many expressions (`bench/features.py`), and its memory is the rows and the result, little more.
"""

import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from typing import Any, Literal, cast

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.features import runs as plain
from credit_scoring.features.aggregate import Aggregate, aggregates_of
from credit_scoring.features.block import Block, blocks_of
from credit_scoring.features.runs import Floats, Indices, Runs, Values
from credit_scoring.features.side_table import KEY, Derived, SideTable

Engine = Literal["streaming", "in-memory"]
COMPILED = "credit_scoring.features.compiled"
Statistics = Callable[[Values, Runs, Collection[str]], Mapping[str, Floats]]
EXACT_IN_32_BITS = (pl.Float32, pl.Int8, pl.UInt8, pl.Int16, pl.UInt16)
MANY = 1_000_000  # rows of a table that make compiled statistics worth the second that they take to start


def aggregate_here(
    frame: nw.LazyFrame[Any], side: SideTable, wanted: Collection[str], applicants: pl.Series, engine: Engine
) -> list[pl.Series]:
    """The aggregates of `side` that are `wanted`, each (applicants,) in the order of the sorted `applicants`."""
    chosen = [a for a in aggregates_of(side) if a.feature.name in wanted]
    computed = [d for d in side.derived if d.alias in {a.column for a in chosen}]
    table = frame.to_native().select(KEY, *sorted(_sources(computed, chosen))).collect(engine=engine)
    keys = table.drop_in_place(KEY).to_numpy()
    names = table.columns
    statistics = _statistics(len(keys))
    found = np.empty((len(chosen), len(applicants)), dtype=np.float32)  # at once: large pages, a tenth of the faults
    row_of = {a.feature.name: row for row, a in zip(found, chosen, strict=True)}

    def fill(part: tuple[Runs, Indices]) -> None:
        runs, rows = part
        block = Block(runs, {name: values[rows] for name, values in columns.items()}, computed)
        with np.errstate(over="ignore"):  # in 32 bits; `_column` makes it missing
            for aggregate, values, places in _of_block(block, side, chosen, statistics):
                row_of[aggregate.feature.name][places] = values

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        columns = dict(zip(names, pool.map(partial(_array, side), map(table.drop_in_place, names)), strict=True))
        list(pool.map(_unfill, chosen, found))
        list(pool.map(fill, blocks_of(keys, applicants.to_numpy())))
        return list(pool.map(_column, chosen, found))


def _statistics(rows: int) -> Statistics:
    """How the statistics of so many rows are taken."""
    if COMPILED not in sys.modules and (rows < MANY or find_spec("numba") is None):
        return plain.statistics
    return cast("Statistics", import_module(COMPILED).statistics)


def _sources(computed: Sequence[Derived], chosen: Sequence[Aggregate]) -> set[str]:
    """The columns of the table that the aggregates need: their own, their groups', those that others come of."""
    own = {a.column for a in chosen if a.column} - {d.alias for d in computed}
    return own.union(*(d.formula.columns for d in computed), (a.group.column for a in chosen if a.group.column))


def _array(side: SideTable, values: pl.Series) -> Values:
    """A column as an array: missing is NaN, or for a category the number of its levels."""
    column = side.contract.by_name.get(values.name)
    if column is not None and column.is_category:
        values = values.fill_null(len(column.levels))
    elif values.null_count():  # what `to_numpy` gives, in half the time
        exact = pl.Float32 if values.dtype in EXACT_IN_32_BITS else pl.Float64
        values = values.cast(exact).fill_null(float("nan"))
    return values.to_numpy()


def _unfill(aggregate: Aggregate, values: NDArray[np.float32]) -> None:
    """Give every applicant the value of one without a row in the group."""
    values.fill(0 if aggregate.feature.empty == "zero" else np.nan)


def _column(aggregate: Aggregate, values: NDArray[np.float32]) -> pl.Series:
    """The feature (applicants,): missing where it is too large for 32 bits or no number."""
    if (infinite := np.isinf(values)).any():
        values[infinite] = np.nan
    return pl.Series(aggregate.feature.name, values, nan_to_null=True)


def _of_block(
    block: Block, side: SideTable, chosen: Sequence[Aggregate], statistics: Statistics
) -> Iterator[tuple[Aggregate, Values, Indices]]:
    """Every aggregate over a block: its values and the places of their applicants."""
    for group, members in groupby(chosen, key=lambda aggregate: aggregate.group):
        rows = block.rows(side, group)
        runs = block.runs if rows is None else block.runs.only(rows)
        if len(runs.lengths):
            for name, part in groupby(members, key=lambda aggregate: aggregate.column):
                values = block.values(name, rows) if name else np.empty(0)
                for aggregate, found in _of_column(values, runs, list(part), statistics):
                    yield aggregate, found, runs.place


def _of_column(
    values: Values, runs: Runs, chosen: Sequence[Aggregate], statistics: Statistics
) -> Iterator[tuple[Aggregate, Values]]:
    """The aggregates of one column over one group, each (runs,)."""
    match chosen[0].statistic:
        case "count":
            yield chosen[0], runs.lengths
        case "share":
            shares = plain.counts(values, runs, 1 + max(a.code for a in chosen)) / runs.lengths
            yield from ((a, shares[a.code]) for a in chosen)
        case _:
            found = statistics(values, runs, {a.statistic for a in chosen})
            yield from ((a, found[a.statistic]) for a in chosen)
