"""Validates a flat table against its schema and casts it; reports all violations in one error."""

import json

import polars as pl

from credit_scoring.contracts.column_check import (
    bounds,
    in_range,
    is_known_level,
    is_whole,
    null_if_sentinel,
)
from credit_scoring.contracts.contract import Column, Table
from credit_scoring.errors import TableError
from credit_scoring.flat_table.unusable_columns import MAX_LEVELS
from credit_scoring.suggestions import did_you_mean
from credit_scoring.tables.table_errors import join_names
from credit_scoring.tables.time_values import to_dates

MAX_LINES = 50  # of an error


def validate_flat_table(frame: pl.DataFrame, table: Table, source: str) -> pl.DataFrame:
    """The inputs of `frame`, cast by the schema `table`: 32-bit numbers and categories.

    Marks for "no value" become missing. Raises TableError with all violations; `source` is the name
    of the table in it.
    """
    violations = _unknown_columns(frame, table)
    violations += [text for column in table.columns for text in _violations(frame, column)]
    if violations:
        rest = len(violations) - MAX_LINES
        lines = [*violations[:MAX_LINES], *([f"and {rest} more"] if rest > 0 else [])]
        listing = "\n  ".join(lines)
        remedy = "Correct the table, or edit the schema."
        raise TableError(f"{source} does not fit its schema:\n  {listing}\n{remedy}")
    return frame.select(
        _cast(frame[column.name], column) for column in table.columns if column.describes_applicant
    )


def _cast(values: pl.Series, column: Column) -> pl.Series:
    dtype = pl.Enum(column.levels) if column.is_category else pl.Float32()
    return _cleaned(values, column).cast(dtype)


def _cleaned(values: pl.Series, column: Column) -> pl.Series:
    return _texts(values, column) if column.is_category else _numbers(values, column)


def _texts(values: pl.Series, column: Column) -> pl.Series:
    """The values as the schema's texts (1.0 is "1", true is "true"), null for its marks."""
    is_integer = values.dtype.is_float() and bool(is_whole(values.drop_nulls()).all())
    texts = (values.cast(pl.Int64) if is_integer else values).cast(pl.String)
    return texts.replace(dict.fromkeys(column.missing)) if column.missing else texts


def _numbers(values: pl.Series, column: Column) -> pl.Series:
    """The values in 64 bits, null for the sentinel."""
    numbers = null_if_sentinel(pl.lit(values.cast(pl.Float64)), column, pl.when)
    return pl.select(numbers.alias(values.name)).to_series()


def _unknown_columns(frame: pl.DataFrame, table: Table) -> list[str]:
    return [
        f"{name} is not in the schema{did_you_mean(name, table.by_name)}: "
        'add it there, with use = "excluded" to leave it out'
        for name in frame.columns
        if name not in table.by_name
    ]


def _violations(frame: pl.DataFrame, column: Column) -> list[str]:
    """What is wrong with one column of `frame`, as messages."""
    if column.use == "excluded":
        return []
    if column.name not in frame.columns:
        if column.use == "time":
            return []
        hint = did_you_mean(column.name, frame.columns)
        return [f"{column.name} is not in the table{hint}: the schema has it as {column.use}"]
    values = frame[column.name]
    messages: list[str | None] = []
    if column.use == "key":
        messages = [_key_violation(values)]
    elif column.use == "time":
        messages = [_time_violation(values)]
    elif column.describes_applicant:
        unusable = _unusable_dtype(values, column)
        messages = [unusable] if unusable else [_missing(values, column), _invalid(values, column)]
    return [message for message in messages if message]


def _key_violation(values: pl.Series) -> str | None:
    name = values.name
    if values.null_count():
        return f"{name} identifies a loan and has {values.null_count()} rows without a value"
    repeated = values.filter(values.is_duplicated())
    if repeated.is_empty():
        return None
    first = repeated[0]
    rows = (values == first).sum()
    count = f"({repeated.n_unique()} values are repeated)"
    return f"{name} identifies a loan and is {first!r} in {rows} rows {count}"


def _time_violation(values: pl.Series) -> str | None:
    try:
        to_dates(values)
    except TableError as error:
        return str(error)
    return None


def _unusable_dtype(values: pl.Series, column: Column) -> str | None:
    """Why the values cannot be cast to the schema's dtype at all, or None."""
    name, dtype = column.name, values.dtype
    if dtype.is_nested() or dtype.is_temporal() or dtype in (pl.Binary, pl.Object):
        kind = "categories" if column.is_category else "numbers"
        return f'{name} holds {dtype}, not {kind}: convert it, or set use = "excluded"'
    if column.is_category:
        missing = f"{name} is a category without levels"
        return None if column.levels else f"{missing}: {_levels_remedy(values, column)}"
    if dtype.is_numeric() or dtype in (pl.Boolean, pl.Null):
        return None
    text = _first_text(values)
    return None if text is None else f"{name} is {text!r}: expected numbers, written as 1234.5"


def _levels_remedy(values: pl.Series, column: Column) -> str:
    levels = _texts(values, column).drop_nulls().unique().sort().to_list()
    if len(levels) > MAX_LEVELS:
        return f'the table has {len(levels)}, too many: set use = "excluded"'
    return f"set levels = {json.dumps(levels, ensure_ascii=False)}"


def _first_text(values: pl.Series) -> str | None:
    """The first value that is not a number, else the first value; None if all are missing."""
    texts = values.cast(pl.String).drop_nulls()
    not_numbers = texts.filter(texts.cast(pl.Float64, strict=False).is_null())
    return next(iter(not_numbers), next(iter(texts), None))


def _missing(values: pl.Series, column: Column) -> str | None:
    count = _cleaned(values, column).null_count()
    if column.nullable or not count:
        return None
    return f"{column.name} has {count} rows without a value: set nullable = true, or fill them"


def _invalid(values: pl.Series, column: Column) -> str | None:
    """Levels that the schema does not list, numbers out of its range, fractions if refused."""
    present = _cleaned(values, column).drop_nulls()
    is_allowed = is_known_level if column.is_category else in_range
    is_valid = is_allowed(present, column)
    if column.whole:
        is_valid &= is_whole(present)
    invalid = present.filter(~is_valid)
    if invalid.is_empty():
        return None
    first = invalid[0]
    hint = did_you_mean(first, column.levels) if column.is_category else ""
    rows = f" ({len(invalid)} rows are like it)" if len(invalid) > 1 else ""
    return f"{column.name} is {first!r}{hint}: expected {_expected_values(column)}{rows}"


def _expected_values(column: Column) -> str:
    if column.is_category:
        return f"one of {join_names(map(repr, column.levels))}"
    low, high = bounds(column)
    return f"{'a whole number' if column.whole else 'a number'} from {low:.15g} to {high:.15g}"
