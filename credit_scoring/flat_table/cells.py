"""The cells of a text file or a workbook as columns of text, copied to a form that Polars splits.

Python's csv module splits the rows, so that a row with too many or too few values is refused by
its line. The copy has control characters as separators and no quotes.
"""

import codecs
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO, TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

import polars as pl

from credit_scoring.errors import TableError
from credit_scoring.flat_table.column_names import clean_names
from credit_scoring.flat_table.header import HeaderRow, Row
from credit_scoring.flat_table.table_file import TableFile, require_rows
from credit_scoring.flat_table.text_dialect import detect_dialect
from credit_scoring.flat_table.workbook import read_workbook
from credit_scoring.tables.file_kind import HEAD_SIZE, NotTabularError

log = logging.getLogger(__name__)
CELL_END, ROW_END = "\x1f", "\x1e"  # "unit separator" and "record separator" of ASCII
BATCH = 10_000  # rows written at once
CHUNK = 1 << 20  # bytes decoded at once


class CellRows(NamedTuple):
    """The rows below the line of names. `separator` is None in a workbook."""

    header: HeaderRow
    rows: Iterator[Row]
    separator: str | None = None


@dataclass(frozen=True)
class CellColumns:
    """The columns of the copy, by their cleaned names; `unnamed` are those without a name."""

    names: tuple[str, ...]
    unnamed: tuple[str, ...]
    row_names: bool
    comma_decimals: bool

    def scan(self, copy: Path | BytesIO) -> pl.LazyFrame:
        """The cells as text, null for empty ones; without row names and empty unnamed columns."""
        frame = pl.scan_csv(
            copy, glob=False, has_header=False,
            separator=CELL_END, eol_char=ROW_END, quote_char=None, null_values=[""],
            schema=dict.fromkeys(self.names, pl.String()),
        )  # fmt: skip
        empty = frame.select(pl.nth(self._unnamed_positions).is_null().all()).collect()
        is_empty = {name for name in empty.columns if empty[name].item()}
        return frame.drop(*is_empty, *self.names[: self.row_names])

    @property
    def _unnamed_positions(self) -> list[int]:
        return [self.names.index(name) for name in self.unnamed]


def copy_cells(file: TableFile, target: IO[bytes]) -> CellColumns:
    """Copy the cells of a text file or a workbook to `target`; returns its columns.

    TableError or NotTabularError for another kind of file, a row that is not whole, or no rows.
    """
    with _open_rows(file) as (header, rows, separator):
        names = tuple(clean_names(header.names, file.path))
        _warn_of_omissions(file.path, header)
        count = _write(_whole_rows(rows, header, separator), header.width, target)
    require_rows(count, file.path)
    unnamed = [
        name for name, written in zip(names, header.names, strict=True) if not written.strip()
    ]
    target.flush()
    target.seek(0)
    return CellColumns(names, tuple(unnamed), header.row_names, separator != ",")


@cache  # a file that is read twice is warned about once
def _warn_of_omissions(path: Path, header: HeaderRow) -> None:
    if header.index:
        log.warning("%s: the names are in line %s, what is above is left out", path, header.line)
    if header.row_names:
        message = "%s: the first value of each row has no name in line %s and is left out"
        log.warning(message, path, header.line)


def scan_cells(file: TableFile) -> pl.LazyFrame:
    """The cells of a text file or a workbook, as text, in memory."""
    copy = BytesIO()
    return copy_cells(file, copy).scan(copy)


def scan_parquet(source: Path | BytesIO | list[Path], path: Path) -> pl.LazyFrame:
    """The columns of Parquet, by their cleaned names; `path` is for messages."""
    frame = pl.scan_parquet(source, glob=False)
    names = frame.collect_schema().names()
    cleaned = clean_names(names, path)
    return frame.rename({old: new for old, new in zip(names, cleaned, strict=True) if old != new})


@contextmanager
def _open_rows(file: TableFile) -> Iterator[CellRows]:
    with file.open() as content:
        if file.kind == "workbook":
            yield CellRows(*read_workbook(content))
            return
        dialect = detect_dialect(content.read(HEAD_SIZE))
        content.seek(0)
        text = TextIOWrapper(content, dialect.encoding, newline="")
        try:
            yield CellRows(dialect.header, dialect.rows(text), dialect.separator)
        except UnicodeDecodeError as error:
            raise _undecodable(file) from error


def _undecodable(file: TableFile) -> TableError:
    with file.open() as content:
        line = _undecodable_line(content)
    where = f" (line {line})" if line else ""
    return TableError(f"{file.path} is not UTF-8 text{where}: save it as CSV UTF-8, or as Parquet")


def _undecodable_line(content: IO[bytes]) -> int | None:
    """The number of the first line that is not UTF-8, or None."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    line = 1
    while True:
        chunk = content.read(CHUNK)
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            return line + error.object.count(b"\n", 0, error.start)
        line += chunk.count(b"\n")
        if not chunk:
            return None


def _whole_rows(
    rows: Iterable[Row], header: HeaderRow, separator: str | None
) -> Iterator[list[str]]:
    """The cells of rows that have as many as the line of names; NotTabularError for others."""
    ragged: list[Row] = []
    last_line = header.line
    for row in rows:
        if len(row.cells) == header.width:
            last_line = row.line
            yield row.cells
        elif row.filled:
            last_line = row.line
            cells = row.cells[: header.width]
            if any(cell.strip() for cell in row.cells[header.width :]) or len(cells) < header.width:
                ragged.append(row)
            yield (cells + [""] * header.width)[: header.width]
    if ragged:
        raise _ragged_rows(ragged, header, separator, last_line)


def _ragged_rows(
    ragged: list[Row], header: HeaderRow, separator: str | None, last_line: int
) -> NotTabularError:
    """What is wrong with rows that have too many or too few values, and what helps."""
    first = ragged[0]
    count = len(first.cells)
    others = len(ragged) - 1
    also = f" ({others} other line{'s are' if others > 1 else ' is'} like it)" if others else ""
    description = (
        f"line {first.line} has {count} value{'' if count == 1 else 's'}, expected {header.width} "
        f"as in line {header.line}{also}"
    )
    if count > header.width:
        return NotTabularError(
            description, f"a value that contains {separator!r} must stand in double quotes"
        )
    if first.line == last_line:
        return NotTabularError(
            f"{description}; it is the last line: the file was cut off", "copy or export it again"
        )
    return NotTabularError(description, "complete the line, or remove it")


def _write(rows: Iterator[list[str]], width: int, target: IO[bytes]) -> int:
    """Write the rows with control characters as separators; returns their number."""
    count = 0
    while batch := [*islice(rows, BATCH)]:
        count += len(batch)
        text = "".join([CELL_END.join(cells) + ROW_END for cells in batch])
        ends = (text.count(CELL_END), text.count(ROW_END))
        if ends != ((width - 1) * len(batch), len(batch)):
            raise NotTabularError("a value has a control character (U+001E or U+001F)", "remove it")
        target.write(text.encode())
    return count
