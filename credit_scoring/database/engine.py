"""Opening the database that DATABASE_URL names: SQLite or PostgreSQL, safe in forked workers, failing soon.

Every wait has an end, so that a request is answered 503 instead of hanging: a lock, a connection and a statement
are waited for `PATIENCE` seconds each.
"""

import os
import weakref
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from credit_scoring.errors import SettingError, StorageError

PATIENCE = 3  # seconds
POOL = {"pool_size": 4, "max_overflow": 4, "pool_timeout": PATIENCE}  # connections a process; 8 at the most
READING = {"sqlite_begin": "BEGIN"}  # execution options of a transaction that only reads: it takes no write lock
POSTGRES = ("postgres", "postgresql", "postgresql+psycopg")


def open_database(url: str, *, synchronous: str = "NORMAL") -> Engine:
    """An engine for `url`; nothing is connected yet, but SQLite's folder is made.

    `synchronous` is SQLite's, NORMAL or FULL. Errors of the engine never repeat parameters, which are applicants' data.
    Raises SettingError where the URL is of no known kind, StorageError where the folder cannot be made.
    """
    parsed = parse(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    how = _sqlite(parsed) if sqlite else _postgres()
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
        raise SettingError("DATABASE_URL is no URL: expected sqlite:///file or postgresql://user@host/name") from None
    if parsed.drivername in POSTGRES:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed
    shown = parsed.render_as_string(hide_password=True)
    raise SettingError(f'DATABASE_URL is "{shown}": expected sqlite:///file or postgresql://user@host/name')


def _sqlite(url: URL) -> dict[str, Any]:
    folder = Path(str(url.database)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder} cannot be made ({error.strerror}): set DATABASE_URL to another place") from error
    return {"connect_args": {"timeout": PATIENCE, "isolation_level": None}}  # None: transactions begin as we say


def _postgres() -> dict[str, Any]:
    milliseconds = PATIENCE * 1000
    return {
        "pool_pre_ping": True,  # a server that was restarted costs a new connection, not an error
        "connect_args": {
            "connect_timeout": PATIENCE,
            "tcp_user_timeout": milliseconds,
            "application_name": "credit-scoring",
            "options": f"-c statement_timeout={milliseconds} -c timezone=UTC",
        },
    }


def _prepare_sqlite(engine: Engine, synchronous: str) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # IMMEDIATE: the lock is taken, and waited for, before anything is read; a later upgrade could only fail.
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE"))


def _forget_connections_at_a_fork(engine: Engine) -> None:
    """A connection must not be used on both sides of a fork: close those that lie idle before it."""
    reference = weakref.ref(engine)

    def dispose() -> None:
        if (found := reference()) is not None:
            found.dispose()

    os.register_at_fork(before=dispose)
