"""The time limit of operations on the database, also if PostgreSQL is frozen or has no room."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import text

from credit_scoring.database import time_limit
from credit_scoring.database.connection_limit import MOST_PER_WORKER
from credit_scoring.database.engine import open_database
from credit_scoring.database.errors import translate_database_errors
from credit_scoring.errors import StorageError
from tests.server_process import PATIENCE


@pytest.fixture
def engine(postgresql_url, patient):  # noqa: ARG001
    engine = open_database(postgresql_url)
    yield engine
    engine.dispose()


@pytest.fixture
def short_limit(engine, monkeypatch):  # noqa: ARG001 - of the operations, not of the statements
    with monkeypatch.context() as patch:
        patch.setattr(time_limit, "TIMEOUT", 0.5)
        yield patch


def read(engine):
    with translate_database_errors(), engine.connect() as connection:
        return connection.execute(text("SELECT 1")).scalar()


def run_in_threads(count, function):
    with ThreadPoolExecutor(count) as pool:
        futures = [pool.submit(function) for _ in range(count)]
        return [future.exception(PATIENCE) or future.result() for future in futures]


@pytest.mark.parametrize("connected", [True, False])
def test_frozen_postgresql_is_an_error_in_time(engine, cluster, short_limit, connected):
    if connected:
        with engine.connect():  # without a time limit
            pass
    with cluster.frozen():
        for error in run_in_threads(MOST_PER_WORKER, lambda: read(engine)):
            assert isinstance(error, StorageError)
    short_limit.undo()
    assert read(engine) == 1


def test_frozen_commit_is_an_error_in_time(engine, cluster, short_limit):
    frozen = cluster.frozen()
    stalled = pytest.raises(StorageError, match="DatabaseStalled, PostgreSQL does not answer")
    with stalled, translate_database_errors(), engine.begin() as connection:
        connection.execute(text("SELECT 1"))
        frozen.__enter__()
    frozen.__exit__(None, None, None)
    short_limit.undo()
    assert read(engine) == 1


@pytest.mark.usefixtures("patient")
def test_requests_wait_for_a_connection(cluster, postgresql_url):
    """Six processes may open 24 connections; their role has 20."""
    cluster.sql("CREATE ROLE limited LOGIN CONNECTION LIMIT 20")
    url = postgresql_url.replace("tests@", "limited@")
    engines = [open_database(url) for _ in range(6)]

    def read_slowly(engine):
        with translate_database_errors(), engine.connect() as connection:
            return connection.execute(text("SELECT pg_sleep(0.01), 1")).one()[1]

    try:
        results = run_in_threads(96, lambda: [read_slowly(engine) for engine in engines[:5]])
        assert results == [[1] * 5] * 96
        engines[0].dispose()
        assert run_in_threads(4, lambda: read_slowly(engines[5])) == [1] * 4
    finally:
        for engine in engines:
            engine.dispose()
        cluster.sql("DROP ROLE limited")


@pytest.mark.usefixtures("patient")
def test_connection_is_opened_when_the_role_has_room_again(cluster, postgresql_url):
    cluster.sql("CREATE ROLE limited LOGIN CONNECTION LIMIT 1")
    url = postgresql_url.replace("tests@", "limited@")
    engine = open_database(url)
    try:
        other = psycopg.connect(url)
        threading.Timer(0.5, other.close).start()
        assert read(engine) == 1
    finally:
        engine.dispose()
        cluster.sql("DROP ROLE limited")


class TestOperation:
    def test_time_is_shared_by_nested_operations(self, monkeypatch):
        monkeypatch.setattr(time_limit, "TIMEOUT", 100)
        assert time_limit.remaining() == 100
        with time_limit.operation():
            time.sleep(0.01)
            with time_limit.operation():
                assert time_limit.remaining() < 100
            assert time_limit.remaining() < 100
        assert time_limit.remaining() == 100

    def test_remaining_time_is_never_negative(self, monkeypatch):
        monkeypatch.setattr(time_limit, "TIMEOUT", -1)
        with time_limit.operation():
            assert time_limit.remaining() == 0

    def test_stalled_database_does_not_take_every_thread(self, monkeypatch):
        monkeypatch.setattr(time_limit, "STALLED_AFTER", 0)
        may_end = threading.Event()
        waiting = threading.Semaphore(0)

        def wait():
            with time_limit.operation():
                waiting.release()
                may_end.wait(PATIENCE)

        with ThreadPoolExecutor(time_limit.MAX_WAITING) as pool:
            for _ in range(time_limit.MAX_WAITING):
                pool.submit(wait)
            for _ in range(time_limit.MAX_WAITING):
                waiting.acquire()
            refused = pytest.raises(StorageError, match="64 requests wait for it")
            with refused, time_limit.operation():
                pass
            may_end.set()
        with time_limit.operation():
            pass
