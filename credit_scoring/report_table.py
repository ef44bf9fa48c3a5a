"""Tables and consoles of reports: nothing is cut, on a narrow terminal or in a pipe."""

import re
from collections.abc import Iterator
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markup import escape
from rich.measure import Measurement, measure_renderables
from rich.padding import PaddingDimensions
from rich.table import Table
from rich.text import Text

UNLIMITED_WIDTH = 10_000  # columns, if the output is a file or a pipe


def report_console() -> Console:
    """A console as wide as the terminal, or unlimited if the output is a file or a pipe."""
    console = Console()
    return console if console.is_terminal else Console(width=UNLIMITED_WIDTH)


class ReportTable(Table):
    """A table whose cells wrap between words, with a line for its `title` unless that is empty.

    If the terminal is too narrow for the longest words, the table loses its margins, except those
    that separate columns without a line. If that is not enough, each row is shown as a record: a
    line per cell, with its heading.
    """

    def __init__(self, title: str, *headings: str, **layout: Any) -> None:
        super().__init__(*headings, title=title or None, title_justify="left", **layout)
        self._margins: dict[str, Any] = {"padding": self.padding, "edge": self.show_edge}

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table, or its title and records."""
        fits = self._fit(console, options, **self._margins)
        if fits or (self.box and self._fit(console, options, padding=0, edge=False)):
            yield from super().__rich_console__(console, options)
        else:
            if self.title:
                yield Text.from_markup(str(self.title), style="table.title")
            for cells in zip(*(column.cells for column in self.columns), strict=True):
                yield from self._record([console.render_str(str(cell)) for cell in cells])

    def _fit(
        self, console: Console, options: ConsoleOptions, *, padding: PaddingDimensions, edge: bool
    ) -> bool:
        """Set the margins and the columns' widths, from the longest word up; False if too wide.

        Rich's own widths may break a word although another column could wrap.
        """
        self.padding, self.show_edge = padding, edge
        for column in self.columns:
            column.width = None
        unlimited = options.update(width=UNLIMITED_WIDTH)
        texts = [
            [console.render_str(str(cell)) for cell in (column.header, *column.cells)]
            for column in self.columns
        ]
        ranges = [
            (max(map(_longest_word, cells)), measure_renderables(console, unlimited, cells).maximum)
            for cells in texts
        ]
        frame = Measurement.get(console, unlimited, self).maximum - sum(high for _, high in ranges)
        spare = options.max_width - frame - sum(low for low, _ in ranges)
        extra = _share_out(spare, [high - low for low, high in ranges])
        for column, (low, _), more in zip(self.columns, ranges, extra, strict=True):
            column.width = low + more
        return spare >= 0

    def _record(self, cells: list[Text]) -> Iterator[RenderableType]:
        """Yield the first cell, then heading and text of each other cell that is not empty."""
        headings = [str(column.header).replace("\n", " ") for column in self.columns]
        yield Text(f"{headings[0]} ".lstrip()) + cells[0]
        lines = Table.grid(padding=(0, 2))
        lines.add_column(overflow="fold")
        lines.add_column(overflow="fold")
        for heading, cell in zip(headings[1:], cells[1:], strict=True):
            if cell.plain:
                lines.add_row(f"  {heading}", cell)
        yield lines


def plain_cell(text: str) -> str:
    """The cell of a text from elsewhere: no markup, no character that a terminal would obey."""
    return escape(plain_text(text))


def plain_text(text: str) -> str:
    """The text on one line, without characters that a terminal would obey."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _share_out(spare: int, wanted: list[int]) -> list[int]:
    """How much of `spare` each column gets: what it wants, or an equal share of what is left."""
    extra = [0] * len(wanted)
    by_want = sorted(range(len(wanted)), key=wanted.__getitem__)
    for position, column in enumerate(by_want):
        extra[column] = max(0, min(wanted[column], spare // (len(wanted) - position)))
        spare -= extra[column]
    return extra


def _longest_word(text: Text) -> int:
    """The width of the longest word, its indentation included, which does not wrap either."""
    return max(map(cell_len, re.findall(r"^\s*\S+|\S+", text.plain, re.MULTILINE)), default=0)
