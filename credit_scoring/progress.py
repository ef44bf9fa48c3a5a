"""Progress of long commands: bars with the remaining time on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

ReportProgress = Callable[[int, int], None]  # called with (done, total)
LINE_INTERVAL = 10.0  # seconds between two lines of a step


def ignore_progress(_done: int, _total: int) -> None:
    """A `ReportProgress` that shows nothing."""


def format_duration(seconds: float) -> str:
    """Format a duration as minutes and seconds: "0:07", "12:30"."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class Progress:
    """Shows the steps of a command: `with progress.step("Building features") as report`.

    `report(done, total)` may be called at any rate, or not at all.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._started_at = time.monotonic()

    @contextmanager
    def step(self, title: str) -> Iterator[ReportProgress]:
        """Show a step while it runs, and print its duration when it ends without an error."""
        started_at = time.monotonic()
        with self._bar(title) if self._stream.isatty() else self._lines(title) as report:
            yield report
        self._print(f"{title}: done in {format_duration(time.monotonic() - started_at)}")

    @contextmanager
    def _bar(self, title: str) -> Iterator[ReportProgress]:
        from rich import console, progress  # noqa: PLC0415 - the web process does not have rich

        columns = (
            progress.TextColumn("{task.description}"), progress.BarColumn(),
            progress.TimeElapsedColumn(), progress.TextColumn("left:"),
            progress.TimeRemainingColumn(),
        )  # fmt: skip
        terminal = console.Console(file=self._stream)
        with progress.Progress(*columns, console=terminal, transient=True) as bars:
            task = bars.add_task(title, total=None)
            yield lambda done, total: bars.update(task, completed=done, total=total)

    @contextmanager
    def _lines(self, title: str) -> Iterator[ReportProgress]:
        self._print(f"{title} …")
        started_at = time.monotonic()
        printed_at = started_at

        def report(done: int, total: int) -> None:
            nonlocal printed_at
            now = time.monotonic()
            if done and now - printed_at >= LINE_INTERVAL:
                printed_at = now
                remaining = format_duration((now - started_at) * (total - done) / done)
                self._print(f"{title}: {100 * done // total} %, about {remaining} left")

        yield report

    def _print(self, text: str) -> None:
        elapsed = format_duration(time.monotonic() - self._started_at)
        print(f"[{elapsed:>5}] {text}", file=self._stream, flush=True)
