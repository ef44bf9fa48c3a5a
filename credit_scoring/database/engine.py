"""Connections to the database of DATABASE_URL: SQLite or PostgreSQL, safe in forked workers.

Every wait is limited, so that a request is answered 503 instead of hanging: a lock, a connection
and a statement each time out after `TIMEOUT` seconds.
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
from credit_scoring.settings import SETTINGS

TIMEOUT = 3  # seconds
SHORTEST_PAUSE = 0.0002  # seconds between two attempts to take SQLite's write lock
LONGEST_PAUSE = 0.005  # seconds
# Pages of 4 kB between two checkpoints. SQLite's default, 1000, is reached after 300 decisions,
# and each checkpoint waits for the disk.
CHECKPOINT_PAGES = 4000
POOL = {"pool_size": 4, "max_overflow": 4, "pool_timeout": TIMEOUT}  # per process
# Execution options of a transaction that only reads: it does not take SQLite's write lock.
READ_ONLY = {"sqlite_begin": "BEGIN"}
POSTGRESQL_SCHEMES = ("postgres", "postgresql", "postgresql+psycopg")
EXPECTED = "expected sqlite:///file or postgresql://user@host/name"
FORMER_DEFAULT_FILE = Path("data/credit-scoring.db")  # where earlier versions kept the log


def open_database(
    url: str, *, synchronous: str = "NORMAL", create: bool = True, statement_timeout: bool = True
) -> Engine:
    """Return an engine for `url`. Nothing is connected yet, but SQLite's folder is created.

    `synchronous` is SQLite's: NORMAL or FULL. `statement_timeout` limits PostgreSQL's statements.
    The engine's errors never repeat parameters, which are applicants' data.

    SettingError if the URL is not of a supported database; StorageError if SQLite's folder cannot
    be created, if the decision log is still at the former default or, without `create`, if
    SQLite's file does not exist.
    """
    parsed_url = parse_url(url)
    is_sqlite = parsed_url.get_backend_name() == "sqlite"
    if is_sqlite:
        options = _sqlite_options(Path(str(parsed_url.database)), create=create)
    else:
        options = _postgresql_options(parsed_url, statement_timeout=statement_timeout)
    engine = create_engine(parsed_url, hide_parameters=True, **POOL, **options)
    if is_sqlite:
        _configure_sqlite(engine, synchronous)
    _close_idle_connections_before_fork(engine)
    return engine


def parse_url(url: str) -> URL:
    """Return the URL with the installed driver.

    SettingError, which hides the password, if the database is not supported.
    """
    try:
        parsed_url = make_url(url)
    except (ArgumentError, ValueError):
        raise SettingError(f"DATABASE_URL is not a URL: {EXPECTED}") from None
    if parsed_url.drivername in POSTGRESQL_SCHEMES:
        return parsed_url.set(drivername="postgresql+psycopg")
    if parsed_url.drivername == "sqlite" and parsed_url.database not in (None, "", ":memory:"):
        return parsed_url
    shown_url = parsed_url.render_as_string(hide_password=True)
    raise SettingError(f'DATABASE_URL is "{shown_url}": {EXPECTED}')


def _sqlite_options(file: Path, *, create: bool) -> dict[str, Any]:
    if not file.exists():
        _require_no_former_log(file)
    if not create and not file.exists():
        raise StorageError(
            f"{file} does not exist: set DATABASE_URL to the database that a server wrote"
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"{file.parent} cannot be created ({error.strerror}): "
            "set DATABASE_URL to another location"
        ) from error
    # isolation_level None: the driver begins no transaction, `_begin` does
    return {"connect_args": {"timeout": TIMEOUT, "isolation_level": None}}


def _require_no_former_log(file: Path) -> None:
    """StorageError if an empty log would replace the one that an earlier version wrote."""
    default_file = Path(str(make_url(SETTINGS["database_url"].default).database))
    if file == default_file and FORMER_DEFAULT_FILE.exists():
        raise StorageError(
            f"{file} does not exist, and {FORMER_DEFAULT_FILE} holds the decision log of an "
            f"earlier version. Stop its server and move the log: mkdir -p {file.parent} && "
            f"mv {FORMER_DEFAULT_FILE}* {file.parent}/. Or use it where it is: "
            f"DATABASE_URL=sqlite:///{FORMER_DEFAULT_FILE}"
        )


def _postgresql_options(url: URL, *, statement_timeout: bool) -> dict[str, Any]:
    milliseconds = TIMEOUT * 1000
    limit = milliseconds if statement_timeout else 0
    url_options = url.query.get("options", "")
    return {
        "pool_pre_ping": True,  # a restarted server costs a new connection, not an error
        "connect_args": {
            "connect_timeout": TIMEOUT,
            "tcp_user_timeout": milliseconds,
            "application_name": "credit-scoring",
            "options": f"-c statement_timeout={limit} -c timezone=UTC {url_options}",
        },
    }


def _configure_sqlite(engine: Engine, synchronous: str) -> None:
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

    IMMEDIATE takes the write lock, and waits for it, before the first read: a transaction that
    reads first and upgrades later fails instead of waiting.
    """
    statement = connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE")
    retry_while_locked(lambda: connection.exec_driver_sql(statement))


def retry_while_locked(operation: Callable[[], object]) -> None:
    """Run an operation that takes SQLite's write lock; retry for `TIMEOUT` seconds while locked."""
    deadline = monotonic() + TIMEOUT
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


def _close_idle_connections_before_fork(engine: Engine) -> None:
    """Close the pool's idle connections before a fork: parent and child must not share one."""
    reference = weakref.ref(engine)

    def dispose() -> None:
        if (live_engine := reference()) is not None:
            live_engine.dispose()

    os.register_at_fork(before=dispose)
