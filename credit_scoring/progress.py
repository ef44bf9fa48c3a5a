"""Progress that a person can read: bars with the time left on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

ReportProgress = Callable[[int, int], None]
SECONDS_BETWEEN_LINES = 10.0


def format_duration(seconds: float) -> str:
    """A duration for people: "0:07", "12:30"."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class Progress:
    """Steps of a long command, one after the other: `with progress.step("Building features") as report`.

    `report(done, total)` may be called as often as one likes; a step without it is simply begun and ended.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._begun = time.monotonic()

    @contextmanager
    def step(self, title: str) -> Iterator[ReportProgress]:
        """One step of the work, shown while it runs and summed up in a line when it ends."""
        begun = time.monotonic()
        with self._shown(title) as report:
            yield report
        self._say(f"{title}: done in {format_duration(time.monotonic() - begun)}")

    @contextmanager
    def _shown(self, title: str) -> Iterator[ReportProgress]:
        if self._stream.isatty():
            with self._bar(title) as report:
                yield report
        else:
            self._say(f"{title} …")
            yield self._lines(title)

    @contextmanager
    def _bar(self, title: str) -> Iterator[ReportProgress]:
        columns: list[Any] = [
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("left:"),
        ]
        bars = Bars(
            *columns, TimeRemainingColumn(), console=Console(file=self._stream), transient=True
        )
        with bars:
            task = bars.add_task(title, total=None)
            yield lambda done, total: bars.update(task, completed=done, total=total)

    def _lines(self, title: str) -> ReportProgress:
        begun = last = time.monotonic()

        def report(done: int, total: int) -> None:
            nonlocal last
            now = time.monotonic()
            if done and now - last >= SECONDS_BETWEEN_LINES:
                last = now
                left = (now - begun) * (total - done) / done
                self._say(f"{title}: {100 * done // total} %, about {format_duration(left)} left")

        return report

    def _say(self, text: str) -> None:
        print(
            f"[{format_duration(time.monotonic() - self._begun):>5}] {text}",
            file=self._stream,
            flush=True,
        )
