"""Many rows of a side table to one row per applicant: the statistics, their names and their catalogue rows.

A side table is described as data (`side_table.py`). Names are mechanical: prefix, group, column, statistic.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from credit_scoring.contracts.contract import Column
from credit_scoring.features.definitions.side_table import KEY, Group, SideTable
from credit_scoring.features.feature import Feature
from credit_scoring.features.formula.frames import on_table

Numbers = TypeVar("Numbers", nw.Expr, NDArray[np.float64])
OFF_GRID = 0.7390851332151607  # any number with no short binary form
IN_A_WORD = {"min": "smallest", "max": "largest", "mean": "mean", "sum": "sum", "var": "variance"}
STATISTICS = {
    "min": "smallest",
    "max": "largest",
    "mean": "mean",
    "sum": "sum",
    "var": "variance (of a sample, missing for fewer than two values, kept to 16 bits)",
}


@dataclass(frozen=True)
class Aggregate:
    """A feature, and how it comes from one applicant's rows.

    `column` is the column it is taken of ("" for a count), `statistic` a key of STATISTICS, "count" or "share"; a
    share is that of the rows whose code is `code`.
    """

    feature: Feature
    group: Group
    column: str
    statistic: str
    code: int = 0

    @property
    def source(self) -> str:
        """The column, or the name of its masked copy where the group is not all rows."""
        return self.column if self.group.column is None else f"{self.column} of {self.group.name}"


def per_applicant(frame: nw.LazyFrame[Any], side: SideTable) -> nw.LazyFrame[Any]:
    """One row per applicant present in `frame`: the key and every aggregate of `side`, as float32.

    Three steps, each of simple expressions that engines do fast: columns on the rows, statistics of plain
    columns, finishing touches on one row per applicant.
    """
    chosen = aggregates_of(side)
    divisors = {_divisor(a.group): a.group for a in chosen if a.statistic == "share"}
    rows = _with(frame, [*derived(side, chosen), *side.recencies()])
    counts = [_rows(group).alias(name) for name, group in divisors.items()]
    counted = [nw.when(nw.col(name) > 0).then(nw.col(name)).alias(name) for name in divisors]
    statistics = [_statistic(a).alias(a.feature.name) for a in chosen]
    found = _with(
        _with(_with(rows, _members(side)), _masks(chosen)).group_by(KEY).agg(*counts, *statistics),
        counted,
    )
    touched = [
        _finished(a).alias(a.feature.name) for a in chosen if a.statistic in ("share", "var")
    ]
    return _with(found, touched).select(
        KEY, nw.col(*(a.feature.name for a in chosen)).cast(nw.Float32)
    )


def derived(side: SideTable, chosen: Sequence[Aggregate]) -> list[nw.Expr]:
    """The columns computed on each row, as far as they are aggregated."""
    used = {a.column for a in chosen}
    return [on_table(d.formula).alias(d.alias) for d in side.derived if d.alias in used]


def _with(frame: nw.LazyFrame[Any], columns: Sequence[nw.Expr]) -> nw.LazyFrame[Any]:
    return frame.with_columns(*columns) if columns else frame


@cache
def aggregates_of(side: SideTable) -> tuple[Aggregate, ...]:
    """Every aggregate of a side table, in the order of the feature table."""
    return tuple(aggregate for group in side.groups for aggregate in _of_group(side, group))


def _members(side: SideTable) -> list[nw.Expr]:
    """Per group that is not all rows, the column that says whether a row belongs to it."""
    conditions = {group: side.condition(group) for group in side.groups}
    return [
        condition.alias(_member(group))
        for group, condition in conditions.items()
        if condition is not None
    ]


def _masks(chosen: Sequence[Aggregate]) -> list[nw.Expr]:
    """The columns that hold a group's values and nothing on the rows of others, each once."""
    masked = {a.source: a for a in chosen if a.column and a.source != a.column}
    return [
        nw.when(nw.col(_member(a.group))).then(nw.col(a.column)).alias(source)
        for source, a in masked.items()
    ]


def _member(group: Group) -> str:
    return f"in {group.name}"


def _divisor(group: Group) -> str:
    return f"rows in {group.name}"


