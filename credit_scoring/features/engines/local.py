"""Aggregates a side table on one machine with NumPy, or in each task of a Spark cluster.

Rows are sorted by applicant and processed in blocks of whole applicants that fit the processor's
cache. In a block every statistic is a sum, minimum or maximum over consecutive rows, and every
share a count by applicant and code; they are written to their place in the result, without joins.
With hundreds of statistics per table this is several times faster than a group-by of as many
expressions (`bench/features.py`), and needs little more memory than the rows and the result.
"""

import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
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

from credit_scoring.features.definitions.side_table import APPLICANT_KEY, RowGroup, SideTable
from credit_scoring.features.engines import segments as numpy_engine
from credit_scoring.features.engines.blocks import Block, Rows, split_into_blocks
from credit_scoring.features.engines.segments import Features, Indices, Segments, Values
from credit_scoring.features.formula.tree import Formula
from credit_scoring.features.statistics import Aggregate, aggregates_of

PolarsEngine = Literal["streaming", "in-memory"]
NUMBA_KERNELS = "credit_scoring.features.engines.numba_kernels"
MIN_COMPILED_ROWS = 1_000_000  # of a table; for fewer, Numba takes longer to start than it saves
EXACT_IN_FLOAT32 = (pl.Float32, pl.Int8, pl.UInt8, pl.Int16, pl.UInt16)
WriteStatistics = Callable[[Values, Segments, Sequence[str], Features], None]
ColumnAggregates = tuple[Sequence[Aggregate], Features]  # of one column, and their results
Plan = Sequence[tuple[RowGroup, Sequence[ColumnAggregates]]]


def thread_pool() -> ThreadPoolExecutor:
    """A thread per processor, shared by all side tables, so that memory is used again."""
    return ThreadPoolExecutor(os.cpu_count())


def aggregate_locally(
    rows: nw.LazyFrame[Any],
    side: SideTable,
    names: Collection[str],
    applicants: pl.Series,
    engine: PolarsEngine,
    pool: Executor,
) -> list[pl.Series]:
    """The aggregates of `side` in `names`, each (applicants,) in the order of `applicants`.

    `applicants` are sorted.
    """
    aggregates = [a for a in aggregates_of(side) if a.feature.name in names]
    formulas = _formulas(side, aggregates)
    sources = source_columns(side, names)
    table = rows.to_native().select(APPLICANT_KEY, *sources).collect(engine=engine)
    keys = table.drop_in_place(APPLICANT_KEY).to_numpy()
    # One allocation: large pages, a tenth of the page faults.
    features = np.empty((len(aggregates), len(applicants)), dtype=np.float32)
    arrays = pool.map(partial(_to_array, side), map(table.drop_in_place, sources))
    fills = pool.map(_fill_without_rows, aggregates, features)
    blocks = list(split_into_blocks(keys, applicants.to_numpy()))  # while the pool is busy
    columns = dict(zip(sources, arrays, strict=True))
    list(fills)
    plan = list(_plan(aggregates, features))
    write = _statistics_writer(len(keys))
    list(pool.map(partial(_aggregate_block, side, columns, formulas, plan, write), blocks))
    return list(pool.map(_to_series, aggregates, features))


def _formulas(side: SideTable, aggregates: Sequence[Aggregate]) -> dict[str, Formula]:
    """The formulas of the derived columns that are aggregated."""
    aggregated = {a.column for a in aggregates}
    return {alias: f for alias, f in side.formulas.items() if alias in aggregated}


def source_columns(side: SideTable, names: Collection[str]) -> list[str]:
    """The sorted columns of `side` that the aggregates in `names` need: those they aggregate,
    the inputs of derived columns, and the columns that define groups.
    """
    aggregates = [a for a in aggregates_of(side) if a.feature.name in names]
    formulas = _formulas(side, aggregates)
    aggregated = {a.column for a in aggregates} - formulas.keys()
    inputs = {name for formula in formulas.values() for name in formula.columns}
    group_columns = {a.group.column for a in aggregates}
    return sorted(name for name in aggregated | inputs | group_columns if name)


