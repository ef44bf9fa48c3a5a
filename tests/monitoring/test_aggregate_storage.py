"""The database is full or read-only while the aggregator counts: nothing is lost or repeated."""

import contextlib
import sqlite3

import pytest
from sqlalchemy import event, text

from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.errors import StorageError
from credit_scoring.monitoring.aggregate import Aggregator
from credit_scoring.monitoring.counts_store import uncounted_records
from tests.monitoring.counted_log import (
    assert_counts_equal_the_log,
    bundle_with_reference,
    digest_of,
    entries,
)

DECISIONS = 60  # over 60 days: their counts need more pages than the queue frees


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return bundle_with_reference(tmp_path_factory.mktemp("models") / "latest")


@pytest.fixture
def log(engine, bundle):
    log = DecisionLog(engine)
    log.append(entries(bundle, DECISIONS, per_day=1))
    return log


@contextlib.contextmanager
def pragma(engine, statement):
    """New connections of SQLite run `statement` first."""

    def execute(connection, _record):
        connection.execute(statement)

    event.listen(engine, "connect", execute)
    engine.dispose()
    yield
    event.remove(engine, "connect", execute)
    engine.dispose()


@contextlib.contextmanager
def full(engine):
    with contextlib.closing(sqlite3.connect(engine.url.database)) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    with pragma(engine, f"PRAGMA max_page_count = {pages}"):
        yield


@contextlib.contextmanager
def read_only(engine):
    if engine.dialect.name == "sqlite":
        with pragma(engine, "PRAGMA query_only = 1"):
            yield
        return
    set_read_only(engine, "on")
    yield
    set_read_only(engine, "off")


def set_read_only(engine, value):
    """For new connections to the PostgreSQL database."""
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("SET default_transaction_read_only = off"))
        setting = f"SET default_transaction_read_only = {value}"
        connection.execute(text(f"ALTER DATABASE {engine.url.database} {setting}"))
    engine.dispose()


def assert_fold_fails_and_is_made_up_for(engine, bundle, fault, message):
    aggregator = Aggregator(engine, {digest_of(bundle): bundle}.get)
    with fault(engine), pytest.raises(StorageError, match=message):
        aggregator.run(chunk=50)
    assert uncounted_records(engine) == DECISIONS
    aggregator.run(chunk=50)
    assert_counts_equal_the_log(engine, digest_of(bundle))


@pytest.mark.usefixtures("log")
def test_read_only_database_is_an_error_and_loses_nothing(engine, bundle):
    assert_fold_fails_and_is_made_up_for(engine, bundle, read_only, "is read-only")


@pytest.mark.usefixtures("log")
def test_full_database_is_an_error_and_loses_nothing(engine, bundle):
    if engine.dialect.name == "postgresql":
        pytest.skip("PostgreSQL's disk cannot be filled for one database")
    assert_fold_fails_and_is_made_up_for(engine, bundle, full, "the disk is full")
