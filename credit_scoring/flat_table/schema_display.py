"""Shows a flat table's schema: a line per column, then the notes, on a terminal of 80 columns."""

from collections import Counter
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from credit_scoring.contracts.contract import Column, Table
from credit_scoring.report_table import plain_text

MAX_LEVELS_SHOWN = 3
MAX_NAME = 24  # cells of a column's name and
MAX_LEVEL = 20  # of a level: longer ones are shortened
GAP = 2  # cells between the name, the use and the values
INDENT = 4  # cells


def print_schema(table: Table, console: Console) -> None:
    """Print the number of columns per use, a line per column, and the notes that it cuts off."""
    uses = Counter(column.use for column in table.columns)
    console.print("Schema: " + ", ".join(f"{count} {use}" for use, count in uses.items()))
    lines = _lines(table.columns, console.width)
    for line, _ in lines:
        console.print(line, no_wrap=True, highlight=False)
    noted = [
        column
        for column, (_, shows_note) in zip(table.columns, lines, strict=True)
        if column.note and not shows_note
    ]
    if noted:
        console.print("Notes:")
    for column in noted:
        text = Text(f"{plain_text(column.name)}: {plain_text(column.note)}", overflow="fold")
        console.print(Padding(text, (0, 0, 0, INDENT)), highlight=False)


def _lines(columns: Sequence[Column], width: int) -> list[tuple[Text, bool]]:
    """The line of each column in at most `width` cells, and whether it has the whole note."""
    names = [shorten(column.name, MAX_NAME) for column in columns]
    name_width = max(map(cell_len, names)) + GAP
    use_width = max(len(column.use) for column in columns) + GAP
    lines = []
    for name, column in zip(names, columns, strict=True):
        values = describe_values(column)
        text = f"  {_pad(name, name_width)}{_pad(column.use, use_width)}"
        line = Text(text + plain_text(values or column.note))
        shows_note = not values and cell_len(line.plain) <= width
        line.truncate(width, overflow="ellipsis")
        lines.append((line, shows_note))
    return lines


def shorten(text: str, width: int) -> str:
    """The text in at most `width` cells, without characters that a terminal would obey.

    >>> shorten("total_installments_paid", 10)
    'total_ins…'
    """
    shown = Text(plain_text(text))
    shown.truncate(width, overflow="ellipsis")
    return shown.plain


def _pad(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def describe_values(column: Column) -> str:
    """The values that a column may have, in a few words: "0 to 1300, or missing"."""
    if not column.describes_applicant:
        return ""
    if column.is_category:
        count = len(column.levels)
        more = f" … {count} levels" if count > MAX_LEVELS_SHOWN else ""
        levels = (shorten(level, MAX_LEVEL) for level in column.levels[:MAX_LEVELS_SHOWN])
        text = ", ".join(levels) + more
    else:
        bounds = (column.minimum, column.maximum)
        low, high = ("…" if bound is None else f"{bound:,.12g}" for bound in bounds)
        text = f"{'whole ' if column.whole else ''}{low} to {high}"
    return f"{text}, or missing" if column.nullable else text
