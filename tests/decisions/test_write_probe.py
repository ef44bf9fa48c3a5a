"""The readiness check is green only if a decision could be stored, and costs one write a second."""

import contextlib
import resource
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, text

from credit_scoring.database import time_limit
from credit_scoring.database.engine import open_database
from credit_scoring.decisions import write_probe
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.errors import StorageError
from tests.database.log_rows import insert_log_rows, log_rows


@pytest.fixture(autouse=True)
def every_check_probes(monkeypatch):
    monkeypatch.setattr(write_probe, "PERIOD", 0)


def execute_on_connect(engine, statement):
    event.listen(engine, "connect", lambda connection, _record: connection.execute(statement))


@contextlib.contextmanager
def locked(engine):
    """Another program holds SQLite's lock, or a lock of the table."""
    if engine.dialect.name == "sqlite":
        with contextlib.closing(sqlite3.connect(engine.url.database)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
        return
    with psycopg.connect(str(engine.url.set(drivername="postgresql"))) as other:
        other.execute("LOCK TABLE decisions IN EXCLUSIVE MODE")
        yield


@contextlib.contextmanager
def read_only(engine):
    """The database refuses writes, as a standby of PostgreSQL does."""
    if engine.dialect.name == "sqlite":
        execute_on_connect(engine, "PRAGMA query_only = ON")
        yield
        return
    with engine.connect() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar()
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
        connection.commit()
    engine.dispose()
    yield


@contextlib.contextmanager
def file_size_limit(size):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@contextlib.contextmanager
def full(engine):
    """The write-ahead log cannot grow; PostgreSQL raises the error of a full disk."""
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection:  # keeps the write-ahead log
            size = Path(f"{engine.url.database}-wal").stat().st_size
            connection.rollback()
            with file_size_limit(size):
                yield
        return
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$; "
            "CREATE TRIGGER full_disk BEFORE INSERT ON decisions FOR EACH ROW "
            "EXECUTE FUNCTION full_disk()"
        )
    yield


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (locked, "SQLITE_BUSY|LockNotAvailable|QueryCanceled|DatabaseStalled"),
        (read_only, "SQLITE_READONLY, the file|ReadOnlySqlTransaction, PostgreSQL is read-only"),
        (full, "SQLITE_FULL|SQLITE_IOERR_WRITE|DiskFull"),
    ],
)
def test_log_that_cannot_store_is_not_ready(database_url, monkeypatch, fault, reason):
    monkeypatch.setattr(time_limit, "TIMEOUT", 1)
    engine = open_database(database_url)
    with fault(engine), pytest.raises(StorageError, match=reason):
        DecisionLog(engine).check()
    engine.dispose()


def test_log_is_ready_again_when_the_lock_is_released(engine, log, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(time_limit, "TIMEOUT", 0.5)
        with locked(engine), pytest.raises(StorageError):
            log.check()
    log.check()


def test_probe_leaves_the_log_unchanged(engine, log):
    insert_log_rows(engine)
    before = log_rows(engine)
    for _ in range(3):
        log.check()
    assert log_rows(engine) == before
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM write_probe")).scalar() == 1


def test_polling_by_many_threads_costs_one_probe(engine, log, monkeypatch):
    monkeypatch.setattr(write_probe, "PERIOD", 3600)
    commits = []
    event.listen(engine, "commit", commits.append)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: log.check(), range(200)))
    assert len(commits) == 1
