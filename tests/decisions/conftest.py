"""A decision log on each kind of database, and entries to append."""

import json

import pytest

from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.decisions.records import IdempotencyRecord, LogEntry
from credit_scoring.scoring.decision import decide


@pytest.fixture
def entry():
    """Create a log entry: `entry(probability, inputs, **columns)`."""

    def create(probability=0.05, inputs=None, **columns):
        defaults = {
            "inputs": json.dumps({"AMT_CREDIT": 450000.0} if inputs is None else inputs),
            "model_digest": "d" * 64,
            "request_id": "r",
        }
        decision = decide(probability, 0.09, "d" * 12)
        return LogEntry(decision=decision, **{**defaults, **columns})

    return create


@pytest.fixture
def record():
    """Create an idempotency record: `record(key, **columns)`."""

    def create(key="order-1", **columns):
        defaults = {"key_id": "k1", "body_digest": "b" * 64, "answer": '{"a": 1}'}
        return IdempotencyRecord(idempotency_key=key, **{**defaults, **columns})

    return create


@pytest.fixture
def log(engine):
    return DecisionLog(engine)
