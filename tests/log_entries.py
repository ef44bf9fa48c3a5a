"""Entries of the decision log, as a service would append them."""

import json

from credit_scoring.decisions.records import IdempotencyRecord, LogEntry
from credit_scoring.scoring.decision import decide


def log_entry(probability=0.05, inputs=None, **columns):
    """A decision with the threshold 0.09; `inputs` by name, or their stored text."""
    if not isinstance(inputs, str):
        inputs = json.dumps({"AMT_CREDIT": 450000.0} if inputs is None else inputs)
    defaults = {"inputs": inputs, "model_digest": "d" * 64, "request_id": "r"}
    decision = decide(probability, 0.09, "d" * 12)
    return LogEntry(decision=decision, **{**defaults, **columns})


def idempotency_record(key="order-1", **columns):
    """The record of an answer under a key."""
    defaults = {"key_id": "k1", "body_digest": "b" * 64, "answer": '{"a": 1}'}
    return IdempotencyRecord(idempotency_key=key, **{**defaults, **columns})
