"""Aggregates on one machine: the same definitions as `aggregate.per_applicant`, worked out by NumPy.

Rows are put in the order of their applicants and taken in blocks of whole applicants that fit the processor's cache.
In a block every statistic is a sum, minimum or maximum over consecutive rows, and every share a count by applicant
and code, written where it belongs: no joins. With hundreds of statistics per table this is several times faster than
a group-by of as many expressions (`bench/features.py`), and its memory is the rows and the result, little more.
"""

import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from typing import Any, Literal, cast

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.features.definitions.side_table import KEY, Derived, Group, SideTable
from credit_scoring.features.engines import segments as plain
from credit_scoring.features.engines.blocks import Block, Rows, blocks_of
from credit_scoring.features.engines.segments import Indices, Runs, Values
from credit_scoring.features.statistics import Aggregate, aggregates_of

Engine = Literal["streaming", "in-memory"]
COMPILED = "credit_scoring.features.engines.numba_kernels"
Write = Callable[[Values, Runs, Sequence[str], NDArray[np.float32]], None]
Part = tuple[Sequence[Aggregate], NDArray[np.float32]]
EXACT_IN_32_BITS = (pl.Float32, pl.Int8, pl.UInt8, pl.Int16, pl.UInt16)
MANY = 1_000_000  # rows of a table that make compiled statistics worth the second that they take to start


def threads() -> ThreadPoolExecutor:
    """A thread per processor, for every side table: memory that they have used for one they use again for the next."""
    return ThreadPoolExecutor(os.cpu_count())


def aggregate_here(
    frame: nw.LazyFrame[Any],
    side: SideTable,
    wanted: Collection[str],
    applicants: pl.Series,
    engine: Engine,
    pool: Executor,
) -> list[pl.Series]:
    """The aggregates of `side` that are `wanted`, each (applicants,) in the order of the sorted `applicants`."""
    chosen = [a for a in aggregates_of(side) if a.feature.name in wanted]
    computed = [d for d in side.derived if d.alias in {a.column for a in chosen}]
    table = (
        frame.to_native().select(KEY, *sorted(_sources(computed, chosen))).collect(engine=engine)
    )
    keys = table.drop_in_place(KEY).to_numpy()
    names = table.columns
    write = _writer(len(keys))
    found = np.empty(
        (len(chosen), len(applicants)), dtype=np.float32
    )  # at once: large pages, a tenth of the faults
    plan = list(_plan(chosen, found))

    def fill(part: tuple[Runs, Rows]) -> None:
        runs, rows = part[0], _selector(part[1])
        block = Block(runs, {name: values[rows] for name, values in columns.items()}, computed)
        with np.errstate(over="ignore"):  # in 32 bits; `_column` makes it missing
            for group, parts in plan:
                _write_group(block, block.rows(side, group), parts, write)

    arrays = pool.map(partial(_array, side), map(table.drop_in_place, names))
    unfilled = pool.map(_unfill, chosen, found)
    blocks = list(blocks_of(keys, applicants.to_numpy()))  # meanwhile
    columns = dict(zip(names, arrays, strict=True))
    list(unfilled)
    list(pool.map(fill, blocks))
    return list(pool.map(_column, chosen, found))


def _writer(rows: int) -> Write:
    """What writes the statistics of so many rows."""
    if COMPILED not in sys.modules and (rows < MANY or find_spec("numba") is None):
        return plain.write
    return cast("Write", import_module(COMPILED).write)


def _sources(computed: Sequence[Derived], chosen: Sequence[Aggregate]) -> set[str]:
    """The columns of the table that the aggregates need: their own, their groups', those that others come of."""
    own = {a.column for a in chosen if a.column} - {d.alias for d in computed}
    return own.union(
        *(d.formula.columns for d in computed), (a.group.column for a in chosen if a.group.column)
    )


def _array(side: SideTable, values: pl.Series) -> Values:
    """A column as an array: missing is NaN, or for a category the number of its levels."""
    column = side.contract.by_name.get(values.name)
    if column is not None and column.is_category:
        values = values.fill_null(len(column.levels))
    elif values.null_count():  # what `to_numpy` gives, in half the time
        exact = pl.Float32 if values.dtype in EXACT_IN_32_BITS else pl.Float64
        values = values.cast(exact).fill_null(float("nan"))
    return values.to_numpy()


def _selector(rows: Rows) -> Indices | slice:
    """What takes these rows from a column; consecutive ones without a copy."""
    if (rows[1:] - rows[:-1] == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows.astype(np.intp)


def _unfill(aggregate: Aggregate, values: NDArray[np.float32]) -> None:
    """Give every applicant the value of one without a row in the group."""
    values.fill(0 if aggregate.feature.empty == "zero" else np.nan)


def _column(aggregate: Aggregate, values: NDArray[np.float32]) -> pl.Series:
    """The feature (applicants,): missing where it is too large for 32 bits or no number."""
    if (infinite := np.isinf(values)).any():
        values[infinite] = np.nan
    return pl.Series(aggregate.feature.name, values, nan_to_null=True)


def _plan(
    chosen: Sequence[Aggregate], found: NDArray[np.float32]
) -> Iterator[tuple[Group, list[Part]]]:
    """Per group of rows the aggregates of each of its columns, and their rows of `found`."""
    last = 0
    for group, members in groupby(chosen, key=lambda aggregate: aggregate.group):
        parts: list[Part] = []
        for _, of_column in groupby(members, key=lambda aggregate: aggregate.column):
            aggregates = list(of_column)
            first, last = last, last + len(aggregates)
            parts.append((aggregates, found[first:last]))
        yield group, parts


def _write_group(block: Block, rows: Indices | None, parts: Sequence[Part], write: Write) -> None:
    """Write the aggregates of a group, which has these `rows` of the block, at their applicants' places."""
    runs = block.runs if rows is None else block.runs.only(rows)
    for aggregates, out in parts if len(runs.lengths) else ():
        first = aggregates[0]
        if first.statistic == "count":
            out[0, runs.place] = runs.lengths
        elif first.statistic == "share":
            _write_shares(block.values(first.column, rows), runs, aggregates, out)
        else:
            write(block.values(first.column, rows), runs, [a.statistic for a in aggregates], out)


def _write_shares(
    codes: Values, runs: Runs, chosen: Sequence[Aggregate], out: NDArray[np.float32]
) -> None:
    counted = plain.counts(codes, runs, 1 + max(a.code for a in chosen))
    shares = (counted / runs.lengths).astype(np.float32)
    for aggregate, row in zip(chosen, out, strict=True):
        row[runs.place] = shares[aggregate.code]
