"""Opening the database that DATABASE_URL names: SQLite or PostgreSQL, safe in forked workers, failing soon.

Every wait has an end, so that a request is answered 503 instead of hanging: a lock, a connection and a statement
are waited for `PATIENCE` seconds each.
"""

import os
import sqlite3
import weakref
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from credit_scoring.database.errors import error_code
from credit_scoring.errors import SettingError, StorageError

TIMEOUT = 3  # seconds
SHORTEST_PAUSE, LONGEST_PAUSE = 0.0002, 0.005  # seconds between two tries at SQLite's write lock
CHECKPOINT_PAGES = 4000  # pages of 4 kB: SQLite's own 1000 are full after 300 decisions, and each time the disk is waited for
POOL = {
    "pool_size": 4,
    "max_overflow": 4,
    "pool_timeout": TIMEOUT,
}  # connections a process; 8 at the most
READ_ONLY = {
    "sqlite_begin": "BEGIN"
}  # execution options of a transaction that only reads: it takes no write lock
POSTGRES = ("postgres", "postgresql", "postgresql+psycopg")


def open_database(
    url: str, *, synchronous: str = "NORMAL", create: bool = True, statement_timeout: bool = True
) -> Engine:
    """An engine for `url`; nothing is connected yet, but SQLite's folder is made.

    `synchronous` is SQLite's, NORMAL or FULL; without `hurry` a statement of PostgreSQL may take as long as it does.
    Errors of the engine never repeat parameters, which are applicants' data.
    Raises SettingError where the URL is of no known kind, StorageError where SQLite's folder cannot be made or, without
    `create`, its file is not there.
    """
    parsed = parse(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    how = (
        _sqlite(parsed, create=create)
        if sqlite
        else _postgres(parsed, statement_timeout=statement_timeout)
    )
    engine = create_engine(parsed, hide_parameters=True, **POOL, **how)
    if sqlite:
        _prepare_sqlite(engine, synchronous)
    _forget_connections_at_a_fork(engine)
    return engine


def parse(url: str) -> URL:
    """The URL with the driver we use; SettingError, without its password, where it is of no known kind."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise SettingError(
            "DATABASE_URL is no URL: expected sqlite:///file or postgresql://user@host/name"
        ) from None
    if parsed.drivername in POSTGRES:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed
    shown = parsed.render_as_string(hide_password=True)
    raise SettingError(
        f'DATABASE_URL is "{shown}": expected sqlite:///file or postgresql://user@host/name'
    )


def _sqlite(url: URL, *, create: bool) -> dict[str, Any]:
    file = Path(str(url.database))
    if not create and not file.exists():
        raise StorageError(
            f"{file} does not exist: set DATABASE_URL to the database that a server wrote"
        )
    folder = file.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be made ({error.strerror}): set DATABASE_URL to another place"
        ) from error
    return {
        "connect_args": {"timeout": TIMEOUT, "isolation_level": None}
    }  # None: transactions begin as we say


def _postgres(url: URL, *, statement_timeout: bool) -> dict[str, Any]:
    milliseconds, given = TIMEOUT * 1000, url.query.get("options", "")
    return {
        "pool_pre_ping": True,  # a server that was restarted costs a new connection, not an error
        "connect_args": {
            "connect_timeout": TIMEOUT,
            "tcp_user_timeout": milliseconds,
            "application_name": "credit-scoring",
            "options": f"-c statement_timeout={milliseconds if statement_timeout else 0} -c timezone=UTC {given}",
        },
    }


def _prepare_sqlite(engine: Engine, synchronous: str) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: Any) -> None:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {synchronous}")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        except sqlite3.Error:
            connection.close()
            raise

    event.listen(engine, "begin", _begin)


def _begin(connection: Connection) -> None:
    """Begin a transaction on SQLite.

    IMMEDIATE: the lock is taken, and waited for, before anything is read; a later upgrade could only fail.
    """
    statement = connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE")
    retry_while_locked(lambda: connection.exec_driver_sql(statement))


def retry_while_locked(run: Callable[[], object]) -> None:
    """Run what takes SQLite's write lock, again and again while another holds it, for `PATIENCE` seconds."""
    ends, pause = monotonic() + TIMEOUT, SHORTEST_PAUSE
    while True:
        try:
            run()
        except (OperationalError, sqlite3.OperationalError) as error:
            if not error_code(error).startswith("SQLITE_BUSY") or monotonic() > ends:
                raise
            sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
        else:
            return


def _forget_connections_at_a_fork(engine: Engine) -> None:
    """A connection must not be used on both sides of a fork: close those that lie idle before it."""
    reference = weakref.ref(engine)

    def dispose() -> None:
        if (found := reference()) is not None:
            found.dispose()

    os.register_at_fork(before=dispose)
