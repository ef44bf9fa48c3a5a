"""The statistics of a side table's rows: their names, their definitions and their features.

A side table is described as data (`definitions/side_table.py`). Feature names are mechanical:
prefix, group of rows, column, statistic. The engines compute the statistics.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from credit_scoring.contracts.contract import Column
from credit_scoring.features.definitions.side_table import RowGroup, SideTable
from credit_scoring.features.feature import Feature

STATISTICS = {"min": "smallest", "max": "largest", "mean": "mean", "sum": "sum", "var": "variance"}
VARIANCE_NOTE = " (of a sample, missing for fewer than two values, kept to 16 bits)"


@dataclass(frozen=True)
class Aggregate:
    """A feature, and how it is computed from one applicant's rows.

    `column` is the aggregated column ("" for a count). `statistic` is a key of STATISTICS, "count"
    or "share"; a share is that of the rows with the level `code`.
    """

    feature: Feature
    group: RowGroup
    column: str
    statistic: str
    code: int = 0


@cache
def aggregates_of(side: SideTable) -> tuple[Aggregate, ...]:
    """Every aggregate of a side table, in the order of the feature table."""
    return tuple(
        _with_direction(aggregate, side)
        for group in side.groups
        for aggregate in _of_group(side, group)
    )


def _with_direction(aggregate: Aggregate, side: SideTable) -> Aggregate:
    """The aggregate with the direction that the table's definition states for it, if any."""
    feature = aggregate.feature
    return replace(aggregate, feature=replace(feature, direction=side.directions.get(feature.name)))


def _of_group(side: SideTable, group: RowGroup) -> Iterator[Aggregate]:
    prefix = f"{side.prefix}_{group.name}".rstrip("_")
    yield _count(side, group, prefix)
    for column in side.numbers(group):
        for statistic in group.statistics:
            yield _number(side, group, f"{prefix}_{column.alias}", column, statistic)
    for column in side.categories(group):
        for code in range(len(column.levels)):
            yield _share(side, group, f"{prefix}_{column.alias}", column, code)


def _count(side: SideTable, group: RowGroup, prefix: str) -> Aggregate:
    feature = Feature(
        name=f"{prefix}_count",
        table=side.name,
        meaning=f"number of {group.words}",
        unit="count",
        minimum=0,
        whole=True,
        formula="number of rows",
        empty="zero",
    )
    return Aggregate(feature, group, "", "count")


def _number(
    side: SideTable, group: RowGroup, prefix: str, column: Column, statistic: str
) -> Aggregate:
    source = side.formulas.get(column.name, column.name)
    is_variance = statistic == "var"
    word = STATISTICS[statistic]
    minimum, maximum = _bounds(column, statistic)
    feature = Feature(
        name=f"{prefix}_{statistic}",
        table=side.name,
        meaning=f"{word} over {group.words}: {column.meaning}",
        unit=f"{column.unit}²" if is_variance else column.unit,
        minimum=minimum,
        maximum=maximum,
        formula=f"{word}{VARIANCE_NOTE * is_variance} of {source} over {group.words}",
        empty="zero" if statistic == "sum" else "missing",
    )
    return Aggregate(feature, group, column.name, statistic)


def _share(side: SideTable, group: RowGroup, prefix: str, column: Column, code: int) -> Aggregate:
    level = column.levels[code]
    feature = Feature(
        name=f"{prefix}_{slug(level)}_share",
        table=side.name,
        meaning=f"share of {group.words} ({column.meaning}: {level})",
        unit="share",
        minimum=0,
        maximum=1,
        formula=f"rows with {column.name} = {level} / {group.words}",
    )
    return Aggregate(feature, group, column.name, "share", code)


def _bounds(column: Column, statistic: str) -> tuple[float | None, float | None]:
    """The inclusive range of a statistic, from the range of the column."""
    low, high = column.minimum, column.maximum
    if statistic == "var":
        return 0, None
    if statistic == "sum":
        never_negative = low is not None and low >= 0
        never_positive = high is not None and high <= 0
        return (0 if never_negative else None), (0 if never_positive else None)
    return low, high


def slug(level: str) -> str:
    """A level as part of a feature name: lower-case letters and digits joined by underscores."""
    return re.sub(r"[^a-z0-9]+", "_", level.lower()).strip("_")
