"""Faults of the aggregator: whatever breaks, the counts equal the log in the end."""

import contextlib
import itertools
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import psycopg
import pytest
from sqlalchemy import event, text

from credit_scoring.database import time_limit
from credit_scoring.database.engine import open_database
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.errors import StorageError
from credit_scoring.monitoring.aggregate import Aggregator, CountedRecords
from credit_scoring.monitoring.counts_store import models, uncounted_records
from tests.monitoring.counted_log import (
    assert_counts_equal_the_log,
    bundle_with_reference,
    digest_of,
    entries,
)
from tests.server_process import PATIENCE, ROOT

KILLS = 2
AGGREGATOR = """
import sys
from credit_scoring.database.engine import open_database
from credit_scoring.monitoring.aggregate import Aggregator
Aggregator(open_database(sys.argv[1]), lambda digest: None).run(chunk=1)
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return bundle_with_reference(tmp_path_factory.mktemp("models") / "latest")


@pytest.fixture
def new_aggregator(engine, bundle):
    """Create an aggregator, on the test's engine or on another."""

    def create(own_engine=engine):
        return Aggregator(own_engine, {digest_of(bundle): bundle}.get)

    return create


def append(log, bundle, count, **options):
    """Append decisions; every second has an outcome, every fourth a corrected one."""
    new_entries = entries(bundle, count, **options)
    log.append(new_entries)
    for number, entry in enumerate(new_entries):
        for outcome in (1, 0)[: {0: 2, 2: 1}.get(number % 4, 0)]:
            log.add_outcome(entry.decision_id, outcome=outcome)


@pytest.fixture
def log(engine, bundle):
    log = DecisionLog(engine)
    append(log, bundle, 24)
    return log


@contextlib.contextmanager
def failing_statement(engine, number):
    """The statement with this number fails, as if the process had ended before it."""
    counter = itertools.count()

    def fail(*_arguments):
        if next(counter) == number:
            raise ZeroDivisionError

    event.listen(engine, "before_cursor_execute", fail)
    yield
    event.remove(engine, "before_cursor_execute", fail)


@pytest.mark.usefixtures("log")
def test_interruption_at_any_statement_loses_and_repeats_nothing(engine, new_aggregator, bundle):
    finished = False
    for number in itertools.count():
        with failing_statement(engine, number), contextlib.suppress(ZeroDivisionError):
            new_aggregator().run(chunk=1000, limit=5)
            finished = number > 0
        if finished:
            break
    assert number > 4
    new_aggregator().run()
    assert_counts_equal_the_log(engine, digest_of(bundle))


@pytest.mark.usefixtures("log")
def test_killed_aggregators_lose_and_repeat_nothing(engine, database_url, new_aggregator, bundle):
    """Processes are killed (SIGKILL) while they count; the next one continues."""
    append(DecisionLog(engine), bundle, 200, seed=1)
    waiting = uncounted_records(engine)
    for _ in range(KILLS):
        command = [sys.executable, "-c", AGGREGATOR, database_url]
        with subprocess.Popen(command, cwd=ROOT) as process:
            while uncounted_records(engine) == waiting and process.poll() is None:
                sleep(0.02)
            process.kill()
        assert uncounted_records(engine) < waiting
        waiting = uncounted_records(engine)
    new_aggregator().run()
    assert_counts_equal_the_log(engine, digest_of(bundle))


def test_aggregators_at_once_count_each_decision_once(
    engine, log, database_url, new_aggregator, bundle
):
    """Three count, each with connections of its own, while decisions and outcomes arrive."""
    engines = [open_database(database_url) for _ in range(3)]
    with ThreadPoolExecutor(4) as pool:
        writer = pool.submit(lambda: [append(log, bundle, 8, seed=seed) for seed in range(1, 8)])
        aggregators = [new_aggregator(own_engine) for own_engine in engines]
        results = []
        while not writer.done():
            results += pool.map(lambda aggregator: aggregator.run(chunk=3), aggregators)
        writer.result(timeout=PATIENCE)
    total = sum([*results, new_aggregator().run()], CountedRecords())
    assert_counts_equal_the_log(engine, digest_of(bundle))
    assert total == CountedRecords(decisions=24 + 7 * 8, outcomes=18 + 7 * 6)
    for own_engine in engines:
        own_engine.dispose()


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("earlier", [0, 1, 2])
def test_batch_that_another_aggregator_counted_is_read_again(
    engine, new_aggregator, bundle, monkeypatch, earlier
):
    """The other one counts the rest after `earlier` batches, when the next is read ahead."""
    slow, fast = new_aggregator(), new_aggregator()
    count, batches, results = slow._count, [], []

    def count_after_the_other(batch):
        batches.append(batch)
        if len(batches) == earlier + 1:
            results.append(fast.run(chunk=7))
        return count(batch)

    monkeypatch.setattr(slow, "_count", count_after_the_other)
    assert slow.run(chunk=5) == CountedRecords(5 * earlier, 0)
    assert results == [CountedRecords(24 - 5 * earlier, 18)]
    assert_counts_equal_the_log(engine, digest_of(bundle))


@pytest.mark.usefixtures("log")
def test_batch_that_is_not_whole_in_the_queue_any_more_is_not_counted(
    engine, new_aggregator, monkeypatch
):
    """As if another program had restored the queue or removed a part of it."""
    aggregator = new_aggregator()
    count = aggregator._count

    def count_while_one_is_removed(batch):
        with engine.begin() as connection:
            statement = text("DELETE FROM uncounted WHERE record_id = :id")
            assert connection.execute(statement, {"id": batch.record_ids[1]}).rowcount == 1
        return count(batch)

    monkeypatch.setattr(aggregator, "_count", count_while_one_is_removed)
    with pytest.raises(StorageError, match="queued records were not there any more: 1"):
        aggregator.run()
    assert (models(engine), uncounted_records(engine)) == ([], 23 + 18)


@contextlib.contextmanager
def write_lock(engine):
    """Hold a lock that the aggregator needs from another connection."""
    if engine.dialect.name == "sqlite":
        with contextlib.closing(sqlite3.connect(engine.url.database)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
        return
    with psycopg.connect(str(engine.url.set(drivername="postgresql"))) as connection:
        connection.execute("LOCK TABLE monitoring_state IN EXCLUSIVE MODE")
        yield


@pytest.mark.usefixtures("log")
def test_locked_database_is_an_error_and_loses_nothing(
    engine, database_url, new_aggregator, bundle, monkeypatch
):
    monkeypatch.setattr(time_limit, "TIMEOUT", 1)
    impatient = open_database(database_url)
    with write_lock(engine), pytest.raises(StorageError, match="the database is not available"):
        new_aggregator(impatient).run()
    impatient.dispose()
    monkeypatch.setattr(time_limit, "TIMEOUT", PATIENCE)
    assert uncounted_records(engine) == 24 + 18
    new_aggregator().run()
    assert_counts_equal_the_log(engine, digest_of(bundle))
