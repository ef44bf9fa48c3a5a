"""Many rows of a side table to one row per applicant: the statistics, their names and their catalogue rows.

A side table is described as data (`side_table.py`). Names are mechanical: prefix, group, column, statistic.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw

from credit_scoring.features.feature import Feature
from credit_scoring.features.on_table import on_table
from credit_scoring.features.side_table import KEY, Group, SideTable
from credit_scoring.tables.contract import Column

OFF_GRID = 0.7390851332151607  # any number with no short binary form
STATISTICS = {
    "min": "smallest",
    "max": "largest",
    "mean": "mean",
    "sum": "sum",
    "var": "variance (of a sample, missing for fewer than two values, kept to 16 bits)",
}


@dataclass(frozen=True)
class Aggregate:
    """A feature and the expression that computes it from one applicant's rows."""

    feature: Feature
    expression: nw.Expr


def per_applicant(frame: nw.LazyFrame[Any], side: SideTable) -> nw.LazyFrame[Any]:
    """One row per applicant present in `frame`: the key and every aggregate of `side`, as float32."""
    derived = [on_table(d.formula).alias(d.alias) for d in side.derived]
    aggregates = [a.expression.cast(nw.Float32).alias(a.feature.name) for a in aggregates_of(side)]
    return frame.with_columns(*derived, *side.recencies()).group_by(KEY).agg(*aggregates)


def aggregates_of(side: SideTable) -> tuple[Aggregate, ...]:
    """Every aggregate of a side table, in the order of the feature table."""
    return tuple(aggregate for group in side.groups for aggregate in _of_group(side, group))


def _of_group(side: SideTable, group: Group) -> Iterator[Aggregate]:
    prefix = f"{side.prefix}_{group.name}".rstrip("_")
    yield _count(side, group, prefix)
    for column in side.numbers(group):
        yield from _statistics(side, group, prefix, column)
    for column in side.categories(group):
        yield from _shares(side, group, prefix, column)


def _within(condition: nw.Expr | None, value: nw.Expr) -> nw.Expr:
    return value if condition is None else nw.when(condition).then(value)


def _rows(condition: nw.Expr | None) -> nw.Expr:
    """How many rows an applicant has in the group."""
    return nw.len() if condition is None else nw.when(condition).then(nw.lit(1)).sum()


def _count(side: SideTable, group: Group, prefix: str) -> Aggregate:
    feature = Feature(
        name=f"{prefix}_count", table=side.name, meaning=f"number of {group.words}", unit="count", minimum=0,
        whole=True, formula="number of rows", empty="zero",
    )  # fmt: skip
    return Aggregate(feature, _rows(side.condition(group)))


def _statistics(side: SideTable, group: Group, prefix: str, column: Column) -> Iterator[Aggregate]:
    value = _within(side.condition(group), nw.col(column.name).cast(nw.Float64))
    source = next((f"of {d.formula}" for d in side.derived if d.alias == column.name), f"of {column.name}")
    for statistic in group.statistics:
        low, high = _bounds(column, statistic)
        feature = Feature(
            name=f"{prefix}_{column.alias}_{statistic}", table=side.name,
            meaning=f"{statistic} over {group.words}: {column.meaning}",
            unit=f"{column.unit}²" if statistic == "var" else column.unit, minimum=low, maximum=high,
            formula=f"{STATISTICS[statistic]} {source} over {group.words}",
            empty="zero" if statistic == "sum" else "missing",
        )  # fmt: skip
        result = getattr(value, statistic)()
        yield Aggregate(feature, _settled(result) if statistic == "var" else result)


def _settled(value: nw.Expr) -> nw.Expr:
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


def _shares(side: SideTable, group: Group, prefix: str, column: Column) -> Iterator[Aggregate]:
    condition = side.condition(group)
    for code, level in enumerate(column.levels):
        is_level = nw.col(column.name) == code
        matches = is_level if condition is None else is_level & condition
        feature = Feature(
            name=f"{prefix}_{column.alias}_{slug(level)}_share", table=side.name,
            meaning=f"share of {group.words} with {column.meaning}: {level}", unit="share", minimum=0, maximum=1,
            formula=f"rows with {column.name} = {level} / {group.words}",
        )  # fmt: skip
        rows = _rows(condition)
        yield Aggregate(feature, nw.when(rows > 0).then(nw.when(matches).then(nw.lit(1)).sum() / rows))


def slug(level: str) -> str:
    """A level as part of a feature name: lower-case letters and digits joined by underscores."""
    return re.sub(r"[^a-z0-9]+", "_", level.lower()).strip("_")
