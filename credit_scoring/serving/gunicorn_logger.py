"""gunicorn's log: its events in the form of the service's log, without content of requests."""

import logging
import sys
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

from credit_scoring.serving.middleware.structured_logging import traceback_without_messages

END_OF_PROCESS = (SystemExit, StopIteration)  # gunicorn raises them to stop a worker, the master


class GunicornLogger(Logger):  # type: ignore[misc] # gunicorn has no types
    """The `logger_class` of gunicorn.conf.py."""

    def access(self, *_args: Any) -> None:
        """Log no access: the service logs every request itself, without path and address.

        Some platforms turn gunicorn's access log on, for example Heroku by GUNICORN_CMD_ARGS.
        """

    def setup(self, cfg: Config) -> None:
        """Hand events to Python's root logger, unless `--error-logfile` names a file.

        Debug events are left out at every level: they quote requests and the configuration.
        """
        super().setup(cfg)
        self.error_log.setLevel(max(self.error_log.level, logging.INFO))
        self.error_log.addFilter(remove_request_content)
        if cfg.errorlog == "-":
            self.error_log.handlers.clear()
            self.error_log.propagate = True


def remove_request_content(record: logging.LogRecord) -> bool:
    """A logging filter that keeps content of requests and addresses of clients out of a record.

    gunicorn logs them only while it handles an error. The record names the error's type instead.
    """
    error = sys.exception()
    if isinstance(error, END_OF_PROCESS) and record.levelno == logging.INFO:
        return True
    if isinstance(error, TimeoutError):
        _describe_timeout(record)
    elif error is not None:
        refused = record.levelno == logging.WARNING  # a finished text, no template
        template = "a malformed request was refused" if refused else str(record.msg)
        record.msg = template.partition(" %")[0]
        record.args = ()
        record.problem = type(error).__name__
        if record.exc_info:
            record.exc_text = traceback_without_messages(error)  # what a formatter would write
    return True


def _describe_timeout(record: logging.LogRecord) -> None:
    """Describe a timeout, which is not an error of the service."""
    record.levelno, record.levelname = logging.INFO, "INFO"
    record.msg = "a client stopped sending its request or reading its response"
    record.args = ()
    record.exc_info = None
