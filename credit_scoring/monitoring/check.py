"""One check of the alarms of the model in use: evaluated, and stored if they go on or off."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from credit_scoring.bundle.manifest import Manifest
from credit_scoring.monitoring.alarms.alarm_log import AlarmChange, AlarmLog, NewChange
from credit_scoring.monitoring.alarms.evaluate import Alarm, store_changes, unknown_alarms
from credit_scoring.monitoring.counts_store import CountedModel, models
from credit_scoring.monitoring.drift.results import SCORE
from credit_scoring.monitoring.model_facts import DayWindow
from credit_scoring.monitoring.summary import SummarySource
from credit_scoring.monitoring.summary_parts import feature_drifts

SCORE_DAYS = 30  # of the PSI of the score that is shown


@dataclass(frozen=True)
class AlarmCheck:
    """The alarms of a model, the changes that are stored now, and the PSI of its score.

    The PSI is that of the last 30 days; None if it is not known. `unknown`: the alarms that stay
    on because another process may have their rules.
    """

    alarms: list[Alarm]
    changes: list[NewChange]
    score_psi: float | None
    unknown: list[AlarmChange]


def check_alarms(
    source: SummarySource, served: Manifest, *, has_all_rules: bool = True
) -> AlarmCheck:
    """Evaluate the alarms of the served model, and store those that go on or off.

    `has_all_rules` is False if another process may have more rules: `store_changes`. StorageError
    if the database is not available.
    """
    today = datetime.now(UTC).date()
    model = _counted(source, served, today)
    facts = source.facts_of(model, today)
    alarm_log = AlarmLog(source.engine)
    alarms, changes = store_changes(alarm_log, facts, source.rules, has_all_rules=has_all_rules)
    unknown = unknown_alarms(alarm_log.states(), facts, source.rules)
    drifts = feature_drifts(facts, DayWindow.ending(today, SCORE_DAYS), None)
    score_psi = drifts[SCORE].psi if SCORE in drifts else None
    return AlarmCheck(alarms, changes, score_psi, unknown)


def _counted(source: SummarySource, served: Manifest, today: date) -> CountedModel:
    """The served model, with or without decisions."""
    digest = served.pickle["sha256"]
    without = CountedModel(digest, served.version, today, today, 0)
    return next((m for m in models(source.engine) if m.digest == digest), without)
