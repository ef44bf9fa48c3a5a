"""How a CSV file is written, told from its first bytes by the contract of its table: nothing else is guessed."""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from credit_scoring.contracts.contract import Table

SNIFFED = 1 << 16  # bytes
LINES = 200  # of those, looked into
SEPARATORS = (",", ";", "\t", "|")
WRAPPED = re.compile(r'"((?:[^"]|"")*)"[;,\t]*')
ENDS = re.compile(r"\r\n?")
WHOLE = re.compile(r"\s*[+-]?\d+[.,]0*\s*")
COMMA = re.compile(r"\s*[+-]?\d*,\d+\s*")
FOREIGN = {
    b"PK\x03\x04": (
        "it is a zip or an Excel file, not a CSV",
        "give the zip itself, or save the sheet as CSV",
    ),
    b"PAR1": ("it is Parquet, not a CSV", "name it .parquet"),
    b"\xd0\xcf\x11\xe0": ("it is an Excel file, not a CSV", "save the sheet as CSV"),
    b"<": ("it is a web page, not a CSV", "download it again, signed in"),
}
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class NotTabularError(Exception):
    """The file is no table: what it is instead, and what helps."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(found)
        self.found = found
        self.expected = expected


@dataclass(frozen=True)
class Header:
    """A file's columns, in its order, and for a CSV how it is written.

    `wrapped` rows stand whole in quotes, as some spreadsheets save them. `floats` are the whole-number columns
    that are written with a decimal point, as pandas does where some are missing.
    """

    columns: tuple[str, ...]
    separator: str = ","
    end_of_line: str = "\n"
    wrapped: bool = False
    utf16: bool = False
    decimal_comma: bool = False
    floats: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_rewritten(self) -> bool:
        """Whether the content has to be put in order before Polars can read it."""
        return self.wrapped or self.utf16


def sniff(head: bytes, table: Table) -> Header:
    """How the CSV file that begins with `head` is written; NotTabularError where it is none."""
    utf16 = head.startswith(UTF16)
    _refuse_foreign(head, utf16=utf16)
    text = head.decode("utf-16" if utf16 else "utf-8-sig", errors="replace")
    end_of_line = "\r" if "\n" not in text and "\r" in text else "\n"
    lines = [line for line in ENDS.sub("\n", text).split("\n")[:LINES] if line.strip()]
    if not lines:
        raise NotTabularError(
            "it is empty", f"expected a header and rows of the {table.name} table"
        )
    whole = (
        lines[: None if len(head) < SNIFFED or len(lines) == LINES else -1] or lines
    )  # the last line may be cut
    return _header(whole, table, end_of_line=end_of_line, utf16=utf16)


def _refuse_foreign(head: bytes, *, utf16: bool) -> None:
    for mark, (found, expected) in FOREIGN.items():
        if head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(mark):
            raise NotTabularError(found, expected)
    if b"\0" in head and not utf16:
        raise NotTabularError("it is binary data, not a CSV", "export or download it again")


def _header(lines: list[str], table: Table, *, end_of_line: str, utf16: bool) -> Header:
    bare = [unwrapped(line) for line in lines]
    separator = max(SEPARATORS, key=lambda s: len(table.by_name.keys() & set(fields(bare[0], s))))
    columns = tuple(fields(bare[0], separator))
    rows = [dict(zip(columns, fields(line, separator), strict=False)) for line in bare[1:]]
    return Header(
        columns=columns,
        separator=separator,
        end_of_line=end_of_line,
        wrapped=bare != lines,
        utf16=utf16,
        decimal_comma=separator != "," and any(True for _ in _written(rows, table, COMMA)),
        floats=frozenset(
            name for name in _written(rows, table, WHOLE) if table[name].dtype.startswith("int")
        ),
    )


def _written(rows: list[dict[str, str]], table: Table, form: re.Pattern[str]) -> Iterator[str]:
    """The numeric columns of which a value is written in `form`."""
    for column in table.columns:
        if not column.is_category and any(
            form.fullmatch(row.get(column.name) or "") for row in rows
        ):
            yield column.name


def fields(line: str, separator: str) -> list[str]:
    """The values in a line."""
    return next(csv.reader([line], delimiter=separator), [])


def unwrapped(line: str) -> str:
    """The line itself; without its quotes where it stands whole in them."""
    match = WRAPPED.fullmatch(line)
    inner = match[1].replace('""', '"') if match else line
    return inner if any(separator in inner for separator in SEPARATORS) else line


def rewritten(content: bytes, header: Header) -> bytes:
    """The content as UTF-8, a row a line, no row in quotes."""
    text = content.decode("utf-16" if header.utf16 else "utf-8-sig", errors="replace")
    lines = ENDS.sub("\n", text).removesuffix("\n").split("\n")
    return "".join(f"{unwrapped(line) if header.wrapped else line}\n" for line in lines).encode()


def short_end(tail: bytes, header: Header) -> bool:
    """Whether the last line has fewer values than the header has columns, as where a copy was cut off."""
    lines = ENDS.sub("\n", tail.decode("utf-8", errors="replace")).rstrip("\n ").split("\n")
    last = unwrapped(lines[-1]) if header.wrapped else lines[-1]
    return (
        len(lines) > 1
        and not header.utf16
        and len(fields(last, header.separator)) < len(header.columns)
    )