def _rows(group: Group) -> nw.Expr:
    """How many rows an applicant has in the group."""
    return nw.len() if group.column is None else nw.col(_member(group)).cast(nw.Int32).sum()


def _statistic(aggregate: Aggregate) -> nw.Expr:
    value = nw.col(aggregate.source)
    match aggregate.statistic:
        case "count":
            return _rows(aggregate.group)
        case "share":
            return (value == aggregate.code).cast(nw.Int32).sum()
        case "min" | "max":
            extreme: nw.Expr = getattr(value, aggregate.statistic)()
            return extreme
    exact: nw.Expr = getattr(value.cast(nw.Float64), aggregate.statistic)()
    return exact


def _finished(aggregate: Aggregate) -> nw.Expr:
    value = nw.col(aggregate.feature.name)
    return (
        settled(value)
        if aggregate.statistic == "var"
        else value / nw.col(_divisor(aggregate.group))
    )


def _of_group(side: SideTable, group: Group) -> Iterator[Aggregate]:
    prefix = f"{side.prefix}_{group.name}".rstrip("_")
    yield _count(side, group, prefix)
    for column in side.numbers(group):
        yield from _statistics(side, group, prefix, column)
    for column in side.categories(group):
        yield from _shares(side, group, prefix, column)


def _count(side: SideTable, group: Group, prefix: str) -> Aggregate:
    feature = Feature(
        name=f"{prefix}_count", table=side.name, meaning=f"number of {group.words}", unit="count", minimum=0,
        whole=True, formula="number of rows", empty="zero",
    )  # fmt: skip
    return Aggregate(feature, group, "", "count")


def _statistics(side: SideTable, group: Group, prefix: str, column: Column) -> Iterator[Aggregate]:
    source = next(
        (f"of {d.formula}" for d in side.derived if d.alias == column.name), f"of {column.name}"
    )
    for statistic in group.statistics:
        low, high = _bounds(column, statistic)
        feature = Feature(
            name=f"{prefix}_{column.alias}_{statistic}", table=side.name,
            meaning=f"{IN_A_WORD[statistic]} over {group.words}: {column.meaning}",
            unit=f"{column.unit}²" if statistic == "var" else column.unit, minimum=low, maximum=high,
            formula=f"{STATISTICS[statistic]} {source} over {group.words}",
            empty="zero" if statistic == "sum" else "missing",
        )  # fmt: skip
        yield Aggregate(feature, group, column.name, statistic)


def _shares(side: SideTable, group: Group, prefix: str, column: Column) -> Iterator[Aggregate]:
    for code, level in enumerate(column.levels):
        feature = Feature(
            name=f"{prefix}_{column.alias}_{slug(level)}_share", table=side.name,
            meaning=f"share of {group.words} with {column.meaning}: {level}", unit="share", minimum=0, maximum=1,
            formula=f"rows with {column.name} = {level} / {group.words}",
        )  # fmt: skip
        yield Aggregate(feature, group, column.name, "share", code)


def settled(value: Numbers) -> Numbers:
    """`value` kept to 16 bits (Veltkamp's splitting), within 2⁻¹⁶ of it.

    The last bits of a variance depend on the order in which threads meet the rows; without them the same data
    gives the same features, and so the same model, on every run. The scale keeps values that are whole numbers
    away from the ties of the rounding. Sums of 32-bit values are exact as they are.
    """
    scaled = value * OFF_GRID
    split = scaled * float(2**37 + 1)
    return (split - (split - scaled)) / OFF_GRID


def _bounds(column: Column, statistic: str) -> tuple[float | None, float | None]:
    """The inclusive range of a statistic, from the range of the column."""
    if statistic == "var":
        return 0, None
    if statistic == "sum":
        never_below = column.minimum is not None and column.minimum >= 0
        never_above = column.maximum is not None and column.maximum <= 0
        return (0 if never_below else None), (0 if never_above else None)
    return column.minimum, column.maximum


def slug(level: str) -> str:
    """A level as part of a feature name: lower-case letters and digits joined by underscores."""
    return re.sub(r"[^a-z0-9]+", "_", level.lower()).strip("_")
