"""Finds the line of column names among the first rows of a table, or says that there is none.

Above the names a report may have a title, comments or a prospectus; R writes a name for each row
and none for that column; spreadsheets leave empty columns at the end.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from credit_scoring.tables.file_kind import NotTabularError

COMMENT = re.compile(r"\s*(#|//|--)")
NUMBER = re.compile(r"\s*[+-]?(?=[^\d]*\d)[\d.,'\u00a0\u202f ]+([eE][+-]?\d+)?\s*%?\s*")
MOST = 0.5  # share
MIN_ROWS = 2  # that tell of row names, or of a second line of names
MIN_CELLS = 2  # of a line above the names that makes it no title
SHOWN = 30  # characters of a cell in a message


class Row(NamedTuple):
    """The cells of one row, and the number of the line on which it begins (from 1)."""

    line: int
    cells: list[str]

    @property
    def filled(self) -> int:
        """The number of cells that are not blank."""
        return sum(1 for cell in self.cells if cell.strip())


@dataclass(frozen=True)
class HeaderRow:
    """The names of a table: `names` as written, one per cell of a row.

    `index` is its position among the rows, `line` its line. `row_names`: each row begins with a
    value that belongs to no column.
    """

    index: int
    line: int
    names: tuple[str, ...]
    row_names: bool

    @property
    def width(self) -> int:
        """The number of cells of a row."""
        return len(self.names)


def usual_width(rows: Sequence[Row]) -> int:
    """The number of cells that most rows have; the larger of two."""
    widths = Counter(len(row.cells) for row in rows)
    return max(widths, key=lambda width: (widths[width], width))


def find_header(rows: Sequence[Row]) -> HeaderRow:
    """The line of names among the first `rows`, none of which is blank.

    NotTabularError if no line holds names, or two lines do.
    """
    width = usual_width(rows)
    index = _header_index(rows, width)
    header, body = rows[index], rows[index + 1 :]
    _refuse_ragged_header(rows[:index], width, header)
    cells = _without_blank_end(header.cells, width)
    row_names = len(cells) < width and not all(_ends_blank(row, width) for row in body)
    names = ("", *cells) if row_names else (*cells, *[""] * (width - len(cells)))
    _refuse_values(header, names, body)
    _refuse_second_header(header, body)
    return HeaderRow(index, header.line, names, row_names)


def _header_index(rows: Sequence[Row], width: int) -> int:
    """The first row that may hold names: as many cells as the rows, most of them filled."""
    filled_width = max(_last_filled(row) for row in rows if len(row.cells) == width)
    for index, row in enumerate(rows):
        if _fits(row, width, rows[index + 1 :]) and row.filled > filled_width * MOST:
            is_comment = COMMENT.match(row.cells[0]) and rows[index + 1 : index + 2]
            if not (is_comment and _holds_names(rows[index + 1], width)):
                return index
    raise NotTabularError(
        f"no line holds names: most lines have {width} values",
        "add a first line with a name for each column",
    )


def _fits(row: Row, width: int, body: Sequence[Row]) -> bool:
    length = len(_without_blank_end(row.cells, width))
    is_one_short = length == width - 1 and len(body) >= MIN_ROWS
    return length == width or (is_one_short and all(len(r.cells) == width for r in body))


def _without_blank_end(cells: Sequence[str], width: int) -> list[str]:
    """The cells without blank ones beyond the `width`."""
    end = len(cells)
    while end > width and not cells[end - 1].strip():
        end -= 1
    return list(cells[:end])


def _last_filled(row: Row) -> int:
    return max((i for i, cell in enumerate(row.cells, 1) if cell.strip()), default=0)


def _ends_blank(row: Row, width: int) -> bool:
    return not any(cell.strip() for cell in row.cells[width - 1 :])


def _holds_names(row: Row, width: int) -> bool:
    """Whether a row may hold names: different texts, no numbers."""
    texts = [cell.strip() for cell in row.cells if cell.strip()]
    is_different = len(set(texts)) == len(texts)
    return len(row.cells) == width and is_different and not any(map(is_number, texts))


def is_number(cell: str) -> bool:
    """Whether a cell holds a number, in any usual notation."""
    return NUMBER.fullmatch(cell) is not None


def _refuse_ragged_header(above: Sequence[Row], width: int, header: Row) -> None:
    """A line above the header with many cells is most likely a header of another width."""
    for row in above:
        if row.filled >= max(MIN_CELLS, width * MOST) and not COMMENT.match(row.cells[0]):
            raise NotTabularError(
                f"line {row.line} has {len(row.cells)} values, the lines from {header.line} on "
                f"{width}",
                f"complete the names in line {row.line}, or remove the lines above the names",
            )


def _refuse_values(header: Row, names: Sequence[str], body: Sequence[Row]) -> None:
    """The line of names is refused if its cells are like the values below them."""
    named = [(i, name.strip()) for i, name in enumerate(names) if name.strip()]
    if not body or _is_sequence([name for _, name in named]):
        return
    columns = {i: [cell for row in body for cell in row.cells[i : i + 1]] for i, _ in named}
    like_values = [name for i, name in named if _is_like_values(name, columns[i])]
    if len(like_values) > len(named) * MOST:
        raise NotTabularError(
            f"line {header.line} holds values (such as {like_values[0][:SHOWN]!r}), not names",
            "add a first line with the names of the columns",
        )


def _is_sequence(names: Sequence[str]) -> bool:
    """Whether most names are whole numbers in equal steps: 0, 1, 2 … of pandas, years, 30/60/90."""
    numbers = [int(name) for name in names if name.isascii() and name.isdigit()]
    steps = {after - before for before, after in pairwise(numbers)}
    return len(numbers) > len(names) * MOST and len(steps) == 1 and min(steps) > 0


def _is_like_values(name: str, column: Sequence[str]) -> bool:
    values = [cell.strip() for cell in column if cell.strip()]
    if is_number(name):
        return sum(map(is_number, values)) > len(values) * MOST
    return name in values


def _refuse_second_header(header: Row, body: Sequence[Row]) -> None:
    """Texts above a column of numbers in the first row of most columns are names or units."""
    if len(body) <= MIN_ROWS:
        return
    first, rest = body[0], body[1:]
    texts = [
        cell.strip()
        for i, cell in enumerate(first.cells)
        if cell.strip() and not is_number(cell)
        and sum(is_number(c) for r in rest for c in r.cells[i : i + 1]) > len(rest) * MOST
    ]  # fmt: skip
    if len(set(texts)) > len(first.cells) * MOST:
        raise NotTabularError(
            f"lines {header.line} and {first.line} both hold texts above columns of numbers (such "
            f"as {header.cells[0][:SHOWN]!r} and {texts[0][:SHOWN]!r})",
            "keep one line, with the names of the columns",
        )
