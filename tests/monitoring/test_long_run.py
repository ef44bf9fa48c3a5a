"""Memory of a worker that counts and evaluates for a long time."""

import gc
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from credit_scoring.database.engine import open_database
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.monitoring.aggregate import Aggregator
from credit_scoring.monitoring.alarms.rules import load_rules
from credit_scoring.monitoring.check import check_alarms
from credit_scoring.monitoring.summary import SummaryQuery, SummarySource, read_summary
from tests.database_fixtures import migrate_database
from tests.monitoring.counted_log import bundle_with_reference, digest_of, entries

ROUNDS = 80
GROWTH = 40_000  # bytes that may stay after all rounds: half a kilobyte per round does not fit


@pytest.fixture
def engine(tmp_path):
    url = f"sqlite:///{tmp_path}/decisions.db"
    migrate_database(url)
    engine = open_database(url)
    yield engine
    engine.dispose()


def test_memory_does_not_grow_with_the_rounds(engine, tmp_path):
    bundle = bundle_with_reference(tmp_path / "bundle")
    by_digest = {digest_of(bundle): bundle}
    aggregator, log = Aggregator(engine, by_digest.get), DecisionLog(engine)
    manifests = {digest_of(bundle): bundle.manifest}
    source = SummarySource(engine, manifests.get, load_rules(None))
    start = datetime.now(UTC) - timedelta(hours=1)

    def work(rounds):
        for number in rounds:
            log.append(entries(bundle, 2, start=start, per_day=10**6, seed=number))
            assert aggregator.run(limit=200, chunk=200).decisions == 2
            check_alarms(source, bundle.manifest)
        read_summary(source, SummaryQuery())
        gc.collect()

    tracemalloc.start()
    work(range(ROUNDS))  # caches fill up
    before = tracemalloc.get_traced_memory()[0]
    work(range(ROUNDS, 2 * ROUNDS))
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < GROWTH
