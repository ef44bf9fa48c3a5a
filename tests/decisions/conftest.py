"""A log on either kind of database, and entries for it."""

import json

import pytest

from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.decisions.records import LogEntry
from credit_scoring.scoring.decision import decide


def an_entry(probability=0.05, inputs=None, **columns):
    given = {
        "inputs": json.dumps({"AMT_CREDIT": 450000.0} if inputs is None else inputs),
        "model_digest": "d" * 64,
        "request_id": "r",
    }
    return LogEntry(decision=decide(probability, 0.09, "d" * 12), **{**given, **columns})


@pytest.fixture
def entry():
    return an_entry


@pytest.fixture
def log(engine):
    return DecisionLog(engine)
