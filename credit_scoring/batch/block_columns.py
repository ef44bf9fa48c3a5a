"""The columns of a file as the values of a request: numbers as 64-bit numbers, levels as text.

A CSV file has only texts, a Parquet file has types: both become what a JSON request would hold.
Texts for "no value" are those of any flat table.
"""

from typing import Any

import polars as pl

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.column_check import in_range, is_whole
from credit_scoring.contracts.scalar_check import missing_marks
from credit_scoring.errors import TableError
from credit_scoring.flat_table.number_text import NUMBER, is_missing_number, to_numbers

MAX_PLAIN = 1e15  # larger whole numbers are shown with an exponent


class FeatureColumn:
    """One requested feature as Polars expressions on a file's column of dtype `stored`.

    TableError if no value of such a dtype can be the feature's.
    """

    def __init__(
        self, feature: ModelFeature, stored: pl.DataType, *, decimal_comma: bool = False
    ) -> None:
        _require_kind(feature, stored)
        self.name = feature.name
        self._nullable = feature.nullable
        self._constraints = feature.feature
        self._marks = missing_marks(feature.feature) if feature.nullable else ()
        self._stored = stored
        self._decimal = feature.feature.decimal or "."
        self._may_have_commas = decimal_comma or self._decimal == ","
        self._texts_for_missing = feature.feature.missing
        self._column = pl.col(feature.name)
        self._is_text = stored in (pl.String, pl.Categorical, pl.Enum)

    @property
    def quick_value(self) -> pl.Expr:
        """The values if all are in the usual notation: numbers, or text."""
        return self._column.cast(pl.String) if self._constraints.levels else self._quick_number()

    @property
    def careful_value(self) -> pl.Expr:
        """The values: numbers, or text. Null is missing, and also a text that is not a number."""
        value = self._level() if self._constraints.levels else self._careful_number()
        return value.alias(self.name)

    @property
    def all_valid(self) -> pl.Expr:
        """Whether all of the values are certainly valid; one truth value."""
        if self._constraints.levels:
            valid = self._column.is_in([*self._constraints.levels, *self._marks]).all()
        else:
            lowest, highest = self._column.min(), self._column.max()
            valid = in_range(lowest, self._constraints) & in_range(highest, self._constraints)
            if self._constraints.whole:
                valid &= is_whole(self._column).all()
        no_gap = self._column.null_count() == 0
        return (valid.fill_null(value=True) & (no_gap | self._nullable)).alias(self.name)

    @property
    def is_valid(self) -> pl.Expr:
        """Whether each of the values is certainly valid; `RequestSchema` decides on the others."""
        if self._constraints.levels:
            valid = self._column.is_in([*self._constraints.levels, *self._marks])
        else:
            valid = in_range(self._column, self._constraints)
            if self._constraints.whole:
                valid &= is_whole(self._column)
            for mark in self._marks:
                valid |= self._column == mark
        return valid.fill_null(value=self._nullable).alias(self.name)

    @property
    def raw_value(self) -> pl.Expr:
        """The values as the file has them, with null for the marks of a number column."""
        is_number_text = self._is_text and not self._constraints.levels
        return self._stripped().alias(self.name) if is_number_text else self._column

    @property
    def is_unreadable(self) -> pl.Expr:
        """Whether each raw value is there and is not a number."""
        if self._constraints.levels or not self._is_text:
            return pl.lit(value=False).alias(self.name)
        return self._careful_number().is_null() & self._stripped().is_not_null()

    def _stripped(self) -> pl.Expr:
        stripped = self._column.cast(pl.String).str.strip_chars()
        is_mark = is_missing_number(stripped) | stripped.is_in(self._texts_for_missing)
        return pl.when(~is_mark).then(stripped)

    def _quick_number(self) -> pl.Expr:
        if self._is_text and self._decimal == ",":  # 1.234 is 1234
            return self._careful_number()
        numbers = self._column
        if self._stored != pl.Float32:  # which `Scorer` reads without a loss
            numbers = numbers.cast(pl.Float64, strict=not self._is_text)
        return numbers if self._stored.is_integer() else numbers.fill_nan(None)

    def _careful_number(self) -> pl.Expr:
        if not self._is_text:
            return self._quick_number()
        texts = self._stripped()
        numbers = to_numbers(texts, self._decimal)
        return numbers.fill_null(to_numbers(texts, ",")) if self._may_have_commas else numbers

    def _level(self) -> pl.Expr:
        """The texts; another notation of a level that is a number or a truth value becomes it."""
        if self._stored == pl.Boolean or self._stored.is_integer():
            return self._column.cast(pl.String)
        if self._stored.is_float() or self._stored.is_decimal():
            return whole_text(self._column.cast(pl.Float64).fill_nan(None))
        texts = self._column.cast(pl.String)
        levels = self._constraints.levels
        other_notation = texts.replace({"": None})
        if any(level.lstrip("-").isdigit() for level in levels):
            is_number = texts.str.strip_chars().str.contains(NUMBER)
            number = whole_text(texts.str.strip_chars().cast(pl.Float64, strict=False))
            other_notation = pl.when(is_number).then(number).otherwise(other_notation)
        elif {*levels} <= {"true", "false"}:
            other_notation = other_notation.str.strip_chars().str.to_lowercase()
        return pl.when(texts.is_in([*levels])).then(texts).otherwise(other_notation)


def whole_text(numbers: pl.Expr) -> pl.Expr:
    """Numbers as text, whole ones without a fraction."""
    whole = numbers.cast(pl.Int64, strict=False).cast(pl.String)
    return pl.when(is_whole(numbers)).then(whole).otherwise(numbers.cast(pl.String))


def request_value(raw: Any, value: Any) -> Any:
    """A `value` as a JSON request would hold it; `raw` is what the file has in its place."""
    if value is None:
        return raw if isinstance(raw, str) and raw.strip() else None
    if isinstance(value, float) and value.is_integer() and abs(value) < MAX_PLAIN:
        return int(value)
    return value


def _require_kind(feature: ModelFeature, stored: pl.DataType) -> None:
    is_level = bool(feature.feature.levels)
    if stored.is_nested() or stored.is_temporal() or stored in (pl.Binary, pl.Object):
        expected = "text" if is_level else "numbers"
        raise TableError(f"{feature.name} holds {stored}: expected {expected}, convert the column")
