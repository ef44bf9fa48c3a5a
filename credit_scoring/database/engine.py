"""Connections to the database of DATABASE_URL: SQLite or PostgreSQL, safe in forked workers.

Every operation has a time limit (`time_limit`): a request is answered 503 instead of hanging.
"""

import os
import weakref
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError

from credit_scoring.database import sqlite_engine
from credit_scoring.database.connection_limit import FOR_ONE_PROCESS, ConnectionLimit
from credit_scoring.database.sqlite_file import SqliteFile
from credit_scoring.errors import SettingError

# Execution options of a transaction that only reads: it does not take SQLite's write lock.
READ_ONLY = {"sqlite_begin": "BEGIN"}
POSTGRESQL_SCHEMES = ("postgres", "postgresql", "postgresql+psycopg")
EXPECTED = "expected sqlite:///file or postgresql://user@host/name"


def open_database(
    url: str,
    *,
    synchronous: str = "NORMAL",
    create: bool = True,
    limited: bool = True,
    connection_limit: ConnectionLimit = FOR_ONE_PROCESS,
) -> Engine:
    """Return an engine for `url`. Nothing is connected yet, but SQLite's folder is created.

    `synchronous` is SQLite's: NORMAL or FULL. `limited`: whether PostgreSQL's statements have the
    time limit; migrations and commands that read the whole log have none. `connection_limit` is
    PostgreSQL's.
    The engine's errors never repeat parameters, which are applicants' data.

    SettingError if the URL is not of a supported database; StorageError if SQLite's folder cannot
    be created, if the decision log is still at the former default or, without `create`, if
    SQLite's file does not exist.
    """
    parsed_url = parse_url(url)
    if parsed_url.get_backend_name() == "sqlite":
        file = SqliteFile(Path(str(parsed_url.database)), create=create)
        file.require_location()
        engine = create_engine(parsed_url, hide_parameters=True, **sqlite_engine.options())
        sqlite_engine.configure(engine, file, synchronous)
    else:
        # psycopg takes 8 MB, which a service with SQLite does not need.
        from credit_scoring.database import postgresql_engine  # noqa: PLC0415

        options = postgresql_engine.options(parsed_url, connection_limit, limited=limited)
        engine = create_engine(parsed_url, hide_parameters=True, **options)
        if limited:
            postgresql_engine.connect_with_time_limit(engine)
        if not connection_limit.keep_open:
            postgresql_engine.close_after_use(engine)
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
    if parsed_url.drivername == "sqlite" and _is_file(parsed_url.database):
        return parsed_url
    shown_url = parsed_url.render_as_string(hide_password=True)
    raise SettingError(f'DATABASE_URL is "{shown_url}": {EXPECTED}')


def _is_file(database: str | None) -> bool:
    """Whether SQLite's `database` is a file's path, neither in memory nor a URI."""
    return bool(database) and not str(database).startswith((":memory:", "file:"))


def _close_idle_connections_before_fork(engine: Engine) -> None:
    """Close the pool's idle connections before a fork: parent and child must not share one."""
    reference = weakref.ref(engine)

    def dispose() -> None:
        if (live_engine := reference()) is not None:
            live_engine.dispose()

    os.register_at_fork(before=dispose)
