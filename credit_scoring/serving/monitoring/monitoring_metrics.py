"""Gauges of monitoring for Prometheus. Each worker shows what it has seen last."""

import time
from typing import TYPE_CHECKING

from prometheus_client import Gauge
from sqlalchemy import Engine

from credit_scoring.monitoring.counts_store import uncounted_records
from credit_scoring.serving.middleware.metrics import REGISTRY

if TYPE_CHECKING:
    from credit_scoring.monitoring.check import AlarmCheck

ALARM = Gauge(
    "credit_scoring_alarm",
    "Whether the alarm of a rule is on (1) or off (0).",
    ["rule"],
    registry=REGISTRY,
    multiprocess_mode="livemostrecent",
)
SCORE_PSI = Gauge(
    "credit_scoring_score_psi",
    "PSI of the score of the last 30 days against training; 0 if it is not known.",
    registry=REGISTRY,
    multiprocess_mode="livemostrecent",
)
UNCOUNTED = Gauge(
    "credit_scoring_uncounted_records",
    "Decisions and outcomes that monitoring has not counted yet.",
    registry=REGISTRY,
    multiprocess_mode="livemostrecent",
)
COUNTED_AT = Gauge(
    "credit_scoring_counted_timestamp_seconds",
    "When monitoring counted last, in seconds since 1970; 0 before the first time.",
    registry=REGISTRY,
    multiprocess_mode="livemax",
)


def show_count(engine: Engine) -> None:
    """Show that everything was counted now, or how much is left; StorageError if unknown."""
    UNCOUNTED.set(uncounted_records(engine))
    COUNTED_AT.set(time.time())


def show_alarms(check: "AlarmCheck") -> None:
    """Set the gauges: one per alarm rule, and the PSI of the score."""
    for alarm in check.alarms:
        ALARM.labels(alarm.rule.name).set(alarm.state == "on")
    SCORE_PSI.set(check.score_psi or 0.0)
