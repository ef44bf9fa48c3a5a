"""Numbers of a column that holds texts: marks for "no value", signs, thousands separators.

Every cell has to follow one notation: one decimal mark, and a percent or currency sign in all rows
or in none. Otherwise the column is left out with that reason.
"""

from dataclasses import dataclass, replace

import polars as pl

from credit_scoring.flat_table.identifiers import MAX_LEVELS
from credit_scoring.flat_table.number_notation import (
    AMBIGUOUS,
    both_readings,
    currencies,
    decimal_mark,
    is_dressed,
    reason_of_notation,
    reason_of_odd_cells,
    reason_of_signs,
)
from credit_scoring.flat_table.number_text import DIGITS, is_mark, numbers_of
from credit_scoring.flat_table.typed_columns import BOOLEAN, INTEGER, all_match, typed
from credit_scoring.tables.table_errors import count_phrase

LONGEST = 18  # digits of a whole number; longer ones are identifiers
CODE = r"^\s*0\d+\s*$"  # digits with a leading zero


@dataclass(frozen=True)
class NumberColumn:
    """Numbers read from texts; null for the marks in `missing`, which are as in the table.

    `decimal` is "," if the texts have decimal commas, `unit` what their signs say. `reason` says
    why the column cannot be an input; it is empty if it can.
    """

    numbers: pl.Series
    decimal: str = ""
    unit: str = "number"
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""


def read_number_column(values: pl.Series) -> NumberColumn | None:
    """The numbers of a column, or the `reason` against them; None for a column of other values."""
    if values.dtype != pl.String:
        return _without_infinity(values) if values.dtype.is_float() else None
    words = values.drop_nulls()
    words = words.filter(~is_mark(words))
    if words.is_empty():
        return None
    if all_match(words.str.strip_chars(), BOOLEAN):
        return _with_marks(values, NumberColumn(without_marks(values).str.to_lowercase() == "true"))
    reason = reason_of_notation(words)
    if reason or not is_dressed(words) or _are_codes(values, words):
        return NumberColumn(values, reason=reason) if reason else None
    return _read(values, words)


def typed_fully(values: pl.Series) -> pl.Series:
    """The numbers of a column if it can be read as such, else its values."""
    column = read_number_column(values)
    return values if column is None or column.reason else column.numbers


def without_marks(values: pl.Series) -> pl.Series:
    """The texts without spaces around them, null for the marks of a number column."""
    texts = pl.when(~is_mark(values)).then(values.str.strip_chars())
    return pl.select(texts.alias(values.name)).to_series()


def _without_infinity(values: pl.Series) -> NumberColumn | None:
    """The numbers with null for infinity; None if there is none."""
    count = int(values.is_infinite().sum())
    if not count:
        return None
    finite = pl.select(pl.when(values.is_finite()).then(values).alias(values.name)).to_series()
    rows = count_phrase(count, "row", "rows")
    return NumberColumn(finite, notes=(f"read as missing: infinity ({rows})",))


def _are_codes(values: pl.Series, words: pl.Series) -> bool:
    """Whether digits are codes: with a leading zero, too long, or few, in a file with types."""
    if not all_match(words, DIGITS):
        return False
    has_long = bool((words.str.len_chars() > LONGEST).any())
    is_column_of_levels = len(words) == len(values) - values.null_count() and (
        words.n_unique() <= MAX_LEVELS
    )
    return has_long or bool(words.str.contains(CODE).any()) or is_column_of_levels


def _read(values: pl.Series, words: pl.Series) -> NumberColumn | None:
    """The column read in the notation of its cells; None if they are texts."""
    readings = both_readings(words)
    reason = reason_of_odd_cells(values, words, readings)
    decimal = decimal_mark(words, readings)
    if reason is None:
        return None
    if reason := reason or reason_of_signs(words) or ("" if decimal else AMBIGUOUS):
        return NumberColumn(values, reason=reason)
    column = _dressed(values, words, decimal or ".")
    return _with_marks(values, column)


def _dressed(values: pl.Series, words: pl.Series, decimal: str) -> NumberColumn:
    cells = without_marks(values)
    if all_match(words.str.strip_chars(), INTEGER):
        return NumberColumn(typed(cells, comma_decimals=False))
    has_percent = words.str.contains("%").any()
    has_currency = currencies(words).null_count() < len(words)
    unit = "percent" if has_percent else "currency" if has_currency else "number"
    numbers = numbers_of(cells, decimal)
    return NumberColumn(numbers, decimal.strip("."), unit, notes=_notes(words, decimal, unit))


def _notes(words: pl.Series, decimal: str, unit: str) -> tuple[str, ...]:
    """How the texts are read, where that is not as they are written."""
    separator = r"\d[,'’\s]\d" if decimal == "." else r"\d[.'’\s]\d"
    notes = {
        "12% is read as 12": unit == "percent",
        "currency signs are left out": unit == "currency",
        "1,5 is read as 1.5": decimal == ",",
        "separators of thousands are left out": words.str.contains(separator).any(),
        "(5) and 5- are read as -5": words.str.contains(r"\(|\d\s*-\P{Nd}*$").any(),
    }
    return tuple(note for note, is_true in notes.items() if is_true)


def _with_marks(values: pl.Series, column: NumberColumn) -> NumberColumn:
    """The column with the marks of its texts, and a note on them."""
    marks = values.filter(is_mark(values).fill_null(value=False)).alias("mark")
    if marks.is_empty():
        return column
    counts = marks.value_counts().sort(["count", "mark"], descending=[True, False])
    shown = ", ".join(f"{mark!r} ({count_phrase(n, 'row', 'rows')})" for mark, n in counts.rows())
    notes = (*column.notes, f"read as missing: {shown}")
    return replace(column, missing=tuple(sorted(counts["mark"])), notes=notes)


def doubts_about_levels(levels: pl.Series) -> list[str]:
    """Notes on levels that are numbers or words for "no value"."""
    notes = []
    numbers = numbers_of(levels, ".")
    if 2 * (len(levels) - numbers.null_count()) >= len(levels) > numbers.null_count() > 0:
        odd = levels.filter(numbers.is_null())[0]
        notes.append(f"levels, not numbers, because of {odd[:40]!r}")
    words = levels.filter(is_mark(levels))
    if len(words):
        shown = ", ".join(map(repr, words))
        notes.append(f"{shown} among the levels: if it means no value, move it to missing")
    return notes
