"""Connections per worker: a plan of 20 connections is enough for any number of workers."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from credit_scoring.database.connection_limit import (
    COMMANDS,
    MASTERS,
    SMALL_PLAN,
    ConnectionLimit,
    limit_per_worker,
)
from credit_scoring.database.engine import open_database
from credit_scoring.database.errors import translate_database_errors
from tests.server_process import PATIENCE

WORKERS = 24  # more than the plan has connections


@pytest.mark.parametrize("workers", [*range(1, 33), 256])
def test_two_versions_of_the_service_fit_a_small_plan(workers):
    limit = limit_per_worker(workers, None)
    open_connections = 2 * workers * limit.connections if limit.keep_open else 0
    assert open_connections + MASTERS + COMMANDS <= SMALL_PLAN
    assert limit.connections >= 1


@pytest.mark.parametrize("workers", [1, 24])
def test_setting_overrides_the_default(workers):
    assert limit_per_worker(workers, 7) == ConnectionLimit(7, keep_open=True)


@pytest.fixture
def limited_role(cluster, postgresql_url):
    """The URL of a role that may open as many connections as a small plan."""
    cluster.sql(f"CREATE ROLE small_plan LOGIN CONNECTION LIMIT {SMALL_PLAN}")
    yield postgresql_url.replace("tests@", "small_plan@")
    cluster.sql("DROP ROLE small_plan")


@pytest.fixture
def open_engine():
    engines = []

    def open_engine(url, limit):
        engines.append(open_database(url, connection_limit=limit))
        return engines[-1]

    yield open_engine
    for engine in engines:
        engine.dispose()


def process_id(engine):
    """The process of PostgreSQL that serves a connection."""
    with translate_database_errors(), engine.connect() as connection:
        return connection.execute(text("SELECT pg_sleep(0.005), pg_backend_pid()")).one()[1]


@pytest.mark.usefixtures("patient")
def test_more_workers_than_connections_take_turns(limited_role, open_engine):
    limit = limit_per_worker(WORKERS, None)
    engines = [open_engine(limited_role, limit) for _ in range(WORKERS)]
    with ThreadPoolExecutor(2 * WORKERS) as pool:
        served = [pool.submit(process_id, engine) for _ in range(4) for engine in engines]
        assert all(future.result(PATIENCE) for future in served)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("keep_open", [True, False])
def test_connection_stays_open_only_if_there_is_room(postgresql_url, open_engine, keep_open):
    engine = open_engine(postgresql_url, ConnectionLimit(1, keep_open=keep_open))
    assert (process_id(engine) == process_id(engine)) is keep_open


@pytest.mark.usefixtures("patient")
def test_threads_of_a_process_share_its_connections(postgresql_url, open_engine):
    engine = open_engine(postgresql_url, ConnectionLimit(3))
    with ThreadPoolExecutor(16) as pool:
        assert len({*pool.map(process_id, [engine] * 64)}) <= 3
