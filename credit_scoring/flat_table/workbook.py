"""Reads the only sheet of an Excel or OpenDocument workbook, with python-calamine (optional)."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import chain
from typing import IO, Any

from credit_scoring.flat_table.header import HeaderRow, Row, find_header
from credit_scoring.tables.file_kind import NotTabularError
from credit_scoring.tables.table_errors import join_names

HEAD_ROWS = 500  # among which the line of names is looked for
MAX_WHOLE = 1e15  # beyond it a float is not exact
SAVE = "save the sheet as CSV UTF-8"


def read_workbook(content: IO[bytes]) -> tuple[HeaderRow, Iterator[Row]]:
    """The line of names of the only sheet that is not empty, and the rows below.

    NotTabularError without python-calamine, for several such sheets, or for a damaged workbook.
    """
    rows = [Row(line, [*map(cell_text, cells)]) for line, cells in enumerate(_cells(content), 1)]
    filled = [row for row in rows if row.filled]
    if not filled:
        raise NotTabularError("it is an Excel workbook without values", "give one with a table")
    header = find_header(filled[:HEAD_ROWS])
    return header, iter(filled[header.index + 1 :])


def _cells(content: IO[bytes]) -> Sequence[Sequence[Any]]:
    """The cells of the only sheet with values, from its first row on."""
    try:
        from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415
    except ImportError as error:
        raise NotTabularError(
            "it is an Excel workbook",
            f"{SAVE}, or install its reader: pip install -r requirements-excel.txt",
        ) from error
    try:
        workbook = CalamineWorkbook.from_filelike(content)
        sheets = {name: workbook.get_sheet_by_name(name) for name in workbook.sheet_names}
        tables = {
            name: cells for name, sheet in sheets.items()
            if (cells := sheet.to_python(skip_empty_area=False))
        }  # fmt: skip
    except CalamineError as error:
        description = "it is an Excel workbook that is damaged or has a password"
        raise NotTabularError(description, SAVE) from error
    if len(tables) > 1:
        names = join_names(map(repr, tables), 5)
        raise NotTabularError(f"it is a workbook with {len(tables)} sheets ({names})", SAVE)
    return [*chain.from_iterable(tables.values())]


def cell_text(value: object) -> str:
    """A cell as text: whole numbers without a point, dates as 2015-12-31, truth values in words.

    >>> [cell_text(value) for value in (12.0, 0.5, True, "a b", date(2015, 12, 31))]
    ['12', '0.5', 'true', 'a b', '2015-12-31']
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < MAX_WHOLE else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)
