"""The log: one event a line, as JSON for programs or as text for people, on standard error.

What our modules and libraries say through Python's logging takes this form, too. No traceback has its error's
message: that may hold an applicant's data.
"""

import json
import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from traceback import format_tb
from typing import Any

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from credit_scoring.settings import Settings

ENCODER = json.JSONEncoder(ensure_ascii=False, default=str, separators=(",", ":"))


def write(line: str) -> None:
    """Write a line to what sys.stderr is now, at once, so that processes do not mix theirs.

    A log that cannot be written, on a full disk, stops no request.
    """
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{line}\n")


class Lines:
    """Where the requests' lines go, as structlog asks for it."""

    def msg(self, line: str) -> None:
        """Write a line."""
        write(line)

    debug = info = warning = error = critical = msg


class Handler(logging.Handler):
    """Where the records of Python's logging go."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        write(self.format(record))


def configure(settings: Settings) -> FilteringBoundLogger:
    """Give Python's logging its form and level; return the logger of the requests, which is several times faster."""
    steps: list[Processor] = [structlog.stdlib.add_log_level, stamp]
    last = renderer(settings.log_format)
    foreign: list[Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        *steps,
        bare_traceback,
    ]
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler = Handler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=foreign, processors=[remove, last])
    )
    root = logging.getLogger()
    root.handlers = [*(each for each in root.handlers if not isinstance(each, Handler)), handler]
    logging.getLogger("credit_scoring").setLevel(settings.log_level)
    level = structlog.make_filtering_bound_logger(
        logging.getLevelNamesMapping()[settings.log_level]
    )
    made: FilteringBoundLogger = structlog.wrap_logger(
        Lines(), processors=[*steps, last], wrapper_class=level
    )
    return made.bind()


def where(error: BaseException) -> str:
    """The traceback of `error` and of what caused it, without their messages."""
    cause = error.__cause__ or error.__context__
    before = f"{where(cause)}then\n" if cause else ""
    return f"{before}{''.join(format_tb(error.__traceback__))}{type(error).__qualname__}\n"


def renderer(style: str) -> Processor:
    """What makes a line of an event: "json", "console", or by where standard error goes ("auto")."""
    terminal = sys.stderr.isatty()
    if style == "json" or (style == "auto" and not terminal):
        return as_json
    return structlog.dev.ConsoleRenderer(
        colors=terminal, pad_event_to=0, pad_level=False, sort_keys=False
    )


def as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """A line of JSON, the time and the level first."""
    first = {name: event.pop(name) for name in ("timestamp", "level", "event") if name in event}
    return ENCODER.encode(first | dict(event))


def stamp(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """When it happened, in UTC; structlog's own step takes four times as long."""
    event["timestamp"] = datetime.now(UTC).isoformat(timespec="microseconds")
    return event


def bare_traceback(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Where an error happened, without the messages of it and of what caused it."""
    found: Any = event.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["exception"] = where(error)
    return event
