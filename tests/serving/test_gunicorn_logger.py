"""gunicorn's log: the end of a process is told whole, what a client sent is not."""

import logging

import pytest

from credit_scoring.serving.gunicorn_logger import remove_request_content


def logged(error, level, message, *args):
    """The text and the problem of a record that gunicorn logs while it handles `error`."""
    record = logging.LogRecord("gunicorn.error", level, "", 0, message, args, None)
    try:
        raise error
    except type(error):
        assert remove_request_content(record)
    return record.getMessage(), getattr(record, "problem", None)


@pytest.mark.parametrize("error", [SystemExit(0), StopIteration()], ids=["worker", "master"])
def test_end_of_a_process_is_told_whole(error):
    text = "Worker exiting (pid: 7)"
    assert logged(error, logging.INFO, "Worker exiting (pid: %s)", 7) == (text, None)


@pytest.mark.parametrize("error", [ValueError("Alice"), StopIteration("Alice")])
def test_content_of_a_request_is_left_out(error):
    text, problem = logged(error, logging.WARNING, "Invalid request from ip=%s: %s", "::1", "Alice")
    assert text == "a malformed request was refused"
    assert problem == type(error).__name__
