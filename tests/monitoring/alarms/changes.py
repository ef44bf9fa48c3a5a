"""Alarm changes for tests."""

from datetime import date

from credit_scoring.monitoring.alarms.alarm_log import NewChange

MODEL = "a" * 64


def new_change(rule="drift", state="on", **values):
    defaults = {
        "model_digest": MODEL,
        "value": 30.0,
        "limit_value": 25.0,
        "since": date(2026, 11, 20),
        "message": "EXT_SOURCE_2 drifts",
    }
    return NewChange(rule=rule, state=state, **{**defaults, **values})
