"""Simulated traffic in the log: complete, and not twice however often it is written."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from credit_scoring.database.table_definitions import decisions, outcomes
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.laboratory.simulation.write_log import write_traffic
from credit_scoring.progress import ignore_progress


@pytest.fixture
def days(make_days):
    return make_days(weeks=1, outcomes_after=0)


def rows(engine, table):
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def write(engine, days):
    return write_traffic(engine, days, 350, ignore_progress)


def test_log_holds_what_was_simulated(engine, days):
    counts = write(engine, days)
    accepted = 350 - counts["refused"]
    assert counts == Counter(
        decisions=350, refused=counts["refused"], outcomes=accepted, due=0, present=0,
        defaults=counts["defaults"],
    )  # fmt: skip
    assert (rows(engine, decisions), rows(engine, outcomes)) == (350, accepted)
    entry = days[3].entries[7]
    stored = DecisionLog(engine).find(entry.decision_id)
    assert (stored.probability, stored.kind) == (entry.decision.probability, "predict")
    assert (stored.handler_ms, stored.model_ms) == (
        entry.durations.handler_ms, entry.durations.model_ms,
    )  # fmt: skip
    assert 0 < stored.model_ms < stored.handler_ms < 100
    assert stored.outcomes == [days[3].outcomes[o] for o in [entry.decision_id] if not stored.score]


def test_repetition_adds_nothing(engine, days):
    first = write(engine, days)
    assert write(engine, days) == first + Counter(present=350)
    assert rows(engine, decisions) == 350


def test_interrupted_run_is_completed(engine, days):
    DecisionLog(engine).append(days[0].entries)  # as killed before the day's outcomes
    counts = write(engine, days)
    assert counts["present"] == 50
    assert (rows(engine, decisions), rows(engine, outcomes)) == (350, counts["outcomes"])
