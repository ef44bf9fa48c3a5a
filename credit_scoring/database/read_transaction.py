"""Transactions that only read, and the check of what they read.

SQLite stores any type in any column, and a damaged file or another program may hold values that no
client can get: they are a StorageError that says so, not an error of the service.
"""

import logging
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Connection, Engine, Table
from sqlalchemy.exc import DataError

from credit_scoring.database.engine import READ_ONLY
from credit_scoring.database.errors import translate_database_errors
from credit_scoring.errors import StorageError

log = logging.getLogger(__name__)
# Errors of converting a stored value.
UNREADABLE = (DataError, ValueError, TypeError, OverflowError, AttributeError)


@contextmanager
def read_transaction(database: Engine | Connection) -> Iterator[Connection]:
    """A transaction that only reads, within the time limit of an operation.

    A connection is one of these transactions already: the block becomes a part of it.

    StorageError if the database is not available or holds a value that cannot be read.
    """
    if isinstance(database, Connection):
        yield database
        return
    with translate_database_errors(), database.connect() as connection, readable_values():
        yield connection.execution_options(**READ_ONLY)


@contextmanager
def readable_values() -> Iterator[None]:
    """StorageError if a value that the block reads cannot be converted."""
    try:
        yield
    except UNREADABLE as error:
        log.exception("a stored value cannot be read")
        raise StorageError(
            f"the database holds a value that cannot be read ({type(error).__name__}): the "
            "database is damaged, or another program changed it; restore a backup"
        ) from None


def checked(row: Mapping[Any, Any], table: Table) -> Mapping[Any, Any]:
    """Return a row of `table`, or of some of its columns; ValueError for another type."""
    for column in table.columns:
        if column.name in row and not _fits(row[column.name], column):
            raise ValueError(f"{table.name}.{column.name} has another type than its column")
    return row


def _fits(value: Any, column: Column[Any]) -> bool:
    if value is None:
        return bool(column.nullable)
    is_infinite = isinstance(value, float) and math.isinf(value)
    return isinstance(value, column.type.python_type) and not is_infinite
