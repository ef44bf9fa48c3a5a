"""Faults of the database: every acknowledged decision is stored, and the log recovers."""

import contextlib
import itertools
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import event, select

from credit_scoring.database import time_limit
from credit_scoring.database.engine import open_database
from credit_scoring.database.table_definitions import decisions
from credit_scoring.decisions import write_probe
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.errors import StorageError

# Capacity of a full disk: decisions, or pages of 4 kB, of which empty tables take some 20.
CAPACITY = 100
LARGE_INPUTS = {"AMT": "9" * 5000}
FULL_DISK_TRIGGER = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF (SELECT count(*) FROM decisions) >= 100 THEN
RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END IF; RETURN NEW; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION full_disk()
"""


@pytest.fixture
def append_all(log, record):
    """Append each entry, under a key if there are keys; return the acknowledged ids."""

    def append(entries, keys=(), log=log):
        acknowledged = set()
        for entry, key in itertools.zip_longest(entries, keys):
            with contextlib.suppress(StorageError):
                log.append([entry], idempotency_record=key and record(key, key_id=""))
                acknowledged.add(entry.decision_id)
        return acknowledged

    return append


def stored_ids(log):
    return {stored.decision_id for stored in log.iterate()}


@contextlib.contextmanager
def write_lock(engine):
    """Hold the write lock from another connection."""
    if engine.dialect.name == "sqlite":
        connection = sqlite3.connect(engine.url.database, isolation_level=None)
        with contextlib.closing(connection):
            connection.execute("BEGIN EXCLUSIVE")
            yield
        return
    with psycopg.connect(str(engine.url.set(drivername="postgresql"))) as connection:
        connection.execute("LOCK TABLE decisions IN EXCLUSIVE MODE")
        yield


def test_lock_refuses_writers_but_not_readers(engine, log, entry, append_all, monkeypatch):
    monkeypatch.setattr(time_limit, "TIMEOUT", 1)
    before = append_all([entry()])
    with write_lock(engine), ThreadPoolExecutor(16) as pool:
        acknowledged = pool.map(lambda _: append_all([entry()]), range(16))
        assert set().union(*acknowledged) == set()
        assert len(log.page()) == 1
    after = append_all([entry()])
    assert stored_ids(log) == before | after


@pytest.mark.parametrize("step", ["INSERT INTO kept_answers", "INSERT INTO decisions", "COMMIT"])
def test_failing_step_loses_no_acknowledged_decision(
    engine, log, entry, append_all, monkeypatch, step
):
    """Every third execution of the step fails."""
    executions = itertools.count(1)
    commit = engine.dialect.do_commit

    def fail_sometimes(statement):
        if statement.startswith(step) and next(executions) % 3 == 0:
            raise engine.dialect.loaded_dbapi.OperationalError("disk I/O error")

    def failing_commit(connection):
        fail_sometimes("COMMIT")
        commit(connection)

    def before_execute(_connection, _cursor, statement, *_arguments):
        fail_sometimes(statement)

    monkeypatch.setattr(engine.dialect, "do_commit", failing_commit)
    event.listen(engine, "before_cursor_execute", before_execute)
    keys = [str(number) for number in range(30)]
    acknowledged = append_all([entry() for _ in keys], keys)
    monkeypatch.undo()
    assert len(acknowledged) == 20
    assert stored_ids(log) == acknowledged
    with engine.connect() as connection:
        stored_keys = connection.execute(select(decisions.c.idempotency_key)).scalars().all()
    assert {key for key in keys if log.find_idempotency_record("", key)} == set(stored_keys)


class FullSqlite:
    """Limits SQLite's file size: SQLite then answers SQLITE_FULL, as on a full disk."""

    def __init__(self, engine):
        self._max_pages = CAPACITY
        event.listen(engine, "connect", self._limit)

    def _limit(self, connection, _record):
        connection.execute(f"PRAGMA max_page_count = {self._max_pages}")

    def free(self):
        self._max_pages = 1 << 20


class FullPostgresql:
    """Raises PostgreSQL's error of a full disk."""

    def __init__(self, engine):
        self._engine = engine
        with engine.begin() as connection:
            connection.exec_driver_sql(FULL_DISK_TRIGGER)

    def free(self):
        with self._engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER full_disk ON decisions")


def test_full_disk_refuses_until_freed(engine, entry, append_all, caplog):
    disk = (FullSqlite if engine.dialect.name == "sqlite" else FullPostgresql)(engine)
    log = DecisionLog(engine)

    def append(count):
        return append_all([entry(inputs=LARGE_INPUTS) for _ in range(count)], log=log)

    acknowledged = append(CAPACITY + 20)
    assert 0 < len(acknowledged) <= CAPACITY
    assert append(1) == set()
    assert "SQLITE_FULL" in caplog.text or "DiskFull" in caplog.text
    disk.free()
    acknowledged_later = append(20)
    assert len(acknowledged_later) == 20
    assert stored_ids(log) == acknowledged | acknowledged_later


class TestPostgresql:
    @pytest.fixture
    def engine(self, postgresql_url, patient):  # noqa: ARG002
        engine = open_database(postgresql_url)
        yield engine
        engine.dispose()

    def test_restarted_server_keeps_acknowledged_decisions(
        self, cluster, log, entry, append_all, monkeypatch
    ):
        monkeypatch.setattr(write_probe, "PERIOD", 0)
        acknowledged = append_all([entry()])
        cluster.stop()
        unreachable = "OperationalError, PostgreSQL cannot be reached"
        try:
            assert append_all([entry() for _ in range(3)]) == set()
            for operation in (log.check, log.page):
                with pytest.raises(StorageError, match=unreachable):
                    operation()
        finally:
            cluster.start()
        log.check()
        acknowledged_later = append_all([entry() for _ in range(3)])
        assert len(acknowledged_later) == 3
        assert stored_ids(log) == acknowledged | acknowledged_later

    def test_closed_connection_costs_no_request(self, cluster, entry, append_all):
        append_all([entry()])
        cluster.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'credit-scoring'"
        )
        assert len(append_all([entry()])) == 1
