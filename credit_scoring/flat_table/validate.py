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
from credit_scoring.flat_table.dates import whole_as_integers
from credit_scoring.flat_table.identifiers import MAX_LEVELS
from credit_scoring.flat_table.number_column import without_marks
from credit_scoring.flat_table.number_text import numbers_of
from credit_scoring.flat_table.typed_columns import typed
from credit_scoring.suggestions import did_you_mean
from credit_scoring.tables.table_errors import join_names
from credit_scoring.tables.time_values import to_dates

MAX_LINES = 50  # of an error
MAX_TEXT = 60  # characters of a cell in it


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
    values = _without_texts(values, column)
    if values.dtype == pl.String and any(map(str.isdecimal, column.levels)):
        values = typed(values, comma_decimals=False)  # codes that stood among marks
    return whole_as_integers(values).cast(pl.String)


def _without_texts(values: pl.Series, column: Column) -> pl.Series:
    """The values with null for the schema's texts for "no value"."""
    is_text = values.dtype in (pl.String, pl.Categorical, pl.Enum)
    if not (is_text and column.missing):
        return values
    return values.cast(pl.String).replace(dict.fromkeys(column.missing))


def _numbers(values: pl.Series, column: Column) -> pl.Series:
    """The values in 64 bits, null for marks, infinity and the sentinel."""
    numbers = pl.lit(_parsed(values, column).cast(pl.Float64))
    finite = pl.when(numbers.is_finite()).then(numbers)
    cleaned = null_if_sentinel(finite, column, pl.when)
    return pl.select(cleaned.alias(values.name)).to_series()


def _parsed(values: pl.Series, column: Column) -> pl.Series:
    """The values, texts as numbers; null for a text that is none."""
    if values.dtype in (pl.Categorical, pl.Enum):
        values = values.cast(pl.String)
    if values.dtype != pl.String:
        return values
    cells = without_marks(_without_texts(values, column))
    truth = cells.str.to_lowercase().replace({"true": "1", "false": "0"})
    return numbers_of(truth, column.decimal or ".")


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
    return _odd_text(values, column)


def _levels_remedy(values: pl.Series, column: Column) -> str:
    levels = _texts(values, column).drop_nulls().unique().sort().to_list()
    if len(levels) > MAX_LEVELS:
        return f'the table has {len(levels)}, too many: set use = "excluded"'
    return f"set levels = {json.dumps(levels, ensure_ascii=False)}"


def _odd_text(values: pl.Series, column: Column) -> str | None:
    """The first text that is neither a number nor a mark, with its row."""
    texts = without_marks(_without_texts(values.cast(pl.String), column))
    is_odd = texts.is_not_null() & _parsed(values, column).is_null()
    if not is_odd.any():
        return None
    row = int(is_odd.arg_true()[0])
    count = int(is_odd.sum())
    more = f" ({count:,} rows are like it)" if count > 1 else ""
    form = "1.234,5" if column.decimal else "1234.5"
    return (
        f"{column.name} is {texts[row][:MAX_TEXT]!r} in row {row + 1:,}: "
        f"expected numbers, written as {form}{more}"
    )


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
