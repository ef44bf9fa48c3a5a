"""A decision log on each kind of database, and entries to append."""

import pytest

from credit_scoring.decisions.decision_log import DecisionLog
from tests.log_entries import idempotency_record, log_entry


@pytest.fixture
def entry():
    """Create a log entry: `entry(probability, inputs, **columns)`."""
    return log_entry


@pytest.fixture
def record():
    """Create an idempotency record: `record(key, **columns)`."""
    return idempotency_record


@pytest.fixture
def log(engine):
    return DecisionLog(engine)
