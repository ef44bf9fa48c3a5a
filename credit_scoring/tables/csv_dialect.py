"""Detects a CSV file's dialect by its first bytes: delimiter, line ends, encoding, quotes."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from credit_scoring.contracts.contract import Column
from credit_scoring.tables.file_kind import (
    HEAD_SIZE,
    PARQUET,
    ZIP,
    NotTabularError,
    refuse_foreign,
    utf16_encoding,
)

MAX_LINES = 200  # of the head, that are looked at
SEPARATORS = (",", ";", "\t", "|")
WRAPPED_LINE = re.compile(r'"((?:[^"]|"")*)"[;,\t]*')
CARRIAGE_RETURN = re.compile(r"\r\n?")
INTEGER_AS_FLOAT = re.compile(r"\s*[+-]?\d+[.,]0*\s*")
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d*,\d+\s*")


@dataclass(frozen=True)
class Header:
    """A file's columns, in its order, and for a CSV file its dialect.

    `wrapped`: whole rows are in quotes, as some spreadsheets save them. `floats`: the columns of
    whole numbers that are written with a decimal point, as pandas does if some are missing.
    """

    columns: tuple[str, ...]
    separator: str = ","
    end_of_line: str = "\n"
    wrapped: bool = False
    utf16: bool = False
    decimal_comma: bool = False
    floats: frozenset[str] = field(default_factory=frozenset)

    @property
    def repeated(self) -> list[str]:
        """The names that several columns have, sorted."""
        return sorted({name for name in self.columns if self.columns.count(name) > 1})

    @property
    def needs_rewriting(self) -> bool:
        """Whether Polars can read the content only after `normalise`."""
        return self.wrapped or self.utf16

    def csv_options(self) -> dict[str, Any]:
        """The options with which Polars reads the content, after `normalise` if needed, as text."""
        end_of_line = "\n" if self.needs_rewriting else self.end_of_line
        return {"separator": self.separator, "eol_char": end_of_line, "infer_schema": False}


def sniff(head: bytes, columns: Sequence[Column] = ()) -> Header:
    """The dialect of the CSV file that begins with `head`.

    The separator is the one that finds most of the expected `columns`, else most columns.
    `decimal_comma` and `floats` are detected only in expected columns. Raises NotTabularError if
    the file is not a CSV.
    """
    _refuse_foreign(head)
    utf16 = utf16_encoding(head)
    text = head.decode(utf16 or "utf-8-sig", errors="replace")
    lines = _lines(text, cut_off=len(head) >= HEAD_SIZE)
    header_line = unwrap(lines[0])
    separator = _separator(header_line, columns)
    names = split_fields(header_line, separator)
    wrapped = header_line != lines[0] or _has_wrapped_row(lines, separator, len(names))
    rows = [split_fields(unwrap(line) if wrapped else line, separator) for line in lines[1:]]
    records = [dict(zip(names, row, strict=False)) for row in rows]
    has_decimal_commas = bool(columns_written_as(DECIMAL_COMMA, records, columns))
    floats = columns_written_as(INTEGER_AS_FLOAT, records, columns)
    return Header(
        columns=tuple(names),
        separator=separator,
        end_of_line="\r" if "\n" not in text and "\r" in text else "\n",
        wrapped=wrapped,
        utf16=utf16 is not None,
        decimal_comma=separator != "," and has_decimal_commas,
        floats=frozenset(column.name for column in floats if column.whole),
    )


def _refuse_foreign(head: bytes) -> None:
    if head.startswith(ZIP):
        description = "it is a zip or an Excel file, not a CSV"
        raise NotTabularError(description, "unpack the zip, or save the sheet as CSV")
    if PARQUET.match(head):
        raise NotTabularError("it is Parquet, not a CSV", "name it .parquet")
    refuse_foreign(head)


def _lines(text: str, *, cut_off: bool) -> list[str]:
    """The first lines that are not empty; the last one is dropped if the head may end inside it."""
    lines = [line for line in _split_lines(text)[:MAX_LINES] if line.strip()]
    if not lines:
        raise NotTabularError("it is empty", "expected a header and rows")
    return lines[:-1] if cut_off and 1 < len(lines) < MAX_LINES else lines


def _separator(header_line: str, columns: Sequence[Column]) -> str:
    names = {column.name for column in columns}

    def score(separator: str) -> tuple[int, int]:
        fields = split_fields(header_line, separator)
        return len(names.intersection(fields)), len(fields)

    return max(SEPARATORS, key=score)


def _has_wrapped_row(lines: list[str], separator: str, width: int) -> bool:
    """Whether a row has as many values as the header only without the quotes around it."""
    return any(
        len(split_fields(line, separator)) < width <= len(split_fields(unwrap(line), separator))
        for line in lines[1:]
    )


def columns_written_as(
    form: re.Pattern[str], records: list[dict[str, str]], columns: Sequence[Column]
) -> list[Column]:
    """The numeric columns with a value that is written in `form`."""
    return [
        column
        for column in columns
        if not column.is_category
        and any(form.fullmatch(record.get(column.name) or "") for record in records)
    ]


def split_fields(line: str, separator: str) -> list[str]:
    """The values in a line."""
    return next(csv.reader([line], delimiter=separator), [])


def unwrap(line: str) -> str:
    """The line without the quotes around it as a whole, if it has any."""
    match = WRAPPED_LINE.fullmatch(line)
    inner = match[1].replace('""', '"') if match else line
    return inner if any(separator in inner for separator in SEPARATORS) else line


def normalise(content: bytes, header: Header) -> bytes:
    """The content as UTF-8, with line feeds and no quotes around whole rows."""
    encoding = utf16_encoding(content[:HEAD_SIZE]) or "utf-8-sig"
    text = content.decode(encoding, errors="replace").removeprefix("\ufeff")
    lines = _split_lines(text.removesuffix("\n").removesuffix("\r"))
    return "".join(f"{unwrap(line) if header.wrapped else line}\n" for line in lines).encode()


def is_last_row_cut(tail: bytes, header: Header) -> bool:
    """Whether the last row has fewer values than the header, as in a copy that was cut off."""
    lines = _split_lines(tail.decode(errors="replace").rstrip("\r\n "))
    if len(lines) == 1 or header.utf16:
        return False
    last_line = unwrap(lines[-1]) if header.wrapped else lines[-1]
    return len(split_fields(last_line, header.separator)) < len(header.columns)


def _split_lines(text: str) -> list[str]:
    return CARRIAGE_RETURN.sub("\n", text).split("\n")
