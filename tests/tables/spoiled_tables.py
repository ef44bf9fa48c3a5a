"""Parsing and formatting CSV text, and a folder of tables whose files tests spoil."""

import csv
import io
from pathlib import Path

import pytest

from credit_scoring.errors import TableError
from credit_scoring.tables.read_tables import read_tables

TABLE_FILES = ("application_train.csv", "application_test.csv", "bureau.csv", "bureau_balance.csv")


def parse_rows(text, separator=","):
    return list(csv.reader(io.StringIO(text), delimiter=separator))


def format_rows(rows, separator=",", end="\n"):
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator, lineterminator=end).writerows(rows)
    return buffer.getvalue()


def refusal(path, **options):
    """The message of the error that reading raises."""
    with pytest.raises(TableError) as caught:
        read_tables(path, checked=True, **options)
    return str(caught.value)


def without_column(name):
    """A change of rows that drops a column."""
    return lambda rows: [
        [value for value, column in zip(row, rows[0], strict=True) if column != name]
        for row in rows
    ]


def with_column(name, value="x"):
    """A change of rows that appends a column."""
    return lambda rows: [[*row, value if i else name] for i, row in enumerate(rows)]


class SpoiledTables:
    """A folder of tables with ways to spoil a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, stem="application_train"):
        return self.folder / f"{stem}.csv"

    def write(self, content, stem="application_train"):
        data = content.encode() if isinstance(content, str) else content
        self.file(stem).write_bytes(data)

    def rewrite(self, change, stem="application_train"):
        rows = parse_rows(self.file(stem).read_text())
        self.write(format_rows(change(rows)), stem)

    def put(self, column, value, *, rows=(1,), stem="application_train"):
        """Write `value` into the rows, counted from 1 below the header."""

        def change(table):
            for row in rows:
                table[row][table[0].index(column)] = value
            return table

        self.rewrite(change, stem)
