"""The log while its database fails: nothing is acknowledged that is not stored, and it goes on by itself."""

import contextlib
import itertools
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import event, select

from credit_scoring.database import engine as engine_module
from credit_scoring.database.engine import open_database
from credit_scoring.database.table_definitions import decisions
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.decisions.records import IdempotencyRecord
from credit_scoring.errors import StorageError

FULL_AT = 100  # decisions, or pages of 4 kB, of which the empty tables take some twenty
FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF (SELECT count(*) FROM decisions) >= 100 THEN
RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END IF; RETURN NEW; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION full_disk()
"""


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(engine_module, "TIMEOUT", 1)


def append_all(log, entries, keys=()):
    """Append each, under its key if there are any; the ids of those that were acknowledged."""
    acknowledged = set()
    for entry, key in itertools.zip_longest(entries, keys):
        kept = key and IdempotencyRecord(
            key_id="", idempotency_key=key, body_digest="b", answer="{}"
        )
        with contextlib.suppress(StorageError):
            log.append([entry], idempotency_record=kept)
            acknowledged.add(entry.decision_id)
    return acknowledged


def stored(log):
    return {found.decision_id for found in log.iterate()}


@contextlib.contextmanager
def locked(engine):
    """No other may write meanwhile."""
    if engine.dialect.name == "sqlite":
        with contextlib.closing(
            sqlite3.connect(engine.url.database, isolation_level=None)
        ) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
        return
    with psycopg.connect(str(engine.url.set(drivername="postgresql"))) as other:
        other.execute("LOCK TABLE decisions IN EXCLUSIVE MODE")
        yield


@pytest.mark.usefixtures("impatient")
def test_while_another_holds_the_lock_all_who_wait_are_refused_and_reading_goes_on(
    engine, log, entry
):
    before = append_all(log, [entry()])
    with locked(engine), ThreadPoolExecutor(16) as pool:
        refused = pool.map(lambda made: append_all(log, [made]), [entry() for _ in range(16)])
        assert set().union(*refused) == set()
        assert len(log.page()) == 1
    after = append_all(log, [entry()])
    assert stored(log) == before | after


@pytest.mark.parametrize("step", ["INSERT INTO kept_answers", "INSERT INTO decisions", "COMMIT"])
def test_a_step_that_fails_now_and_then_loses_nothing_that_was_acknowledged(
    engine, log, entry, monkeypatch, step
):
    count, commit = itertools.count(1), engine.dialect.do_commit

    def step_taken(name):
        if name.startswith(step) and next(count) % 3 == 0:
            raise engine.dialect.loaded_dbapi.OperationalError("disk I/O error")

    monkeypatch.setattr(
        engine.dialect, "do_commit", lambda connection: step_taken("COMMIT") or commit(connection)
    )
    event.listen(
        engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_: step_taken(statement),
    )
    acknowledged = append_all(log, [entry() for _ in range(30)], map(str, range(30)))
    monkeypatch.undo()
    assert len(acknowledged) == 20
    assert stored(log) == acknowledged
    with engine.connect() as connection:
        keys = connection.execute(select(decisions.c.idempotency_key)).scalars().all()
    assert {str(key) for key in range(30) if log.find_idempotency_record("", str(key))} == set(keys)


class FullSqlite:
    """SQLite's own limit of a file's size: it answers SQLITE_FULL, as a full disk makes it."""

    def __init__(self, engine):
        self._pages = FULL_AT
        event.listen(engine, "connect", self._limit)

    def _limit(self, connection, _record):
        connection.execute(f"PRAGMA max_page_count = {self._pages}")

    def free(self):
        self._pages = 1 << 20


class FullPostgresql:
    """What PostgreSQL answers when it cannot extend a file."""

    def __init__(self, engine):
        self._engine = engine
        with engine.begin() as connection:
            connection.exec_driver_sql(FULL)

    def free(self):
        with self._engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER full_disk ON decisions")


def test_a_full_disk_refuses_and_a_freed_one_stores_again(engine, entry, caplog):
    disk = (FullSqlite if engine.dialect.name == "sqlite" else FullPostgresql)(engine)
    log = DecisionLog(engine)
    acknowledged = append_all(log, [entry(inputs={"AMT": "9" * 5000}) for _ in range(FULL_AT + 20)])
    assert 0 < len(acknowledged) <= FULL_AT
    assert append_all(log, [entry(inputs={"AMT": "9" * 5000})]) == set()
    assert "SQLITE_FULL" in caplog.text or "DiskFull" in caplog.text
    disk.free()
    again = append_all(log, [entry(inputs={"AMT": "9" * 5000}) for _ in range(20)])
    assert len(again) == 20
    assert stored(log) == acknowledged | again


class TestPostgresql:
    @pytest.fixture
    def engine(self, postgresql_url):
        opened = open_database(postgresql_url)
        yield opened
        opened.dispose()

    def test_stopped_and_started_again_keeps_what_was_acknowledged_and_takes_more(
        self, cluster, log, entry
    ):
        acknowledged = append_all(log, [entry()])
        cluster.stop()
        try:
            assert append_all(log, [entry() for _ in range(3)]) == set()
            for fails in (log.check, log.page):
                with pytest.raises(
                    StorageError, match=r"OperationalError, PostgreSQL cannot be reached"
                ):
                    fails()
        finally:
            cluster.start()
        log.check()
        again = append_all(log, [entry() for _ in range(3)])
        assert len(again) == 3
        assert stored(log) == acknowledged | again

    def test_that_ends_a_connection_costs_no_request(self, cluster, log, entry):
        append_all(log, [entry()])
        cluster.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'credit-scoring'"
        )
        assert len(append_all(log, [entry()])) == 1
