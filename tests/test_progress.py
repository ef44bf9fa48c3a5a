"""Progress: plain lines where there is no terminal, bars where there is one."""

import io
import re

import pytest

from credit_scoring import progress
from credit_scoring.progress import Progress, format_duration


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def time(monkeypatch):
    """A clock that the test sets."""

    class Clock:
        now = 100.0

    monkeypatch.setattr(progress.time, "monotonic", lambda: Clock.now)
    return Clock


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (7.9, "0:07"), (60, "1:00"), (750, "12:30")]
)
def test_a_duration_is_minutes_and_seconds(seconds, text):
    assert format_duration(seconds) == text


def test_a_step_is_a_line_when_it_begins_and_one_when_it_ends(time):
    stream = io.StringIO()
    with Progress(stream).step("Building features"):
        time.now += 75
    assert (
        stream.getvalue()
        == "[ 0:00] Building features …\n[ 1:15] Building features: done in 1:15\n"
    )


def test_a_long_step_tells_now_and_then_how_far_it_is_and_how_long_is_left(time):
    stream = io.StringIO()
    with Progress(stream).step("Training") as report:
        for done in range(0, 101, 5):
            report(done, 100)
            time.now += 4
    middle = stream.getvalue().splitlines()[1:-1]
    assert middle[0] == "[ 0:12] Training: 15 %, about 1:08 left"
    assert len(middle) == 6


def test_no_line_before_there_is_something_to_tell(time):
    stream = io.StringIO()
    with Progress(stream).step("Training") as report:
        time.now += 60
        report(0, 0)
        report(0, 100)
    assert "%" not in stream.getvalue()


def test_a_step_that_fails_is_not_called_done():
    stream = io.StringIO()
    with pytest.raises(ValueError, match="no"), Progress(stream).step("Training"):
        raise ValueError("no")
    assert "done" not in stream.getvalue()


def test_a_terminal_gets_a_bar_and_the_closing_line():
    stream = Terminal()
    with Progress(stream).step("Training") as report:
        report(1, 2)
        report(2, 2)
    text = stream.getvalue()
    assert "left:" in text
    assert re.search(r"\[ 0:00\] Training: done in 0:00\n$", text)


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
