"""Detects how a text file holds a table: encoding, separator, line of names, quotes, blanks.

Each separator is tried on the first 64 KiB. The right one splits the line of names and most other
lines into as many cells; so a comma in the names of a file separated by `;` does not count.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from typing import NamedTuple

from credit_scoring.contracts.contract import Column
from credit_scoring.flat_table.column_names import clean_name
from credit_scoring.flat_table.header import HeaderRow, Row, find_header, usual_width
from credit_scoring.tables.csv_dialect import DECIMAL_COMMA, columns_written_as, unwrap
from credit_scoring.tables.file_kind import (
    HEAD_SIZE,
    NotTabularError,
    refuse_foreign,
    utf16_encoding,
)

SEPARATORS = ("\t", "|", ";", ",")  # the one that is least likely to be part of a text comes first
SEPARATOR_LINE = re.compile(r'"?sep=(.|\\t)"?[;,\t]*\s*', re.IGNORECASE)  # as Excel obeys it
MOST = 0.9  # of the separators
HAS_SPACES = re.compile(r"\S+( +\S+)+")


@dataclass(frozen=True)
class TextDialect:
    """How a text file holds a table.

    `wrapped`: whole rows are in quotes, as some spreadsheets save them. `spaced`: a blank follows
    each separator. `lines_above`: the lines before `header`.
    """

    encoding: str
    separator: str
    wrapped: bool
    spaced: bool
    lines_above: int
    header: HeaderRow

    def split(self, record: str) -> list[str]:
        """The cells of one row."""
        reader = csv.reader([record], delimiter=self.separator, skipinitialspace=self.spaced)
        return next(reader, [])

    def rows(self, text: Iterable[str], *, strict: bool = True) -> Iterator[Row]:
        """The rows below the line of names, from all lines of the `text`, blank rows included.

        NotTabularError for a quote that is not closed, if `strict`.
        """
        layout = _Layout(self.separator, wrapped=self.wrapped, spaced=self.spaced)
        rows = layout.rows(text, self.lines_above, strict=strict)
        next(rows, None)  # the names
        return rows


@dataclass(frozen=True)
class _Layout:
    """How lines are split into cells: see `TextDialect`."""

    separator: str
    wrapped: bool
    spaced: bool

    def rows(self, text: Iterable[str], above: int, *, strict: bool = False) -> Iterator[Row]:
        """The rows below the first `above` lines; a mistaken quote is refused if `strict`."""
        lines = islice(text, above, None)
        reader = csv.reader(
            map(unwrap_line, lines) if self.wrapped else lines,
            delimiter=self.separator, skipinitialspace=self.spaced, strict=strict,
        )  # fmt: skip
        line = above + 1
        try:
            for cells in reader:
                yield Row(line, cells)
                line = above + 1 + reader.line_num
        except csv.Error as error:
            raise _mistaken_line(line, error) from error


def _mistaken_line(line: int, error: csv.Error) -> NotTabularError:
    if "field limit" in str(error):
        limit = csv.field_size_limit()
        return NotTabularError(
            f"line {line} has a value of more than {limit:,} characters",
            "shorten it, or close a quote",
        )
    return NotTabularError(
        f"line {line} has a quote that is not closed, or text after a closed one",
        'write a quote inside a value twice (""), within a value in quotes',
    )


class _Candidate(NamedTuple):
    """A layout, and the rows that are not blank."""

    layout: _Layout
    rows: list[Row]

    @property
    def score(self) -> tuple[bool, float, bool, bool]:
        """The higher, the likelier: several cells a row, as many in most rows, whole lines."""
        width = usual_width(self.rows)
        share = sum(len(row.cells) == width for row in self.rows) / len(self.rows)
        starts_so = len(self.rows[0].cells) == width
        return width > 1, round(share, 1), starts_so, not self.layout.wrapped


def detect_dialect(head: bytes) -> TextDialect:
    """The dialect of the text file that begins with `head`.

    NotTabularError for another kind of file.
    """
    refuse_foreign(head)
    encoding = utf16_encoding(head) or "utf-8-sig"
    lines = _lines(head.decode(encoding, errors="replace"), cut_off=len(head) >= HEAD_SIZE)
    above, named = _separator_line(lines)
    candidates = [
        _candidate(lines, separator, above, wrapped=wrapped)
        for separator in ([named] if named else SEPARATORS)
        for wrapped in (False, True)
    ]
    best = max(candidates, key=lambda candidate: candidate.score)
    if usual_width(best.rows) == 1:
        _refuse_one_column(best.rows)
    header = find_header(best.rows)
    layout = best.layout
    return TextDialect(
        encoding, layout.separator, layout.wrapped, layout.spaced, header.line - 1, header
    )


def has_decimal_commas(head: bytes, dialect: TextDialect, columns: Sequence[Column]) -> bool:
    """Whether a number of the expected `columns` is written as 12,5 in the `head` of a file."""
    if dialect.separator == ",":
        return False
    text = head.decode(dialect.encoding, errors="replace")
    names = [clean_name(name) for name in dialect.header.names]
    rows = dialect.rows(_lines(text, cut_off=len(head) >= HEAD_SIZE), strict=False)
    records = [dict(zip(names, row.cells, strict=False)) for row in rows]
    return bool(columns_written_as(DECIMAL_COMMA, records, columns))


def _lines(text: str, *, cut_off: bool) -> list[str]:
    """The lines, with their ends; without the last one if the head may end inside it."""
    lines = list(StringIO(text, newline=""))
    if not text.strip():
        raise NotTabularError("it is empty", "expected a header and rows")
    return lines[:-1] if cut_off and len(lines) > 1 else lines


def _separator_line(lines: Sequence[str]) -> tuple[int, str | None]:
    """The number of lines that name the separator (0 or 1), and the separator."""
    match = SEPARATOR_LINE.fullmatch(lines[0].removeprefix("\ufeff"))
    if match is None:
        return 0, None
    return 1, "\t" if match[1] == "\\t" else match[1]


def _candidate(lines: Sequence[str], separator: str, above: int, *, wrapped: bool) -> _Candidate:
    inner = [unwrap_line(line) for line in lines] if wrapped else lines
    count = sum(line.count(separator) for line in inner)
    blanks = sum(line.count(f"{separator} ") for line in inner)
    spaced = count > 0 and blanks > count * MOST
    layout = _Layout(separator, wrapped, spaced)
    filled = [row for row in layout.rows(lines, above) if row.filled]
    return _Candidate(layout, filled or [Row(1, [""])])


def unwrap_line(line: str) -> str:
    """A line without the quotes around it as a whole; its end is kept."""
    content = line.rstrip("\r\n")
    return unwrap(content) + line[len(content) :]


def _refuse_one_column(rows: Sequence[Row]) -> None:
    name = rows[0].cells[0][:60]
    lines = [row.cells[0] for row in rows]
    by_spaces = all(HAS_SPACES.fullmatch(line.strip()) for line in lines)
    if by_spaces and len({len(line.split()) for line in lines}) == 1:
        raise NotTabularError("its values are separated by spaces", "separate them by , or ;")
    raise NotTabularError(
        f"it has one column, {name!r}", "expected several, separated by , ; tab or |"
    )
