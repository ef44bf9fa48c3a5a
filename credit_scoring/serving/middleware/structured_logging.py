"""Structured logging: one event per line on standard error, as JSON for programs or as text.

Records of Python's logging, from our modules and from libraries, take the same form. A logged
traceback omits the message of its error, which may contain an applicant's data.
"""

import json
import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from traceback import format_tb
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from credit_scoring.settings import Settings

ENCODER = json.JSONEncoder(ensure_ascii=False, default=str, separators=(",", ":"))
FIRST_FIELDS = ("timestamp", "level", "event")


def write_line(line: str) -> None:
    """Write a line to the current sys.stderr in one call, so that processes do not mix lines.

    A log that cannot be written, for example on a full disk, does not fail the request.
    """
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{line}\n")


class AccessLog:
    """Writes one event per request, if the level of the log is info or lower.

    Bypasses Python's logging and structlog's loggers, which take several times as long.
    """

    def __init__(self, renderer: Processor, *, enabled: bool) -> None:
        self._renderer = renderer
        self._enabled = enabled

    def info(self, event: str, **fields: Any) -> None:
        """Write an event with `fields`."""
        if self._enabled:
            line = {"timestamp": utc_now(), "level": "info", "event": event, **fields}
            write_line(str(self._renderer(None, "info", line)))


class StderrHandler(logging.Handler):
    """The handler of the root logger."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a formatted record."""
        write_line(self.format(record))


def configure(settings: Settings) -> AccessLog:
    """Configure Python's logging, and return the access log."""
    renderer = event_renderer(settings.log_format)
    handler = StderrHandler()
    handler.setFormatter(_record_formatter(renderer))
    root = logging.getLogger()
    others = [handler for handler in root.handlers if not isinstance(handler, StderrHandler)]
    root.handlers = [*others, handler]
    logging.getLogger("credit_scoring").setLevel(settings.log_level)
    level = logging.getLevelNamesMapping()[settings.log_level]
    return AccessLog(renderer, enabled=level <= logging.INFO)


def _record_formatter(renderer: Processor) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.stdlib.add_log_level,
            add_timestamp,
            replace_exception,
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def traceback_without_messages(error: BaseException) -> str:
    """The traceback of `error` and of its causes, with the errors' types and not their messages."""
    cause = error.__cause__ or error.__context__
    before = f"{traceback_without_messages(cause)}then\n" if cause else ""
    return f"{before}{''.join(format_tb(error.__traceback__))}{type(error).__qualname__}\n"


def event_renderer(style: str) -> Processor:
    """The renderer of `style`: "json", "console", or "auto", which is console on a terminal."""
    is_terminal = sys.stderr.isatty()
    if style == "json" or (style == "auto" and not is_terminal):
        return render_json
    return structlog.dev.ConsoleRenderer(
        colors=is_terminal, pad_event_to=0, pad_level=False, sort_keys=False
    )


def render_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """A line of JSON that starts with the time, the level and the event."""
    first = {name: event.pop(name) for name in FIRST_FIELDS if name in event}
    return ENCODER.encode(first | dict(event))


def add_timestamp(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Add the time in UTC."""
    event["timestamp"] = utc_now()
    return event


def utc_now() -> str:
    """The current time as the log writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def replace_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace a record's exception by its traceback without messages."""
    exc_info = event.pop("exc_info", None)
    error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    if error is True:
        error = sys.exception()
    if isinstance(error, BaseException):
        event["exception"] = traceback_without_messages(error)
    return event
