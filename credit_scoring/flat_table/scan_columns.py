"""A table read one column at a time, so that memory does not grow with the number of columns.

A Parquet file is read where it is. A CSV file is first copied to Parquet in a scratch folder, as a
stream and with its values as text, because a column of a CSV cannot be read without the others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from credit_scoring.files import StrPath
from credit_scoring.flat_table.cells import copy_cells, scan_parquet
from credit_scoring.flat_table.number_column import typed_fully
from credit_scoring.flat_table.table_file import (
    TableFile,
    explain_unreadable,
    require_rows,
    table_file,
)
from credit_scoring.flat_table.typed_columns import typed

Convert = Callable[[pl.Series], pl.Series]


@dataclass(frozen=True)
class ColumnTable:
    """A table whose columns are read one by one.

    `frame` is its lazy frame, `convert` makes a column of values from the stored one. `kept` marks
    the rows to read; None for all.
    """

    name: str
    frame: pl.LazyFrame
    columns: tuple[str, ...]
    rows: int
    convert: Convert
    kept: pl.Series | None = None

    def column(self, name: str) -> pl.Series:
        """The values of a column; TableError if the file is damaged there."""
        with explain_unreadable(Path(self.name)):
            stored = self.frame.select(name).collect(engine="streaming").to_series()
        return self.convert(stored if self.kept is None else stored.filter(self.kept))


def scan_flat_table(path: StrPath, scratch: Path) -> ColumnTable:
    """The table at `path`, with the values that `read_flat_table` reads.

    Texts that are numbers but for marks and signs become numbers. `scratch` is an existing folder
    for the copy of a CSV file. Raises TableError as `read_flat_table` does.
    """
    file = table_file(path)
    path = file.path
    with explain_unreadable(path):
        frame, convert = _scan(file, scratch)
        columns = tuple(frame.collect_schema().names())
        has_value = ~pl.all_horizontal(pl.all().is_null())
        kept = frame.select(kept=has_value).collect(engine="streaming").to_series()
    rows = int(kept.sum())
    require_rows(rows, path)
    is_complete = rows == len(kept)
    return ColumnTable(str(path), frame, columns, rows, convert, None if is_complete else kept)


def _scan(file: TableFile, scratch: Path) -> tuple[pl.LazyFrame, Convert]:
    if file.kind == "parquet":
        return scan_parquet(file.parquet(), file.path), _typed_parquet
    return _copy_text(file, scratch)


def _typed_parquet(values: pl.Series) -> pl.Series:
    return typed_fully(values.fill_nan(None) if values.dtype.is_float() else values)


def _copy_text(file: TableFile, scratch: Path) -> tuple[pl.LazyFrame, Convert]:
    """The cells as a Parquet file of texts, and the function that gives a column its type."""
    cells = scratch / "cells.txt"
    with cells.open("wb") as target:
        columns = copy_cells(file, target)
    copy = scratch / "texts.parquet"
    columns.scan(cells).sink_parquet(copy)
    comma_decimals = columns.comma_decimals
    return pl.scan_parquet(copy, glob=False), lambda column: typed_fully(
        typed(column, comma_decimals=comma_decimals)
    )
