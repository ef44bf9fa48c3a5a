"""Finds rows of a CSV file that have too many or too few values."""

import csv
import io
import re
from collections.abc import Iterator
from typing import IO

from credit_scoring.tables.csv_dialect import Header, normalise
from credit_scoring.tables.source_files import SourceFile
from credit_scoring.tables.table_errors import TableProblem, count_phrase

BLOCK = 1 << 22  # bytes
QUOTED = re.compile(rb'"[^"]*"')


def long_rows(source: SourceFile, header: Header) -> TableProblem:
    """The problem of rows with more values than there are columns, of which there are some."""
    width = len(header.columns)
    rows = [(row, values) for row, values in _widths(source, header) if values > width]
    phrase = count_phrase(len(rows), "row has too many values", "rows have too many values")
    remedy = f"a value that holds a {header.separator!r} must stand in double quotes"
    return _problem(source, phrase, rows or [(0, 0)], f"expected {width}: {remedy}")


def short_rows(source: SourceFile, header: Header) -> TableProblem | None:
    """The problem of rows with fewer values than there are columns; None without such rows."""
    if not header.needs_rewriting and _all_whole(source, header):
        return None
    width = len(header.columns)
    rows = [(row, values) for row, values in _widths(source, header) if 0 < values < width]
    if not rows:
        return None
    phrase = count_phrase(len(rows), "row has too few values", "rows have too few values")
    return _problem(source, phrase, rows, f"expected {width}: complete the row, or remove it")


def _problem(
    source: SourceFile, phrase: str, rows: list[tuple[int, int]], remedy: str
) -> TableProblem:
    row, values = rows[0]
    return TableProblem(source.name, f"{phrase}, the first {values} in row {row:,}", remedy)


def _widths(source: SourceFile, header: Header) -> Iterator[tuple[int, int]]:
    """The number of each row, from 1 below the header, and of its values; 0 for a blank row."""
    with _open_lines(source, header) as lines:
        for row, values in enumerate(csv.reader(lines, delimiter=header.separator)):
            yield row, len(values) if any(value.strip() for value in values) else 0


def _all_whole(source: SourceFile, header: Header) -> bool:
    """Whether there are as many separators as whole rows have: a quick check.

    It may be false for whole rows, for example if there are empty lines.
    """
    end = header.end_of_line.encode()
    separators = lines = 0
    for block in _blocks(source, end):
        plain = QUOTED.sub(b"", block) if b'"' in block else block
        separators += plain.count(header.separator.encode())
        lines += plain.count(end)
    return separators == lines * (len(header.columns) - 1)


def _blocks(source: SourceFile, end: bytes) -> Iterator[bytes]:
    """The content in blocks of whole lines, each with its end."""
    rest = b""
    with _open_binary(source) as file:
        while block := file.read(BLOCK):
            whole, last_end, rest = (rest + block).rpartition(end)
            yield whole + last_end
    if rest:
        yield rest + end


def _open_binary(source: SourceFile) -> IO[bytes]:
    is_plain = source.member is None and source.path.suffix == ".csv"
    is_plain = is_plain and source.tail(1) is not None
    return source.path.open("rb") if is_plain else io.BytesIO(source.read())


def _open_lines(source: SourceFile, header: Header) -> IO[str]:
    if header.needs_rewriting:
        return io.StringIO(normalise(source.read(), header).decode())
    return io.TextIOWrapper(_open_binary(source), encoding="utf-8", errors="replace", newline="")
