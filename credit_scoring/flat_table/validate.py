"""A flat table held against its schema: typed as it says, or one error that lists everything wrong at once."""

import json

import polars as pl

from credit_scoring.contracts.contract import Column, Table
from credit_scoring.errors import TableError
from credit_scoring.flat_table.infer_schema import LARGEST, MOST_LEVELS
from credit_scoring.flat_table.read_flat_table import shown
from credit_scoring.suggestions import did_you_mean

MOST_LINES = 50


def validate_flat_table(frame: pl.DataFrame, table: Table, source: str) -> pl.DataFrame:
    """The inputs of `frame`, as `table` says: 32-bit numbers and categories, marks for "no value" as missing.

    TableError lists all that is wrong; `source` is the name of the table in it.
    """
    wrong = [
        *_unknown_columns(frame, table),
        *(text for column in table.columns for text in _breaches(frame, column)),
    ]
    if wrong:
        more = [f"and {len(wrong) - MOST_LINES} more"] if len(wrong) > MOST_LINES else []
        listed = "\n  ".join([*wrong[:MOST_LINES], *more])
        raise TableError(
            f"{source} does not fit its schema:\n  {listed}\nMend the table, or edit the schema."
        )
    return frame.select(
        _typed(frame[column.name], column) for column in table.columns if column.describes_applicant
    )


def _typed(values: pl.Series, column: Column) -> pl.Series:
    if column.is_category:
        return _known_texts(values, column).cast(pl.Enum(column.levels))
    return _known_numbers(values, column).cast(pl.Float32)


def _known_texts(values: pl.Series, column: Column) -> pl.Series:
    """The values as the schema's texts (1.0 is "1", true is "true"), null for its marks."""
    floats = values.dtype.is_float() and bool((values.drop_nulls() % 1 == 0).all())
    texts = (values.cast(pl.Int64) if floats else values).cast(pl.String)
    return texts.replace(dict.fromkeys(column.missing)) if column.missing else texts


def _known_numbers(values: pl.Series, column: Column) -> pl.Series:
    """The values in 64 bits, null for the sentinel."""
    numbers = values.cast(pl.Float64)
    if column.sentinel is None:
        return numbers
    return pl.select(
        pl.when(numbers != column.sentinel).then(numbers).alias(values.name)
    ).to_series()


def _unknown_columns(frame: pl.DataFrame, table: Table) -> list[str]:
    known = list(table.by_name)
    return [
        f'{name} is not in the schema{did_you_mean(name, known)}: add it there, with use = "excluded" to leave it out'
        for name in frame.columns
        if name not in table.by_name
    ]


def _breaches(frame: pl.DataFrame, column: Column) -> list[str]:
    """What is wrong with one column of `frame`, for a person."""
    if column.use == "excluded":
        return []
    if column.name not in frame.columns:
        hint = did_you_mean(column.name, frame.columns)
        return [f"{column.name} is not in the table{hint}: the schema has it as {column.use}"]
    values = frame[column.name]
    if column.use == "key":
        found = [_not_unique(values)]
    elif column.describes_applicant:
        found = _unusable(values, column) or [_absent(values, column), _foreign(values, column)]
    else:
        found = []
    return [text for text in found if text]


def _not_unique(values: pl.Series) -> str | None:
    if values.null_count():
        return f"{values.name} identifies a loan and has {values.null_count()} rows without a value"
    twice = values.filter(values.is_duplicated())
    if twice.is_empty():
        return None
    rows, more = (values == twice[0]).sum(), twice.n_unique()
    return f"{values.name} identifies a loan and is {twice[0]!r} in {rows} rows ({more} values are repeated)"


def _unusable(values: pl.Series, column: Column) -> list[str | None]:
    """What cannot be read as the schema's dtype at all."""
    name = column.name
    if (
        values.dtype.is_nested()
        or values.dtype.is_temporal()
        or values.dtype in (pl.Binary, pl.Object)
    ):
        return [
            f'{name} holds {values.dtype}, no {_kind(column)}: convert it, or set use = "excluded"'
        ]
    if column.is_category and not column.levels:
        return [f"{name} is a category without levels: {_levels_in(values, column)}"]
    if not column.is_category and not (
        values.dtype.is_numeric() or values.dtype in (pl.Boolean, pl.Null)
    ):
        text = _first_text(values)
        return [] if text is None else [f"{name} is {text!r}: expected numbers, written as 1234.5"]
    return []


def _kind(column: Column) -> str:
    return "category" if column.is_category else "number"


def _levels_in(values: pl.Series, column: Column) -> str:
    levels = _known_texts(values, column).drop_nulls().unique().sort().to_list()
    if len(levels) > MOST_LEVELS:
        return f'the table has {len(levels)}, too many: set use = "excluded"'
    return f"set levels = {json.dumps(levels, ensure_ascii=False)}"


def _first_text(values: pl.Series) -> str | None:
    known = values.cast(pl.String).drop_nulls()
    texts = known.filter(known.cast(pl.Float64, strict=False).is_null())
    return (texts if len(texts) else known).head(1).to_list()[0] if len(known) else None


def _absent(values: pl.Series, column: Column) -> str | None:
    known = _known_texts(values, column) if column.is_category else _known_numbers(values, column)
    if column.nullable or not known.null_count():
        return None
    return f"{column.name} has {known.null_count()} rows without a value: set nullable = true, or fill them"


def _foreign(values: pl.Series, column: Column) -> str | None:
    """Levels that the schema does not list, numbers out of its range, fractions where it wants whole numbers."""
    wrong, expected = _strangers(values, column) if column.is_category else _outside(values, column)
    if wrong.is_empty():
        return None
    hint = did_you_mean(wrong[0], list(column.levels)) if column.is_category else ""
    rows = f" ({len(wrong)} rows are like it)" if len(wrong) > 1 else ""
    return f"{column.name} is {wrong[0]!r}{hint}: expected {expected}{rows}"


def _strangers(values: pl.Series, column: Column) -> tuple[pl.Series, str]:
    texts = _known_texts(values, column).drop_nulls()
    return texts.filter(~texts.is_in(list(column.levels))), f"one of {shown(column.levels)}"


def _outside(values: pl.Series, column: Column) -> tuple[pl.Series, str]:
    numbers, (low, high) = _known_numbers(values, column).drop_nulls(), bounds(column)
    wrong = ~numbers.is_between(low, high)
    kind = "a number"
    if column.dtype == "int32":
        wrong, kind = wrong | (numbers % 1 != 0), "a whole number"
    return numbers.filter(wrong), f"{kind} from {low:.15g} to {high:.15g}"


def bounds(column: Column) -> tuple[float, float]:
    """The least and the greatest number a column may hold; without bounds of its own, what 32 bits can."""
    low, high = column.minimum, column.maximum
    return -LARGEST if low is None else max(low, -LARGEST), LARGEST if high is None else min(
        high, LARGEST
    )
