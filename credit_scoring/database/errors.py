"""The database's failures as ours: 503, with the cause by its code and never its text, which may hold data."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from credit_scoring.errors import StorageError

log = logging.getLogger(__name__)

# What a person needs to know beside the code; of SQLite's longer codes (SQLITE_IOERR_WRITE) the beginning counts.
WORDS = {
    "SQLITE_BUSY": "another process holds its lock",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the disk fails",
    "SQLITE_READONLY": "the file or its folder may not be written",
    "SQLITE_CANTOPEN": "DATABASE_URL names a file that cannot be opened",
    "SQLITE_NOTADB": "DATABASE_URL names a file that is no SQLite database",
    "SQLITE_CORRUPT": "the file is damaged: restore a backup",
    "OperationalError": "PostgreSQL cannot be reached or ended the connection",
    "QueryCanceled": "PostgreSQL took too long",
    "DiskFull": "PostgreSQL's disk is full",
    "TimeoutError": "all of this process's connections are in use",
}


@contextmanager
def translate_database_errors() -> Iterator[None]:
    """Turn what says that the database cannot be used now into StorageError; a mistake of ours passes as it is."""
    try:
        yield
    except (IntegrityError, DataError):
        raise
    except (DBAPIError, PoolTimeoutError) as error:
        code = error_code(error)
        log.error("the database failed: %s", _at_connecting(error) or code)  # noqa: TRY400 - not the statement
        raise StorageError(
            f"the database cannot be used now ({code}{_words(code)}): nothing was decided or stored; "
            "mend that, or try again later"
        ) from None


def error_code(error: Exception) -> str:
    """The database's own name of the failure: SQLITE_BUSY, SQLITE_FULL, a class of PostgreSQL's errors."""
    origin = getattr(error, "orig", None) or error
    return str(getattr(origin, "sqlite_errorname", None) or type(origin).__name__)


def _words(code: str) -> str:
    known = WORDS.get("_".join(code.split("_")[:2]))
    return f", {known}" if known else ""


def _at_connecting(error: Exception) -> str:
    """Why no connection was had, for the server's log: before the first statement there are no data to be shown."""
    text = str(getattr(error, "orig", "")) if getattr(error, "statement", "") is None else ""
    return " ".join(text.split())