def _statistics_writer(rows: int) -> WriteStatistics:
    """The function that writes the statistics of a table with `rows`."""
    if NUMBA_KERNELS not in sys.modules and (
        rows < MIN_COMPILED_ROWS or find_spec("numba") is None
    ):
        return numpy_engine.write_statistics
    return cast("WriteStatistics", import_module(NUMBA_KERNELS).write_statistics)


def _to_array(side: SideTable, values: pl.Series) -> Values:
    """A column as an array: missing is NaN, or for a category the number of its levels."""
    column = side.contract.by_name.get(values.name)
    if column is not None and column.is_category:
        values = values.fill_null(len(column.levels))
    elif values.null_count():  # as `to_numpy` would do, in half the time
        exact = pl.Float32 if values.dtype in EXACT_IN_FLOAT32 else pl.Float64
        values = values.cast(exact).fill_null(float("nan"))
    return values.to_numpy()


def _fill_without_rows(aggregate: Aggregate, feature: NDArray[np.float32]) -> None:
    """Give every applicant the value of one without rows in the group."""
    feature.fill(0 if aggregate.feature.empty == "zero" else np.nan)


def _plan(
    aggregates: Sequence[Aggregate], features: Features
) -> Iterator[tuple[RowGroup, list[ColumnAggregates]]]:
    """Per group of rows, the aggregates of each of its columns with their rows of `features`."""
    first = 0
    for group, of_group in groupby(aggregates, key=lambda aggregate: aggregate.group):
        parts: list[ColumnAggregates] = []
        for _, of_column in groupby(of_group, key=lambda aggregate: aggregate.column):
            members = list(of_column)
            parts.append((members, features[first : first + len(members)]))
            first += len(members)
        yield group, parts


def _aggregate_block(
    side: SideTable,
    columns: Mapping[str, Values],
    formulas: Mapping[str, Formula],
    plan: Plan,
    write: WriteStatistics,
    segments_and_rows: tuple[Segments, Rows],
) -> None:
    segments, rows = segments_and_rows
    selector = _selector(rows)
    block = Block(segments, {name: values[selector] for name, values in columns.items()}, formulas)
    with np.errstate(over="ignore"):  # `_to_series` makes it missing
        for group, parts in plan:
            _aggregate_group(block, block.rows(side, group), parts, write)


def _selector(rows: Rows) -> Indices | slice:
    """An index for these rows; a slice, which does not copy, if they are consecutive."""
    if (rows[1:] - rows[:-1] == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows.astype(np.intp)


def _aggregate_group(
    block: Block, rows: Indices | None, parts: Sequence[ColumnAggregates], write: WriteStatistics
) -> None:
    """Write the aggregates of a group, which has these `rows` of the block."""
    segments = block.segments if rows is None else block.segments.select(rows)
    for aggregates, features in parts if len(segments.lengths) else ():
        column = aggregates[0].column
        statistic = aggregates[0].statistic
        if statistic == "count":
            features[0, segments.applicants] = segments.lengths
        elif statistic == "share":
            _write_shares(block.values(column, rows), segments, aggregates, features)
        else:
            write(block.values(column, rows), segments, [a.statistic for a in aggregates], features)


def _write_shares(
    codes: Values, segments: Segments, aggregates: Sequence[Aggregate], features: Features
) -> None:
    levels = 1 + max(aggregate.code for aggregate in aggregates)
    counts = numpy_engine.count_levels(codes, segments, levels)
    shares = (counts / segments.lengths).astype(np.float32)
    for aggregate, feature in zip(aggregates, features, strict=True):
        feature[segments.applicants] = shares[aggregate.code]


def _to_series(aggregate: Aggregate, feature: NDArray[np.float32]) -> pl.Series:
    """The feature (applicants,); missing if it is too large for 32 bits or not a number."""
    is_infinite = np.isinf(feature)
    if is_infinite.any():
        feature[is_infinite] = np.nan
    return pl.Series(aggregate.feature.name, feature, nan_to_null=True)
