"""Progress: bars on a terminal, plain lines elsewhere."""

import io
import re

import pytest

from credit_scoring import progress
from credit_scoring.progress import Progress, format_duration


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets."""

    class Clock:
        now = 100.0

    monkeypatch.setattr(progress.time, "monotonic", lambda: Clock.now)
    return Clock


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (7.9, "0:07"), (60, "1:00"), (750, "12:30"), (3750, "1:02:30")],
)
def test_duration_is_minutes_and_seconds_or_hours(seconds, text):
    assert format_duration(seconds) == text


def test_step_prints_its_start_and_end(clock):
    stream = io.StringIO()
    with Progress(stream).step("Building features"):
        clock.now += 75
    start, end = stream.getvalue().splitlines()
    assert start == "[ 0:00] Building features …"
    assert end == "[ 1:15] Building features: done in 1:15"


def test_long_step_prints_progress_every_ten_seconds(clock):
    stream = io.StringIO()
    with Progress(stream).step("Training") as report:
        for done in range(0, 101, 5):
            report(done, 100)
            clock.now += 4
    progress_lines = stream.getvalue().splitlines()[1:-1]
    assert progress_lines[0] == "[ 0:12] Training: 15 %, about 1:08 left"
    assert len(progress_lines) == 6


def test_time_left_is_unknown_during_the_start(clock):
    """54 seconds of start-up, then seven fits at a steady pace: 300 seconds of work."""
    stream = io.StringIO()
    with Progress(stream).step("Training") as report:
        clock.now += 54
        for done in range(1, 701):
            report(done, 700)
            clock.now += 300 / 700
    lines = stream.getvalue().splitlines()[1:-1]
    assert lines[0] == "[ 0:54] Training: 0 %"
    assert lines[1] == "[ 1:04] Training: 3 %"
    assert lines[2] == "[ 1:14] Training: 7 %, about 4:38 left"
    minutes = [int(re.search(r"about (\d+):", line)[1]) for line in lines[2:]]
    assert minutes == sorted(minutes, reverse=True)


def test_steps_reported_as_done_at_once_do_not_count_as_pace(clock):
    """A resumed search reports its earlier trials with its first report."""
    stream = io.StringIO()
    with Progress(stream).step("Searching") as report:
        for done in (80, 81, 90, 100):
            clock.now += 20
            report(done, 100)
    lines = [line.split(": ", 1)[1] for line in stream.getvalue().splitlines()[1:-1]]
    assert lines == ["80 %", "81 %", "90 %, about 0:40 left", "100 %, about 0:00 left"]


def test_nothing_done_prints_no_progress(clock):
    stream = io.StringIO()
    with Progress(stream).step("Training") as report:
        clock.now += 60
        report(0, 0)
        report(0, 100)
    assert "%" not in stream.getvalue()


def test_failed_step_is_not_called_done():
    stream = io.StringIO()
    with pytest.raises(ValueError, match="no"), Progress(stream).step("Training"):
        raise ValueError("no")
    assert "done" not in stream.getvalue()


def test_terminal_shows_a_bar():
    stream = Terminal()
    with Progress(stream).step("Training") as report:
        report(1, 2)
        report(2, 2)
    text = stream.getvalue()
    assert "about 0:00 left" in text
    assert re.search(r"\[ 0:00\] Training: done in 0:00\n$", text)


def test_times_are_whole_on_80_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    stream = Terminal()
    with Progress(stream).step("Ranking 1,573 features " * 3) as report:
        report(1, 2)
        report(2, 2)
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", stream.getvalue())
    assert re.search(r"0:00:0\d +about 0:00 left", text)


def test_bar_shrinks_before_the_title_wraps(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    title = "Training on 17,264 applicants, 1,573 features"
    stream = Terminal()
    with Progress(stream).step(title) as report:
        report(0, 100)
        report(50, 100)
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", stream.getvalue())
    assert re.search(rf"{title} [━╸╺]+ 0:00:0\d about 0:00 left", text)


def test_steps_follow_one_another(capsys):
    steps = Progress()
    with steps.step("One"):
        pass
    with steps.step("Two"):
        pass
    assert [line.split("] ")[1] for line in capsys.readouterr().err.splitlines()] == [
        "One …",
        "One: done in 0:00",
        "Two …",
        "Two: done in 0:00",
    ]
