"""Reads any lender's table, one row per loan, from a file.

A CSV file has no types. A column holds numbers or truth values if every cell is one or empty; else
its texts stay unchanged: "007" remains a code, and the schema decides what "1,234" and "NA" mean.
"""

from io import BytesIO

import polars as pl

from credit_scoring.errors import TableError
from credit_scoring.files import StrPath
from credit_scoring.flat_table.cells import copy_cells, scan_parquet
from credit_scoring.flat_table.table_file import (
    TableFile,
    explain_unreadable,
    require_rows,
    table_file,
)
from credit_scoring.flat_table.typed_columns import typed
from credit_scoring.suggestions import did_you_mean
from credit_scoring.tables.table_errors import join_names


def read_flat_table(path: StrPath) -> pl.DataFrame:
    """The table at `path`: Parquet, or text (separated by `,`, `;`, tab or `|`), or a workbook.

    The kind is told by the content; the file may be compressed, or alone in a zip. NaN is missing.
    Empty rows are left out. Raises TableError if the file is not such a table.
    """
    file = table_file(path)
    with explain_unreadable(file.path):
        frame = _read_parquet(file) if file.kind == "parquet" else _read_cells(file)
    frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    require_rows(len(frame), file.path)
    return frame.fill_nan(None)


def _read_parquet(file: TableFile) -> pl.DataFrame:
    return scan_parquet(file.parquet(), file.path).collect()


def _read_cells(file: TableFile) -> pl.DataFrame:
    copy = BytesIO()
    columns = copy_cells(file, copy)
    texts = columns.scan(copy).collect()
    return texts.select(typed(column, comma_decimals=columns.comma_decimals) for column in texts)


ROLE_OPTIONS = {"target": "--target", "identifier": "--id"}


def require_column(frame: pl.DataFrame, name: str, role: str) -> None:
    """Raise TableError with the nearest name if the table has no column `name`, named as `role`."""
    if name not in frame.columns:
        hint = (
            did_you_mean(name, frame.columns) or f" (it has {join_names(map(repr, frame.columns))})"
        )
        option = ROLE_OPTIONS[role]
        raise TableError(f"the table has no column {name}{hint}: name the {role} with {option}")
