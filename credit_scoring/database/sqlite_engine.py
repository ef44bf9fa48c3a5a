"""Connections to SQLite: pragmas, transactions that take the write lock, the guarded file."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from credit_scoring.database import time_limit
from credit_scoring.database.errors import error_code
from credit_scoring.database.sqlite_file import SqliteFile
from credit_scoring.errors import StorageError

SHORTEST_PAUSE = 0.0002  # seconds between two attempts to take SQLite's write lock
LONGEST_PAUSE = 0.005  # seconds
# Pages of 4 kB between two checkpoints. SQLite's default, 1000, is reached after 300 decisions,
# and each checkpoint waits for the disk.
CHECKPOINT_PAGES = 4000
SQLITE_FILE = "sqlite_file"  # name of the SqliteFile in the `info` of a connection


def options() -> dict[str, Any]:
    """Return the options of `create_engine`."""
    return {
        "pool_size": 4,
        "max_overflow": 4,
        "pool_timeout": time_limit.TIMEOUT,
        # isolation_level None: the driver begins no transaction, `_begin` does
        "connect_args": {"timeout": time_limit.TIMEOUT, "isolation_level": None},
    }


def configure(engine: Engine, file: SqliteFile, synchronous: str) -> None:
    """Connect `engine` to `file` only, with our pragmas; `synchronous` is SQLite's."""

    @event.listens_for(engine, "do_connect")
    def choose_file(_dialect: Any, _record: Any, arguments: list[Any], options: Any) -> None:
        arguments[0] = file.uri()
        options["uri"] = True

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, record: Any) -> None:
        try:
            _set_pragmas(connection, synchronous)
            file.connection_opened()
        except (sqlite3.Error, StorageError):
            connection.close()
            raise
        record.info[SQLITE_FILE] = file

    @event.listens_for(engine, "checkout")
    def check(_connection: Any, _record: Any, _proxy: Any) -> None:
        file.require_unchanged()

    @event.listens_for(engine, "close")
    def note_close(_connection: Any, record: Any) -> None:
        if record.info.pop(SQLITE_FILE, None):
            file.connection_closed()

    event.listen(engine, "begin", _begin)


def _set_pragmas(connection: sqlite3.Connection, synchronous: str) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    connection.execute("PRAGMA user_version")  # the first read opens the write-ahead log


def _begin(connection: Connection) -> None:
    """Begin a transaction on SQLite.

    IMMEDIATE takes the write lock, and waits for it, before the first read: a transaction that
    reads first and upgrades later fails instead of waiting.
    """
    statement = connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE")
    retry_while_locked(lambda: connection.exec_driver_sql(statement))


@contextmanager
def file_unchanged(connection: Connection) -> Iterator[None]:
    """StorageError, before or after the block, if the connection's file is not at its path.

    The first check keeps a write from a lost file, the second one keeps it from being acknowledged.
    The connection stays open: the file may come back, and SQLite would create a write-ahead log
    that was deleted.
    """
    file: SqliteFile = connection.info[SQLITE_FILE]
    file.require_in_place()
    yield
    file.require_unchanged()


def retry_while_locked(operation: Callable[[], object]) -> None:
    """Run an operation that takes SQLite's write lock; retry while locked, up to the time limit."""
    deadline = monotonic() + time_limit.remaining()
    pause = SHORTEST_PAUSE
    while True:
        try:
            operation()
        except (OperationalError, sqlite3.OperationalError) as error:
            if not error_code(error).startswith("SQLITE_BUSY") or monotonic() > deadline:
                raise
            sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
        else:
            return
