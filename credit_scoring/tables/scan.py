"""A table's file as a lazy frame by the contract: quickly where it is clean, carefully where it is not.

The quick way parses straight into the contract's dtypes and fails where it meets anything else. The careful way
reads every value as text, so that what can be mended is read right and what cannot be is counted and shown.
"""

from io import BytesIO
from typing import Any

import polars as pl

from credit_scoring.contracts.contract import Column, Table
from credit_scoring.tables.csv_dialect import Header, rewritten
from credit_scoring.tables.source_files import Source

DTYPES: dict[str, pl.DataType] = {
    "int8": pl.Int8(),
    "int16": pl.Int16(),
    "int32": pl.Int32(),
    "float32": pl.Float32(),
    "category": pl.UInt8(),
}
ROW = "row number"  # counted from 1, the header not counted
NO_INTEGER = 1e300  # makes a strict cast to an integer fail


def quick(source: Source, table: Table, header: Header) -> pl.LazyFrame:
    """The contract's columns that the file has, in its order and dtypes; collecting fails on a value that breaks it."""
    columns = known(table, header)
    if source.is_parquet:
        scan = pl.scan_parquet(source.scannable())
    else:
        dtypes = {
            c.name: pl.Float64() if c.name in header.floats else _raw_dtype(c) for c in columns
        }
        scan = _scan_csv(source, header, {"schema_overrides": dtypes})
    stored = scan.collect_schema()
    return scan.select(_clean(c, stored[c.name]) for c in columns)


def known(table: Table, header: Header) -> list[Column]:
    """The contract's columns that the file has, in the contract's order."""
    return [column for column in table.columns if column.name in header.columns]


def _scan_csv(source: Source, header: Header, more: dict[str, Any]) -> pl.LazyFrame:
    file = (
        BytesIO(rewritten(source.content(), header)) if header.is_rewritten else source.scannable()
    )
    return pl.scan_csv(
        file,
        separator=header.separator,
        eol_char=header.end_of_line if not header.is_rewritten else "\n",
        decimal_comma=header.decimal_comma,
        infer_schema=False,
        **more,
    )


def _raw_dtype(column: Column) -> pl.DataType:
    """The dtype to parse as: it holds the source's own marks for "no value" too."""
    if column.is_category:
        return pl.Enum([*column.levels, *column.missing])
    return (
        pl.Int32()
        if column.sentinel is not None and column.dtype != "float32"
        else DTYPES[column.dtype]
    )


def _clean(column: Column, stored: pl.DataType) -> pl.Expr:
    value = pl.col(column.name)
    if column.is_category:
        enum = _raw_dtype(column)
        return _code(value if stored == enum else value.cast(pl.String).cast(enum), column)
    if column.dtype == "float32":
        value = value.cast(pl.Float64 if stored == pl.Float64 else pl.Float32)
    if stored.is_float():
        value = pl.when(value.is_finite()).then(value)  # pandas writes NaN for missing
    if column.dtype != "float32" and stored.is_float():
        value = (
            pl.when(value == value.floor()).then(value).when(value.is_not_null()).then(NO_INTEGER)
        )
    return _number(value, column)


def _code(value: pl.Expr, column: Column) -> pl.Expr:
    """A level's place among the levels; a mark for "no value" has none."""
    code = value.to_physical()
    kept = pl.when(code < len(column.levels)).then(code) if column.missing else code
    return kept.cast(pl.UInt8).alias(column.name)


def _number(value: pl.Expr, column: Column, *, strict: bool = True) -> pl.Expr:
    if column.sentinel is not None:
        value = pl.when(value != column.sentinel).then(value)
    return value.cast(DTYPES[column.dtype], strict=strict).alias(column.name)


class Careful:
    """The file read as text. `texts` has a row number and the columns, trimmed, rows without any value left out."""

    def __init__(
        self, source: Source, table: Table, header: Header, *, ragged: bool = False
    ) -> None:
        self.columns = known(table, header)
        self.decimal_comma = header.decimal_comma
        self.texts = self._texts(source, header, ragged=ragged)

    def _texts(self, source: Source, header: Header, *, ragged: bool) -> pl.LazyFrame:
        if source.is_parquet:
            scan = pl.scan_parquet(source.scannable())
            stored = scan.collect_schema()
            texts = [_text(c.name, stored[c.name]) for c in self.columns]
        else:
            plain = Header(**{**vars(header), "decimal_comma": False})
            scan = _scan_csv(
                source, plain, {"encoding": "utf8-lossy", "truncate_ragged_lines": ragged}
            )
            texts = [pl.col(c.name) for c in self.columns]
        trimmed = [
            pl.when(text.str.strip_chars() != "").then(text.str.strip_chars()) for text in texts
        ]
        numbered = scan.select(trimmed).with_row_index(ROW, 1)
        return numbered.filter(~pl.all_horizontal(pl.exclude(ROW).is_null()))

    def parsed(self, column: Column) -> pl.Expr:
        """The value as a number; null where it is none."""
        text = pl.col(column.name)
        if self.decimal_comma:
            text = text.str.replace(",", ".", literal=True)
        return text.cast(pl.Float64, strict=False)

    def number(self, column: Column) -> pl.Expr:
        """The value as a finite number; null where it is none, or the source's mark for "no value"."""
        value = self.parsed(column)
        value = pl.when(value.is_finite()).then(value)
        return value if column.sentinel is None else pl.when(value != column.sentinel).then(value)

    def frame(self) -> pl.LazyFrame:
        """The contract's columns, in its order and dtypes; null where a value breaks it."""
        return self.texts.select(self._value(column) for column in self.columns)

    def _value(self, column: Column) -> pl.Expr:
        if column.is_category:
            return _code(pl.col(column.name).cast(_raw_dtype(column), strict=False), column)
        return _number(self.number(column), column, strict=False)


def _text(name: str, stored: pl.DataType) -> pl.Expr:
    value = pl.col(name)
    if stored.is_nested() or stored == pl.Binary:
        return pl.when(value.is_not_null()).then(pl.lit(f"<{stored}>")).alias(name)
    if stored == pl.Boolean:
        value = value.cast(pl.Int8)
    return value.cast(pl.String, strict=False)
