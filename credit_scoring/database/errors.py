"""Translation of database errors to StorageError (503).

The message names the error's code, never its text, which may contain applicants' data.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from credit_scoring.database import time_limit
from credit_scoring.errors import StorageError

log = logging.getLogger(__name__)

# Explanations of error codes; extended SQLite codes (SQLITE_IOERR_WRITE) use their first two words.
EXPLANATIONS = {
    "SQLITE_BUSY": "another process holds its lock",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the disk fails",
    "SQLITE_READONLY": "the file or its folder is read-only",
    "SQLITE_CANTOPEN": "DATABASE_URL names a file that cannot be opened",
    "SQLITE_NOTADB": "DATABASE_URL names a file that is not a SQLite database",
    "SQLITE_CORRUPT": "the file is damaged: restore a backup",
    "OperationalError": "PostgreSQL cannot be reached or closed the connection",
    "ConnectionTimeout": "PostgreSQL cannot be reached",
    "DatabaseStalled": "PostgreSQL does not answer",
    "QueryCanceled": "PostgreSQL took too long",
    "ReadOnlySqlTransaction": "PostgreSQL is read-only, such as a standby",
    "DiskFull": "PostgreSQL's disk is full",
    "TimeoutError": "all connections of this process are in use",
}


@contextmanager
def translate_database_errors() -> Iterator[None]:
    """Limit the time of the block, an operation on the database; see `time_limit.operation`.

    StorageError if the database is not available; programming errors pass unchanged.
    """
    try:
        with time_limit.operation():
            yield
    except (IntegrityError, DataError):
        raise
    except (DBAPIError, PoolTimeoutError, UnicodeDecodeError) as error:
        code = error_code(error)
        # no traceback: it would contain the statement
        log.error("database error: %s", _connection_error(error) or code)  # noqa: TRY400
        raise StorageError(
            f"the database is not available ({code}{_explanation(code)}): no decision was made "
            "or stored; fix the cause, or try again later"
        ) from None


def error_code(error: Exception) -> str:
    """Return the database's name of an error: SQLITE_BUSY, or a PostgreSQL error class."""
    driver_error = getattr(error, "orig", None) or error
    if isinstance(driver_error, (sqlite3.OperationalError, UnicodeDecodeError)):
        # Without a name: Python could not decode a text, or SQLite's message about one.
        return str(getattr(driver_error, "sqlite_errorname", "SQLITE_CORRUPT"))
    return str(getattr(driver_error, "sqlite_errorname", type(driver_error).__name__))


def _explanation(code: str) -> str:
    explanation = EXPLANATIONS.get("_".join(code.split("_")[:2]))
    return f", {explanation}" if explanation else ""


def _connection_error(error: Exception) -> str:
    """Return why a connection failed, for the server's log; before a statement it holds no data."""
    is_connection_error = getattr(error, "statement", "") is None
    return " ".join(str(getattr(error, "orig", "")).split()) if is_connection_error else ""
