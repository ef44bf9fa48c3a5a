"""Every decision and outcome enters the queue of what monitoring has to count, exactly once."""

import pytest
from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import IntegrityError

from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import migrate
from credit_scoring.database.plain_insert import insert_rows
from credit_scoring.database.table_definitions import decisions, uncounted
from credit_scoring.decisions.decision_log import DecisionLog
from tests.database.log_rows import insert_log_rows
from tests.log_entries import idempotency_record, log_entry


def queued(engine):
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(uncounted))]


def in_queue(entries):
    return sorted(("decision", entry.decision_id) for entry in entries)


@pytest.fixture
def log(engine):
    return DecisionLog(engine)


def test_decisions_and_outcomes_are_queued(engine, log):
    plain, with_key = log_entry(), log_entry()
    log.append([plain])
    log.append([with_key], idempotency_record=idempotency_record())
    log.append(
        [log_entry()], idempotency_record=idempotency_record()
    )  # answered by the record: not stored
    outcome = log.add_outcome(plain.decision_id, outcome=1)
    log.add_review(plain.decision_id, outcome="REFUSED", reviewer="ada", reason="")
    expected = [*in_queue([plain, with_key]), ("outcome", outcome.outcome_id)]
    assert sorted(queued(engine)) == expected


def test_bulk_insert_is_queued(engine):
    entries = [log_entry(kind="batch") for _ in range(250)]
    with engine.begin() as connection:
        insert_rows(connection, decisions, [one.row() for one in entries])
    assert sorted(queued(engine)) == in_queue(entries)


def test_decision_that_is_not_committed_is_not_queued(engine, log):
    duplicate = log_entry()
    with pytest.raises(IntegrityError):
        log.append([log_entry(), duplicate, duplicate])
    log.check()  # the probe inserts a decision and rolls it back
    assert queued(engine) == []


def test_queue_does_not_keep_a_decision_from_being_stored(engine, log):
    """As after a restore of the queue from another time than the log."""
    one = log_entry()
    with engine.begin() as connection:
        row = {"record_kind": "decision", "record_id": one.decision_id}
        connection.execute(insert(uncounted), row)
    log.append([one])
    assert log.count() == 1
    assert queued(engine) == in_queue([one])


def test_queue_may_be_emptied(engine, log):
    log.append([log_entry()])
    with engine.begin() as connection:
        assert connection.execute(delete(uncounted)).rowcount == 1
    assert queued(engine) == []


def test_migration_queues_the_earlier_rows_and_the_earlier_version_the_next(empty_url):
    """The rows are inserted as by a version before the migration, which still runs."""
    engine = open_database(empty_url, limited=False)
    migrate(engine, to="0009")
    insert_log_rows(engine)
    migrate(engine)
    assert sorted(queued(engine)) == [("decision", "d"), ("outcome", "o")]
    with engine.begin() as connection:
        statement = text(
            "INSERT INTO outcomes (outcome_id, decision_id, made_at, key_id, outcome) "
            "VALUES ('p', 'd', '2026-01-02 03:04:05', '', 0)"
        )
        connection.execute(statement)
    assert sorted(queued(engine))[1:] == [("outcome", "o"), ("outcome", "p")]
    engine.dispose()
