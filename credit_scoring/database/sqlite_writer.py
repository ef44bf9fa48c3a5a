"""Writing from many threads through one SQLite connection that is kept open, a transaction at a time.

Measured on one row of 5 kB: 115 µs of processor time instead of 175 with a connection taken from the pool each time;
and at a lock that another process holds, short pauses instead of SQLite's own (1, 2, 5, … 100 ms).
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from credit_scoring.database.engine import retry_while_locked
from credit_scoring.database.prepared_insert import MOST, Insert, Row


class Writer:
    """Transactions that write. Safe to use from several threads; engine.dispose() waits for the one under way."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._held: Connection | None = None
        event.listen(engine, "engine_disposed", lambda _engine: self.release())

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that is committed in the end, or rolled back by an exception; errors are SQLAlchemy's."""
        if (
            self._engine.dialect.name != "sqlite"
        ):  # there writers do not exclude each other, and a server may restart
            with self._engine.begin() as connection:
                yield connection
            return
        with self._lock:
            self._held = self._held or self._take()
            try:
                with self._held.begin():
                    yield self._held
            except BaseException:
                self._drop()
                raise

    def insert(self, prepared: Insert, rows: Sequence[Row]) -> None:
        """Insert `rows`, at least one, in a transaction of their own; errors are SQLAlchemy's.

        On SQLite a few rows are locked, written and committed in one step of the driver: no other process waits for
        a thread that holds the lock and waits for the interpreter.
        """
        if self._engine.dialect.name == "sqlite" and len(rows) <= MOST:
            self._in_one_step(*next(prepared.statements(rows)))
            return
        with self.begin() as connection:
            prepared.run(connection, rows)

    def _in_one_step(self, statement: str, parameters: tuple[Any, ...]) -> None:
        with self._lock:
            self._held = self._held or self._take()
            driver: Any = self._held.connection.driver_connection
            try:
                retry_while_locked(lambda: driver.execute(statement, parameters))
            except sqlite3.Error as error:
                self._drop()
                raise DBAPIError.instance(statement, (), error, sqlite3.Error) from None

    def release(self) -> None:
        """Close the connection; the next transaction opens another."""
        with self._lock:
            self._drop()

    def _take(self) -> Connection:
        connection = self._engine.connect()
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA busy_timeout = 0")  # the engine's own patience takes its place
        return connection

    def _drop(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.invalidate()
            held.close()
