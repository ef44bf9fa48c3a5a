"""Progress of long commands: bars with the remaining time on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

ReportProgress = Callable[[int, int], None]  # called with (done, total)
LINE_INTERVAL = 10.0  # seconds between two lines of a step
MAX_BAR = 20  # columns
TIMES_WIDTH = len(" 0:00:00 about 1:02:30 left ")
PACE_WIDTH = len("100,000 rows/s, ")
KNOWN_SHARE = 0.05  # of the work, done since the first report: enough to estimate the time left


def ignore_progress(_done: int, _total: int) -> None:
    """A `ReportProgress` that shows nothing."""


def format_duration(seconds: float) -> str:
    """Format a duration as minutes and seconds, or hours: "0:07", "12:30", "1:02:30"."""
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


class TimeLeft:
    """Estimates the time left of a step by the pace since its first report.

    The time before the first report is start-up (reading, compiling, selecting features). Taken as
    work, it would make the first estimates of a step of minutes hours.
    """

    def __init__(self, unit: str = "") -> None:
        self._unit = unit
        self._first_report: tuple[float, int] | None = None

    def describe(self, done: int, total: int) -> str:
        """Return "about 1:08 left", with a unit "9,500 rows/s, about 1:08 left".

        An empty text until the pace is known.
        """
        now = time.monotonic()
        if self._first_report is None:
            self._first_report = (now, done)
        started_at, done_at_start = self._first_report
        recent = done - done_at_start
        if recent <= 0 or recent < KNOWN_SHARE * total:
            return ""
        seconds = now - started_at
        pace = f"{recent / seconds:,.0f} {self._unit}/s, " if self._unit and seconds else ""
        return f"{pace}about {format_duration(seconds * (total - done) / recent)} left"


class Progress:
    """Shows the steps of a command: `with progress.step("Building features") as report`.

    `report(done, total)` may be called at any rate, or not at all.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._started_at = time.monotonic()

    @contextmanager
    def step(self, title: str, unit: str = "") -> Iterator[ReportProgress]:
        """Show a step while it runs, and print its duration when it ends without an error.

        With the `unit` of what is counted, such as "rows", the pace is shown, too.
        """
        started_at = time.monotonic()
        with (
            self._bar(title, unit) if self._stream.isatty() else self._lines(title, unit) as report
        ):
            yield report
        self._print(f"{title}: done in {format_duration(time.monotonic() - started_at)}")

    @contextmanager
    def _bar(self, title: str, unit: str) -> Iterator[ReportProgress]:
        from rich import console, progress, table  # noqa: PLC0415 - the web process does not have rich

        # On a narrow terminal the bar shrinks, then the title wraps; the times are never cut.
        wraps, whole = table.Column(), table.Column(no_wrap=True)
        terminal = console.Console(file=self._stream)
        room = terminal.width - len(title) - TIMES_WIDTH - (PACE_WIDTH if unit else 0)
        bar = progress.BarColumn(min(MAX_BAR, max(1, room)))
        columns = (
            progress.TextColumn("{task.description}", table_column=wraps), bar,
            progress.TimeElapsedColumn(whole), progress.TextColumn("{task.fields[left]}"),
        )  # fmt: skip
        time_left = TimeLeft(unit)
        with progress.Progress(*columns, console=terminal, transient=True) as bars:
            task = bars.add_task(title, total=None, left="")

            def report(done: int, total: int) -> None:
                left = time_left.describe(done, total)
                bars.update(task, completed=done, total=total, left=left)

            yield report

    @contextmanager
    def _lines(self, title: str, unit: str) -> Iterator[ReportProgress]:
        self._print(f"{title} …")
        printed_at = time.monotonic()
        time_left = TimeLeft(unit)

        def report(done: int, total: int) -> None:
            nonlocal printed_at
            left = time_left.describe(done, total)
            if done and time.monotonic() - printed_at >= LINE_INTERVAL:
                printed_at = time.monotonic()
                share = f"{100 * done // total} %"
                self._print(f"{title}: {', '.join(filter(None, (share, left)))}")

        yield report

    def _print(self, text: str) -> None:
        elapsed = format_duration(time.monotonic() - self._started_at)
        print(f"[{elapsed:>5}] {text}", file=self._stream, flush=True)
