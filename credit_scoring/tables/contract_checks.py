"""Checks the values of a file against the contract: one pass counts the violations of each rule.

A problem shows the first value that breaks the rule, and its row.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from credit_scoring.contracts.column_check import in_range, is_known_level, is_whole
from credit_scoring.contracts.contract import Column, Table
from credit_scoring.suggestions import did_you_mean
from credit_scoring.tables.scan import ROW_NUMBER, TextScan
from credit_scoring.tables.table_errors import TableProblem, count_phrase, join_names


@dataclass(frozen=True)
class Rule:
    """A rule of a column: the values that violate it, and the words for one or several of them."""

    column: Column
    violations: pl.Expr
    singular: str
    plural: str
    remedy: str


def obeys_contract(frame: pl.LazyFrame, table: Table) -> bool:
    """Whether no value of `frame`, of contract dtypes, is out of range or wrongly missing."""
    columns = [table[name] for name in frame.collect_schema().names()]
    rules = [rule for column in columns for rule in _typed_rules(column)]
    violations = [rule.violations.sum().alias(str(i)) for i, rule in enumerate(rules)]
    null_counts = pl.all().null_count().name.prefix("nulls in ")  # so that each column is parsed
    counts = frame.select(null_counts, *violations).collect(engine="streaming")
    return not any(counts.select(pl.exclude("^nulls in .*$")).row(0))


def _typed_rules(column: Column) -> Iterator[Rule]:
    values = pl.col(column.name)
    if not column.nullable:
        yield _required(column, values.is_null())
    if not column.is_category:
        yield _within_range(column, values)


def value_problems(scan: TextScan, file: str) -> list[TableProblem]:
    """A problem for each rule that values of the file violate, in the order of the columns."""
    rules = [rule for column in scan.columns for rule in value_rules(scan, column)]
    sums = [rule.violations.sum().alias(str(i)) for i, rule in enumerate(rules)]
    counts = scan.texts.select(sums).collect(engine="streaming").row(0)
    violated = [(rule, count) for rule, count in zip(rules, counts, strict=True) if count]
    if not violated:
        return []
    firsts = [_first_violation(rule).alias(str(i)) for i, (rule, _) in enumerate(violated)]
    examples = scan.texts.select(firsts).collect().row(0)
    return [
        _problem(file, rule, count, *example)
        for (rule, count), example in zip(violated, examples, strict=True)
    ]


def _first_violation(rule: Rule) -> pl.Expr:
    """The row number and the text of the first value that violates the rule."""
    row_number = pl.col(ROW_NUMBER).filter(rule.violations).first().cast(pl.String)
    return pl.concat_list(row_number, pl.col(rule.column.name).filter(rule.violations).first())


def _problem(file: str, rule: Rule, count: int, row: str, value: str | None) -> TableProblem:
    phrase = count_phrase(count, rule.singular, rule.plural)
    place = f"row {int(row):,}"
    if value is None:
        description = f"{phrase}, {'the first in' if count > 1 else 'in'} {place}"
    else:
        hint = did_you_mean(value, rule.column.levels)
        such_as = "such as " if count > 1 else ""
        description = f'{phrase}, {such_as}"{value[:50]}" in {place}{hint}'
    return TableProblem(file, description, rule.remedy, rule.column.name)


def invalid_rows(scan: TextScan) -> pl.LazyFrame:
    """The rows of the file, as text, with a value that violates a rule, target and time aside."""
    columns = [column for column in scan.columns if column.is_recorded]
    violations = [rule.violations for column in columns for rule in value_rules(scan, column)]
    return scan.texts.filter(pl.any_horizontal(v.fill_null(value=False) for v in violations))


def value_rules(scan: TextScan, column: Column) -> Iterator[Rule]:
    """The rules for the values of a column."""
    texts = pl.col(column.name)
    if column.is_category:
        unknown = ~is_known_level(texts, column)
        yield _rule(column, unknown, "value is not a known level", "values are not known levels")
    else:
        yield from _number_rules(column, scan)
    if not column.nullable:
        yield _required(column, texts.is_null())


def _number_rules(column: Column, scan: TextScan) -> Iterator[Rule]:
    numbers = scan.numbers(column)
    parsed = scan.parsed(column)
    is_text = pl.col(column.name).is_not_null() & parsed.is_null()
    yield _rule(column, is_text, "value is not a number", "values are not numbers")
    if column.whole:
        yield _rule(column, ~is_whole(numbers), "value is not whole", "values are not whole")
    yield _within_range(column, numbers)
    if not column.nullable:
        infinite = ~parsed.is_finite()
        yield _rule(column, infinite, "value is not finite", "values are not finite")


def _within_range(column: Column, values: pl.Expr) -> Rule:
    out_of_range = ~in_range(values, column)
    return _rule(column, out_of_range, "value is out of range", "values are out of range")


def _required(column: Column, is_null: pl.Expr) -> Rule:
    return Rule(column, is_null, "row has no value", "rows have no value", "every row needs one")


def _rule(column: Column, violations: pl.Expr, singular: str, plural: str) -> Rule:
    return Rule(column, violations, singular, plural, f"expected {allowed_values(column)}")


def allowed_values(column: Column) -> str:
    """The values that the contract allows, such as "a whole number from 0 to 30 (count)"."""
    if column.is_category:
        return join_names(f'"{level}"' for level in column.levels)
    kind = "whole number" if column.whole else "number"
    low, high = (f"{bound:,.10g}" for bound in (column.minimum, column.maximum))
    interval = f"greater than {low} and at most" if column.exclusive_minimum else f"from {low} to"
    return f"a {kind} {interval} {high} ({column.unit})"
