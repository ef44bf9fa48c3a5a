"""Reads a CSV file as text, block by block; a row that cannot be split is reported and left out.

Polars parses the rows of a block together. The rows are separated here, so that one row with too
many values or an open quote does not stop the others.
"""

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

import polars as pl

from credit_scoring.batch.rejections import Rejection
from credit_scoring.contracts.contract import Column
from credit_scoring.errors import TableError
from credit_scoring.flat_table.read_flat_table import explain_unreadable, require_several_columns
from credit_scoring.tables.csv_dialect import HEAD_SIZE, sniff, split_fields, unwrap

MAX_RECORD_LINES = 50  # of a row with line breaks in quotes; beyond it the quote is a mistake


class TextBlock(NamedTuple):
    """Rows of a file as text: `frame` has the columns, `rows` their numbers from 1."""

    frame: pl.DataFrame
    rows: pl.Series
    rejected: list[Rejection]


class CsvRows:
    """A CSV file: its header, and its rows in blocks. TableError if it is not a CSV file.

    The `expected` columns help to detect how numbers are written.
    """

    def __init__(self, path: Path, expected: Sequence[Column] = ()) -> None:
        self.path = path
        with explain_unreadable(path), _open_binary(path) as file:
            self.header = sniff(file.read(HEAD_SIZE), expected)
        if self.header.repeated:
            columns = ", ".join(map(repr, self.header.repeated))
            raise TableError(f"{path} has the column {columns} twice: rename or remove one")
        self.columns = list(self.header.columns)
        require_several_columns(self.columns, path)
        self.share_read = 0.0  # of the file's bytes

    def blocks(self, size: int, columns: Sequence[str], first: int = 0) -> Iterator[TextBlock]:
        """The blocks of `size` rows from block `first` on, with these `columns` as text."""
        with explain_unreadable(self.path), self.path.open("rb") as raw, self._text(raw) as text:
            records = _records(self._lines(text))
            next(records, None)  # the header
            file_size = self.path.stat().st_size
            numbered = islice(enumerate(records, 1), first * size, None)
            while chunk := [*islice(numbered, size)]:
                self.share_read = min(raw.tell() / file_size, 1.0)
                yield self._block(chunk, columns)

    def _text(self, raw: IO[bytes]) -> io.TextIOWrapper:
        """The text of the open file; what cannot be decoded becomes "�"."""
        content = gzip.GzipFile(fileobj=raw) if self.path.suffix == ".gz" else raw
        encoding = "utf-16" if self.header.utf16 else "utf-8-sig"
        return io.TextIOWrapper(content, encoding, errors="replace")

    def _lines(self, text: Iterable[str]) -> Iterator[str]:
        """The lines without their ends."""
        for line in text:
            stripped = line.removesuffix("\n")
            yield unwrap(stripped) if self.header.wrapped else stripped

    def _block(self, chunk: Sequence[tuple[int, str]], columns: Sequence[str]) -> TextBlock:
        chunk = [(row, record) for row, record in chunk if record.strip()]
        problems = [(row, self._problem(record)) for row, record in chunk]
        rejected = [Rejection(row, None, "", problem) for row, problem in problems if problem]
        bad_rows = {rejection.row for rejection in rejected}
        good = [(row, record) for row, record in chunk if row not in bad_rows]
        frame = self._parse([record for _, record in good]).select(columns)
        return TextBlock(frame, pl.Series("row", [row for row, _ in good], pl.Int64), rejected)

    def _problem(self, record: str) -> str | None:
        """Why the record is not a row of the table, or None."""
        if record.count('"') % 2:
            return "a quote is opened and not closed: close it, or remove it"
        try:
            count = self._count_values(record)
        except csv.Error:
            return f"a value has more than {csv.field_size_limit():,} characters: shorten it"
        expected = len(self.columns)
        if count == expected:
            return None
        values = f"{count} value{'' if count == 1 else 's'}"
        return f"the row has {values}: expected {expected}, as many as the header has"

    def _count_values(self, record: str) -> int:
        if '"' not in record:
            return record.count(self.header.separator) + 1
        return len(split_fields(record, self.header.separator))

    def _parse(self, records: Sequence[str]) -> pl.DataFrame:
        """The records as text columns."""
        schema = dict.fromkeys(self.columns, pl.String())
        if not records:
            return pl.DataFrame(schema=schema)
        separator = self.header.separator
        content = "".join(f"{record}\n" for record in records).encode("utf-8", "replace")
        try:
            frame = pl.read_csv(content, has_header=False, separator=separator, schema=schema)
            if len(frame) == len(records):
                return frame
        except pl.exceptions.PolarsError:  # quotes inside a value that is not quoted
            pass
        rows = [[field or None for field in split_fields(r, separator)] for r in records]
        return pl.DataFrame(rows, schema=schema, orient="row")


def _open_binary(path: Path) -> IO[bytes]:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _records(lines: Iterator[str]) -> Iterator[str]:
    """The records: lines, or several of them if a line break is in quotes.

    A quote that is not closed within `MAX_RECORD_LINES` is a mistake of its own line.
    """
    pending: list[str] = []
    while True:
        line = pending.pop(0) if pending else next(lines, None)
        if line is None:
            return
        if line.count('"') % 2 == 0:
            yield line
            continue
        wanted = MAX_RECORD_LINES - 1 - len(pending)
        pending += islice(lines, max(wanted, 0))
        end = next((i for i, text in enumerate(pending) if text.count('"') % 2), None)
        if end is None:
            yield line
        else:
            yield "\n".join([line, *pending[: end + 1]])
            del pending[: end + 1]
