"""Types of a CSV file's columns: numbers or truth values if every cell is one, else its texts."""

import polars as pl

from credit_scoring.flat_table.number_text import NUMBER

INTEGER = r"^[+-]?(0|[1-9]\d*)$"
COMMA_NUMBER = r"^[+-]?((0|[1-9]\d*)(,\d*)?|,\d+)([eE][+-]?\d+)?$"
# 1,234 is ambiguous: it stays text, and the schema has a note about it
COMMA_THOUSANDS = r"^[+-]?([1-9]\d{0,2}(,\d{3})+|\d{1,3})$"
POINT_THOUSANDS = r"^[+-]?([1-9]\d{0,2}(\.\d{3})+|\d{1,3})$"
BOOLEAN = r"^(?i:true|false)$"
SAMPLE_ROWS = 1000  # checked first: they rule out most patterns
MIN_GROUPED = 30  # different numbers such as 1.234 next to 950: the point separates thousands


def typed(texts: pl.Series, *, comma_decimals: bool) -> pl.Series:
    """A column of texts as numbers or truth values if every value is one, else unchanged.

    Only empty cells are missing: another mark for "no value" leaves the column as text. With
    `comma_decimals`, 12,5 is a number too, as in European files with another separator.
    """
    stripped = texts.str.strip_chars().replace({"": None})
    values = stripped.drop_nulls()
    if values.is_empty():
        return texts
    if all_match(values, INTEGER):
        integers = stripped.str.strip_prefix("+").cast(pl.Int64, strict=False)
        is_too_long = integers.null_count() > stripped.null_count()
        return texts if is_too_long else integers  # more than 64 bits: an identifier
    if all_match(values, NUMBER):
        return texts if points_separate_thousands(values) else stripped.cast(pl.Float64)
    if comma_decimals and all_match(values, COMMA_NUMBER):
        decimals = stripped.str.replace(",", ".", literal=True)
        return texts if all_match(values, COMMA_THOUSANDS) else decimals.cast(pl.Float64)
    return stripped.str.to_lowercase() == "true" if all_match(values, BOOLEAN) else texts


def points_separate_thousands(values: pl.Series) -> bool:
    """Whether 1.234 is 1234: every point is before three digits, and some numbers have none.

    A program that writes decimals leaves out trailing zeros, or writes 950.000 next to 1.234.
    """
    if not all_match(values, POINT_THOUSANDS):
        return False
    has_point = values.str.contains(".", literal=True)
    return not has_point.all() and values.filter(has_point).n_unique() >= MIN_GROUPED


def all_match(values: pl.Series, pattern: str) -> bool:
    """Whether every text matches; the first rows are tried first."""
    sample = values.head(SAMPLE_ROWS)
    return all(bool(texts.str.contains(pattern).all()) for texts in (sample, values))
