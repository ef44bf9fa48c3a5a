"""The database's failures as ours: 503, with the cause by its code and never its text, which may hold data."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from credit_scoring.errors import StorageError

log = logging.getLogger(__name__)


@contextmanager
def storing() -> Iterator[None]:
    """Turn what says that the database cannot be used now into StorageError; a mistake of ours passes as it is."""
    try:
        yield
    except (IntegrityError, DataError):
        raise
    except (DBAPIError, PoolTimeoutError) as error:
        cause = code_of(error)
        log.error("the database failed: %s", cause)  # noqa: TRY400 - a traceback would show the statement
        raise StorageError(
            f"the decision log cannot be used now ({cause}): nothing was decided or stored, ask again"
        ) from None


def code_of(error: Exception) -> str:
    """The database's own name of the failure: SQLITE_BUSY, SQLITE_FULL, a class of PostgreSQL's errors."""
    origin = getattr(error, "orig", None) or error
    return str(getattr(origin, "sqlite_errorname", None) or type(origin).__name__)
