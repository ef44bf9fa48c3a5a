"""A table of text and numbers that is written row by row, as CSV or Parquet."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from credit_scoring.errors import SettingError
from credit_scoring.files import atomic_path
from credit_scoring.spreadsheet_text import without_formula

SUFFIXES = (".csv", ".parquet")


WriteRow: TypeAlias = Callable[[Mapping[str, Any]], None]  # the row's values by column


@contextmanager
def open_table(path: Path, columns: Mapping[str, type]) -> Iterator[WriteRow]:
    """A function that writes rows to a new file, whose name says the format; memory is bounded.

    `columns` are the type of each, `str`, `float` or `int`. In a CSV file, an apostrophe is put
    before a text that a spreadsheet would run as a formula. SettingError if the file cannot be
    written. It replaces an older one when it is complete.
    """
    require_suffix(path)
    try:
        with atomic_path(path) as temporary:
            if path.suffix == ".csv":
                with _csv_rows(temporary, list(columns), safe=True) as write:
                    yield write
                return
            rows = temporary.with_suffix(".csv")
            try:
                with _csv_rows(rows, list(columns), safe=False) as write:
                    yield write
                _to_parquet(rows, temporary, columns)
            finally:
                rows.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingError(f"{path} cannot be written ({reason}): give another --out") from error


def require_suffix(path: Path) -> None:
    """SettingError unless the name of `path` says that it is CSV or Parquet."""
    if path.suffix not in SUFFIXES:
        raise SettingError(f"{path} has another ending than {' or '.join(SUFFIXES)}: rename it")


@contextmanager
def _csv_rows(path: Path, columns: Sequence[str], *, safe: bool) -> Iterator[WriteRow]:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)

        def write(row: Mapping[str, Any]) -> None:
            values = [row[name] for name in columns]
            writer.writerow([*map(without_formula, values)] if safe else values)

        yield write


def _to_parquet(rows: Path, path: Path, columns: Mapping[str, type]) -> None:
    import polars as pl

    types = {str: pl.String, float: pl.Float64, int: pl.Int64}
    schema = {name: types[kind] for name, kind in columns.items()}
    pl.scan_csv(rows, schema=schema, glob=False).sink_parquet(path)
