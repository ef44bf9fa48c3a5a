"""Aggregates a side table by Narwhals expressions: the engine for Spark.

Three steps of simple expressions, which engines run fast: columns on the rows, statistics of
plain columns per applicant, and final operations on one row per applicant.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw

from credit_scoring.features.definitions.side_table import APPLICANT_KEY, RowGroup, SideTable
from credit_scoring.features.engines.rounding import round_to_16_bits
from credit_scoring.features.formula.frames import frame_expression
from credit_scoring.features.statistics import Aggregate, aggregates_of


def aggregate_rows(rows: nw.LazyFrame[Any], side: SideTable) -> nw.LazyFrame[Any]:
    """One row per applicant in `rows`: the key and every aggregate of `side`, as float32."""
    aggregates = aggregates_of(side)
    divisors = {_divisor(a.group): a.group for a in aggregates if a.statistic == "share"}
    computed = {alias: frame_expression(formula) for alias, formula in side.formulas.items()}
    rows = _add(rows, computed | _recencies(side))
    rows = _add(_add(rows, _memberships(side)), _masked_columns(aggregates))
    counts = [_row_count(group).alias(name) for name, group in divisors.items()]
    statistics = [_statistic(a).alias(a.feature.name) for a in aggregates]
    applicants = rows.group_by(APPLICANT_KEY).agg(*counts, *statistics)
    positive = {name: nw.when(nw.col(name) > 0).then(nw.col(name)) for name in divisors}
    finished = {a.feature.name: _finished(a) for a in aggregates if a.statistic in ("share", "var")}
    features = nw.col(*(a.feature.name for a in aggregates)).cast(nw.Float32)
    return _add(_add(applicants, positive), finished).select(APPLICANT_KEY, features)


def _add(rows: nw.LazyFrame[Any], columns: Mapping[str, nw.Expr]) -> nw.LazyFrame[Any]:
    named = [expression.alias(name) for name, expression in columns.items()]
    return rows.with_columns(*named) if named else rows


def _recencies(side: SideTable) -> dict[str, nw.Expr]:
    """How recent a row is among its applicant's, by name: 1 for the latest; ties are equal."""
    columns = [group.column for group in side.groups if group.last is not None and group.column]
    return {
        _recency(column): nw.col(column).rank("min", descending=True).over(APPLICANT_KEY)
        for column in columns
    }


def _memberships(side: SideTable) -> dict[str, nw.Expr]:
    """Whether a row belongs to a group, by name, for each group that is not all rows."""
    conditions = {_membership(group): _condition(side, group) for group in side.groups}
    return {name: condition for name, condition in conditions.items() if condition is not None}


def _condition(side: SideTable, group: RowGroup) -> nw.Expr | None:
    """Whether a row belongs to the group; None if every row does."""
    if group.column is None:
        return None
    if group.level is not None:
        return nw.col(group.column) == side.level_code(group.column, group.level)
    if group.last is not None:
        return nw.col(_recency(group.column)) <= group.last
    return nw.col(group.column) >= group.at_least


def _masked_columns(aggregates: Sequence[Aggregate]) -> dict[str, nw.Expr]:
    """The columns with a group's values, null on the rows of others, by name."""
    return {
        _source(a): nw.when(nw.col(_membership(a.group))).then(nw.col(a.column))
        for a in aggregates
        if a.column and a.group.column is not None
    }


def _source(aggregate: Aggregate) -> str:
    """The aggregated column, or its masked copy if the group is not all rows."""
    group = aggregate.group
    return aggregate.column if group.column is None else f"{aggregate.column} of {group.name}"


def _membership(group: RowGroup) -> str:
    return f"in {group.name}"


def _divisor(group: RowGroup) -> str:
    return f"rows in {group.name}"


def _recency(column: str) -> str:
    return f"recency by {column}"


def _row_count(group: RowGroup) -> nw.Expr:
    """Number of an applicant's rows in the group."""
    return nw.len() if group.column is None else nw.col(_membership(group)).cast(nw.Int32).sum()


def _statistic(aggregate: Aggregate) -> nw.Expr:
    values = nw.col(_source(aggregate))
    match aggregate.statistic:
        case "count":
            return _row_count(aggregate.group)
        case "share":
            return (values == aggregate.code).cast(nw.Int32).sum()
        case "min" | "max":
            extreme: nw.Expr = getattr(values, aggregate.statistic)()
            return extreme
    exact: nw.Expr = getattr(values.cast(nw.Float64), aggregate.statistic)()
    return exact


def _finished(aggregate: Aggregate) -> nw.Expr:
    value = nw.col(aggregate.feature.name)
    if aggregate.statistic == "var":
        return round_to_16_bits(value)
    return value / nw.col(_divisor(aggregate.group))
