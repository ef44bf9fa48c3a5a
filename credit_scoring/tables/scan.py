"""A table's file as a lazy frame with the contract's dtypes: a typed scan, or a slower text scan.

The typed scan parses directly into the contract's dtypes and fails on any value that does not fit.
The text scan reads every value as text: it accepts more ways to write a value, and
`contract_checks` counts and shows the values that remain wrong.
"""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import polars as pl

from credit_scoring.contracts.column_check import is_whole, null_if_sentinel
from credit_scoring.contracts.contract import Column, Table
from credit_scoring.tables.csv_dialect import Header, normalise
from credit_scoring.tables.source_files import SourceFile

DTYPES: dict[str, pl.DataType] = {
    "int8": pl.Int8(),
    "int16": pl.Int16(),
    "int32": pl.Int32(),
    "float32": pl.Float32(),
    "category": pl.UInt8(),
}
ROW_NUMBER = "row number"  # starts at 1 below the header
NO_VALUE = "NA"  # of R; no column has such a level
NOT_AN_INTEGER = 1e300  # makes a strict cast to an integer fail


def typed_scan(source: SourceFile, table: Table, header: Header) -> pl.LazyFrame:
    """The contract's columns that the file has, in the contract's order and dtypes.

    Collecting the frame fails on a value that does not fit.
    """
    columns = known_columns(table, header)
    if source.is_parquet:
        scan = pl.scan_parquet(source.scannable(), glob=False)
    else:
        dtypes = {
            c.name: pl.Float64() if c.name in header.floats else _parse_dtype(c) for c in columns
        }
        scan = _scan_csv(
            source, header, schema_overrides=dtypes, decimal_comma=header.decimal_comma
        )
    return typed_frame(scan, columns)


def typed_frame(frame: pl.LazyFrame, columns: Iterable[Column]) -> pl.LazyFrame:
    """The columns of `frame`, numbers or text, in their contract's dtypes.

    Collecting the result fails on a value that does not fit.
    """
    stored = frame.collect_schema()
    return frame.select(_typed(c, stored[c.name]) for c in columns)


def known_columns(table: Table, header: Header) -> list[Column]:
    """The contract's columns that the file has, in the contract's order."""
    return [column for column in table.columns if column.name in header.columns]


def _scan_csv(source: SourceFile, header: Header, **options: Any) -> pl.LazyFrame:
    file = (
        BytesIO(normalise(source.read(), header)) if header.needs_rewriting else source.scannable()
    )
    return pl.scan_csv(file, glob=False, null_values=[NO_VALUE], **header.csv_options(), **options)


def _parse_dtype(column: Column) -> pl.DataType:
    """The dtype to parse as, which also holds the sentinel values."""
    if column.is_category:
        return pl.Enum([*column.levels, *column.missing])
    if column.sentinel is not None and column.whole:
        return pl.Int32()
    return DTYPES[column.dtype]


def _typed(column: Column, stored: pl.DataType) -> pl.Expr:
    values = pl.col(column.name)
    if column.is_category:
        enum = _parse_dtype(column)
        return _codes(values if stored == enum else values.cast(pl.String).cast(enum), column)
    if stored.is_temporal():  # as a number, a date would be its days since 1970
        values, stored = values.cast(pl.String), pl.String()
    if stored == pl.String and column.whole:
        values, stored = values.cast(pl.Float64), pl.Float64()
    if not column.whole:
        values = values.cast(pl.Float64 if stored == pl.Float64 else pl.Float32)
    if stored.is_float():
        values = pl.when(values.is_finite()).then(values)  # pandas writes NaN for missing
        values = _refuse_fractions(values) if column.whole else values
    return _cast_numbers(values, column)


def _refuse_fractions(values: pl.Expr) -> pl.Expr:
    return pl.when(is_whole(values)).then(values).when(values.is_not_null()).then(NOT_AN_INTEGER)


def _codes(enum_values: pl.Expr, column: Column) -> pl.Expr:
    """The codes of the levels; null for the sentinel values, which come after the levels."""
    codes = enum_values.to_physical()
    if column.missing:
        codes = pl.when(codes < len(column.levels)).then(codes)
    return codes.cast(pl.UInt8).alias(column.name)


def _cast_numbers(values: pl.Expr, column: Column, *, strict: bool = True) -> pl.Expr:
    numbers: pl.Expr = null_if_sentinel(values, column, pl.when)
    return numbers.cast(DTYPES[column.dtype], strict=strict).alias(column.name)


class TextScan:
    """The file read as text.

    `texts` has a row number and the trimmed columns; rows without any value are left out.
    """

    def __init__(
        self, source: SourceFile, table: Table, header: Header, *, ragged: bool = False
    ) -> None:
        self.columns = known_columns(table, header)
        self.decimal_comma = header.decimal_comma
        self.texts = self._texts(source, header, ragged=ragged)

    def _texts(self, source: SourceFile, header: Header, *, ragged: bool) -> pl.LazyFrame:
        if source.is_parquet:
            scan = pl.scan_parquet(source.scannable(), glob=False)
            stored = scan.collect_schema()
            texts = [_text(c.name, stored[c.name]) for c in self.columns]
        else:
            options = {"encoding": "utf8-lossy", "truncate_ragged_lines": ragged}
            scan = _scan_csv(source, header, **options)
            texts = [pl.col(c.name) for c in self.columns]
        stripped = [text.str.strip_chars() for text in texts]
        trimmed = [pl.when(~text.is_in(["", NO_VALUE])).then(text) for text in stripped]
        numbered = scan.select(trimmed).with_row_index(ROW_NUMBER, 1)
        return numbered.filter(~pl.all_horizontal(pl.exclude(ROW_NUMBER).is_null()))

    def parsed(self, column: Column) -> pl.Expr:
        """The values as numbers; null for a text that is not a number."""
        texts = pl.col(column.name)
        if self.decimal_comma:
            texts = texts.str.replace(",", ".", literal=True)
        return texts.cast(pl.Float64, strict=False)

    def numbers(self, column: Column) -> pl.Expr:
        """The values as finite numbers; null for other texts and for the source's sentinel."""
        parsed = self.parsed(column)
        finite = pl.when(parsed.is_finite()).then(parsed)
        numbers: pl.Expr = null_if_sentinel(finite, column, pl.when)
        return numbers

    def frame(self) -> pl.LazyFrame:
        """The contract's columns, in its order and dtypes; null for values that do not fit."""
        return self.texts.select(self._values(column) for column in self.columns)

    def _values(self, column: Column) -> pl.Expr:
        if column.is_category:
            return _codes(pl.col(column.name).cast(_parse_dtype(column), strict=False), column)
        return _cast_numbers(self.numbers(column), column, strict=False)


def _text(name: str, stored: pl.DataType) -> pl.Expr:
    values = pl.col(name)
    if stored.is_nested() or stored == pl.Binary:
        return pl.when(values.is_not_null()).then(pl.lit(f"<{stored}>")).alias(name)
    if stored == pl.Boolean:
        values = values.cast(pl.Int8)
    return values.cast(pl.String, strict=False)
