"""Reads a CSV file as text, block by block; a row that cannot be split is reported and left out.

Polars parses the rows of a block together. The rows are separated here, so that one row with too
many values or an open quote does not stop the others.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import IO, NamedTuple

import polars as pl

from credit_scoring.batch.rejections import Rejection
from credit_scoring.contracts.contract import Column
from credit_scoring.flat_table.column_names import clean_names
from credit_scoring.flat_table.table_file import TableFile, explain_unreadable
from credit_scoring.flat_table.text_dialect import detect_dialect, has_decimal_commas
from credit_scoring.tables.csv_dialect import unwrap
from credit_scoring.tables.file_kind import HEAD_SIZE

MAX_RECORD_LINES = 50  # of a row with line breaks in quotes; beyond it the quote is a mistake


class TextBlock(NamedTuple):
    """Rows of a file as text: `frame` has the columns, `rows` their numbers from 1."""

    frame: pl.DataFrame
    rows: pl.Series
    rejected: list[Rejection]


class CsvRows:
    """A text file: its columns, and its rows in blocks. TableError for a file of another kind.

    The `expected` columns help to detect how numbers are written.
    """

    def __init__(self, file: TableFile, expected: Sequence[Column] = ()) -> None:
        self.file = file
        with explain_unreadable(file.path), file.open() as content:
            head = content.read(HEAD_SIZE)
            self.dialect = detect_dialect(head)
            self.decimal_comma = has_decimal_commas(head, self.dialect, expected)
        header = self.dialect.header
        self._names = clean_names(header.names, file.path)
        self.columns = self._names[header.row_names :]
        self.share_read = 0.0  # of the file's bytes

    def blocks(self, size: int, columns: Sequence[str], first: int = 0) -> Iterator[TextBlock]:
        """The blocks of `size` rows from block `first` on, with these `columns` as text."""
        path = self.file.path
        with explain_unreadable(path), path.open("rb") as raw, self._text(raw) as text:
            records = _records(islice(self._lines(text), self.dialect.lines_above, None))
            next(records, None)  # the header
            file_size = path.stat().st_size
            numbered = islice(enumerate(records, 1), first * size, None)
            while chunk := [*islice(numbered, size)]:
                self.share_read = min(raw.tell() / file_size, 1.0)
                yield self._block(chunk, columns)

    def _text(self, raw: IO[bytes]) -> io.TextIOWrapper:
        """The text of the open file; what cannot be decoded becomes "�"."""
        content = self.file.unwrap(raw)
        return io.TextIOWrapper(content, self.dialect.encoding, errors="replace")

    def _lines(self, text: Iterable[str]) -> Iterator[str]:
        """The lines without their ends."""
        for line in text:
            stripped = line.removesuffix("\n")
            yield unwrap(stripped) if self.dialect.wrapped else stripped

    def _block(self, chunk: Sequence[tuple[int, str]], columns: Sequence[str]) -> TextBlock:
        chunk = [(row, self._without_blank_end(record)) for row, record in chunk if record.strip()]
        problems = [(row, self._problem(record)) for row, record in chunk]
        rejected = [Rejection(row, None, "", problem) for row, problem in problems if problem]
        bad_rows = {rejection.row for rejection in rejected}
        good = [(row, record) for row, record in chunk if row not in bad_rows]
        frame = self._parse([record for _, record in good]).select(columns)
        return TextBlock(frame, pl.Series("row", [row for row, _ in good], pl.Int64), rejected)

    def _without_blank_end(self, record: str) -> str:
        """The record without the separators at its end that are too many."""
        separator = self.dialect.separator
        if record.endswith(separator):
            excess = record.count(separator) + 1 - len(self._names)
            if excess > 0 and '"' not in record and record.endswith(separator * excess):
                return record[:-excess]
        return record

    def _problem(self, record: str) -> str | None:
        """Why the record is not a row of the table, or None."""
        if record.count('"') % 2:
            return "a quote is opened and not closed: close it, or remove it"
        try:
            count = self._count_values(record)
        except csv.Error:
            return f"a value has more than {csv.field_size_limit():,} characters: shorten it"
        expected = len(self._names)
        if count == expected:
            return None
        values = f"{count} value{'' if count == 1 else 's'}"
        return f"the row has {values}: expected {expected}, as many as the header has"

    def _count_values(self, record: str) -> int:
        if '"' not in record:
            return record.count(self.dialect.separator) + 1
        return len(self.dialect.split(record))

    def _parse(self, records: Sequence[str]) -> pl.DataFrame:
        """The records as text columns."""
        schema = dict.fromkeys(self._names, pl.String())
        if not records:
            return pl.DataFrame(schema=schema)
        separator = self.dialect.separator
        content = "".join(f"{record}\n" for record in records).encode("utf-8", "replace")
        try:
            frame = pl.read_csv(content, has_header=False, separator=separator, schema=schema)
            if len(frame) == len(records) and not self.dialect.spaced:
                return frame
        except pl.exceptions.PolarsError:  # quotes inside a value that is not quoted
            pass
        rows = [[field or None for field in self.dialect.split(record)] for record in records]
        return pl.DataFrame(rows, schema=schema, orient="row")


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
