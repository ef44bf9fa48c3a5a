"""What the contract asks of values: by number and level, counted in one pass, shown with the first that breaks it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from credit_scoring.contracts.contract import Column, Table
from credit_scoring.suggestions import did_you_mean
from credit_scoring.tables.scan import ROW, Careful
from credit_scoring.tables.table_errors import Problem, counted, listed


@dataclass(frozen=True)
class Rule:
    """One way in which values of a column may break the contract: which do, and how to say it."""

    column: Column
    breaks: pl.Expr
    one: str
    many: str
    expected: str


def is_sound(frame: pl.LazyFrame, table: Table) -> bool:
    """Whether no value of `frame` (contract dtypes) is missing or out of range against the contract."""
    columns = [table[name] for name in frame.collect_schema().names()]
    breaks = [
        rule.breaks.sum().alias(str(i))
        for i, rule in enumerate(r for c in columns for r in _typed(c))
    ]
    every = pl.all().null_count().name.prefix("nulls in ")  # so that each column is parsed
    counts = frame.select(every, *breaks).collect(engine="streaming")
    return not any(counts.select(pl.exclude("^nulls in .*$")).row(0))


def _typed(column: Column) -> Iterator[Rule]:
    value = pl.col(column.name)
    if not column.nullable:
        yield _missing(column, value.is_null())
    if not column.is_category:
        yield from _range(column, value)


def value_problems(careful: Careful, file: str) -> list[Problem]:
    """Every rule that values of the file break, in the order of the columns."""
    rules = [rule for column in careful.columns for rule in _rules(careful, column)]
    counts = careful.texts.select(rule.breaks.sum().alias(str(i)) for i, rule in enumerate(rules))
    broken = [
        (rule, count)
        for rule, count in zip(rules, counts.collect(engine="streaming").row(0), strict=True)
        if count
    ]  # fmt: skip
    firsts = careful.texts.select(
        pl.concat_list(pl.col(ROW).filter(rule.breaks).first().cast(pl.String),
                       pl.col(rule.column.name).filter(rule.breaks).first()).alias(str(i))
        for i, (rule, _) in enumerate(broken)
    )  # fmt: skip
    shown = firsts.collect().row(0) if broken else ()
    return [
        _problem(file, rule, count, *first)
        for (rule, count), first in zip(broken, shown, strict=True)
    ]


def _problem(file: str, rule: Rule, count: int, row: str, value: str | None) -> Problem:
    number = counted(count, rule.one, rule.many)
    place = f"row {int(row):,}"
    if value is None:
        found = f"{number}, {'the first in' if count > 1 else 'in'} {place}"
        return Problem(file, found, rule.expected, rule.column.name)
    hint = did_you_mean(value, list(rule.column.levels))
    such = f'{"such as " if count > 1 else ""}"{value[:50]}" in {place}{hint}'
    return Problem(file, f"{number}, {such}", rule.expected, rule.column.name)


def _rules(careful: Careful, column: Column) -> Iterator[Rule]:
    text, number = pl.col(column.name), careful.number(column)
    if column.is_category:
        unknown = ~text.is_in([*column.levels, *column.missing])
        yield Rule(
            column,
            unknown,
            "value is no known level",
            "values are no known levels",
            expected(column),
        )
    else:
        yield from _number_rules(column, text, number, careful)
    if not column.nullable:
        yield _missing(column, text.is_null())


def _number_rules(
    column: Column, text: pl.Expr, number: pl.Expr, careful: Careful
) -> Iterator[Rule]:
    is_text = text.is_not_null() & careful.parsed(column).is_null()
    yield Rule(column, is_text, "value is no number", "values are no numbers", expected(column))
    if column.dtype != "float32":
        yield Rule(
            column,
            number != number.floor(),
            "value is not whole",
            "values are not whole",
            expected(column),
        )
    yield from _range(column, number)
    if not column.nullable:
        infinite = ~careful.parsed(column).is_finite()
        yield Rule(
            column, infinite, "value is not finite", "values are not finite", expected(column)
        )


def _range(column: Column, value: pl.Expr) -> Iterator[Rule]:
    low = -math.inf if column.minimum is None else column.minimum
    high = math.inf if column.maximum is None else column.maximum
    outside = ~value.is_between(low, high)
    yield Rule(
        column, outside, "value is out of range", "values are out of range", expected(column)
    )


def _missing(column: Column, is_missing: pl.Expr) -> Rule:
    return Rule(column, is_missing, "row has no value", "rows have no value", "every row needs one")


def expected(column: Column) -> str:
    """What the contract lets stand in a column: "expected a whole number from 0 to 30 (count)"."""
    if column.is_category:
        return f"expected {listed(repr_of(level) for level in column.levels)}"
    kind = "number" if column.dtype == "float32" else "whole number"
    low, high = (f"{limit:,.10g}" for limit in (column.minimum, column.maximum))
    return f"expected a {kind} from {low} to {high} ({column.unit})"


def repr_of(level: str) -> str:
    """A level in double quotes."""
    return f'"{level}"'
