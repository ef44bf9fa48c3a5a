"""The summary of a model in production: everything that monitoring knows, for a window of days."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sqlalchemy import Connection, Engine

from credit_scoring.database.read_transaction import read_transaction
from credit_scoring.errors import CreditScoringError
from credit_scoring.monitoring.alarms.alarm_log import read_alarm_states
from credit_scoring.monitoring.alarms.evaluate import evaluate
from credit_scoring.monitoring.alarms.rules import Rule
from credit_scoring.monitoring.counts_store import CountedModel, Queue, models, read_queue
from credit_scoring.monitoring.facts_cache import FactsCache
from credit_scoring.monitoring.model_facts import DayWindow, FindManifest, ModelFacts
from credit_scoring.monitoring.sentence import Language, Sentence
from credit_scoring.monitoring.summary_parts import (
    counts_parts,
    days_dict,
    model_dict,
    performance_parts,
    what_is_missing,
)
from credit_scoring.monitoring.summary_shape import MonitoringSummary

DEFAULT_DAYS = 90


class UnknownModelError(CreditScoringError):
    """No decision of such a model is counted."""

    status = 404
    title = "No such model"


@dataclass(frozen=True)
class SummaryQuery:
    """What a summary is about; None stands for the default.

    `since` to `until`, both inclusive: the last 90 days until today. `against`: the window that
    drift is computed against, else training. `model`: a version or the start of a digest, else
    `served`, the digest of the model in use, else the model with the newest decisions. `language`
    is that of the sentences.
    """

    since: date | None = None
    until: date | None = None
    against: DayWindow | None = None
    model: str | None = None
    served: str | None = None
    language: Language = "en"

    def window(self, today: date) -> DayWindow:
        """The window of days."""
        until = self.until or max(today, self.since or today)
        return DayWindow(self.since or DayWindow.ending(until, DEFAULT_DAYS).since, until)


@dataclass(frozen=True)
class SummarySource:
    """Where a summary comes from: the database, the manifests of models, the alarm rules."""

    engine: Engine
    find_manifest: FindManifest
    rules: Sequence[Rule]
    cache: FactsCache = field(default_factory=FactsCache, repr=False, compare=False)

    def facts(
        self,
        query: SummaryQuery,
        counted: Sequence[CountedModel],
        database: Engine | Connection,
        queue: Queue | None = None,
    ) -> ModelFacts | None:
        """The facts of the model of `query`, one of `counted`.

        If nothing is counted, those of the model in use, without decisions; None if it is unknown.

        UnknownModelError if `query` names another model.
        """
        today = datetime.now(UTC).date()
        model = choose_model(query, counted) or self._without_decisions(query, today)
        if model is None:
            return None
        return self.facts_of(model, today, database, queue)

    def facts_of(
        self,
        model: CountedModel,
        today: date,
        database: Engine | Connection | None = None,
        queue: Queue | None = None,
    ) -> ModelFacts:
        """The facts of a counted model until `today`."""
        database = database or self.engine
        queue = queue or read_queue(database)
        return self.cache.read(database, model, self.find_manifest, today, queue)

    def _without_decisions(self, query: SummaryQuery, today: date) -> CountedModel | None:
        manifest = self.find_manifest(query.served) if query.served else None
        if manifest is None or query.served is None:
            return None
        return CountedModel(query.served, manifest.version, today, today, 0)


def choose_model(query: SummaryQuery, counted: Sequence[CountedModel]) -> CountedModel | None:
    """The model that `query` is about; UnknownModelError if it names none of `counted`."""
    if query.model is not None:
        for model in counted:
            if model.version == query.model or model.digest.startswith(query.model):
                return model
        known = ", ".join(model.version for model in counted) or "none"
        raise UnknownModelError(
            f"no decision of model {query.model!r} is counted: choose one of {known}"
        )
    served = (model for model in counted if model.digest == query.served)
    return next(served, counted[0] if counted else None)


def read_summary(source: SummarySource, query: SummaryQuery) -> MonitoringSummary:
    """The summary; UnknownModelError for an unknown model, StorageError without a database."""
    return read_summary_and_facts(source, query)[0]


def read_summary_and_facts(
    source: SummarySource, query: SummaryQuery
) -> tuple[MonitoringSummary, ModelFacts | None]:
    """The summary, and the facts that it is made of; None if nothing is counted."""
    with read_transaction(source.engine) as connection:
        counted = models(connection)
        queue = read_queue(connection)
        is_known = counted or query.model
        facts = source.facts(query, counted, connection, queue) if is_known else None
        states = read_alarm_states(connection)
    window = query.window(facts.today if facts else datetime.now(UTC).date())
    summary = _empty_summary(query, window, queue.records)
    if facts is None:
        return summary, None
    alarms = evaluate(facts, source.rules, states)
    missing = what_is_missing(facts, window, query.against)
    return {
        **summary,
        "model": model_dict(facts.model, facts.manifest),
        "models": [model_dict(model, source.find_manifest(model.digest)) for model in counted],
        "missing": [sentence.text(query.language) for sentence in missing],
        **counts_parts(facts, window, query.against, query.language),
        **performance_parts(facts, window, query.language),
        "alarms": [alarm.as_dict(query.language) for alarm in alarms],
    }, facts


def _empty_summary(query: SummaryQuery, window: DayWindow, uncounted: int) -> MonitoringSummary:
    return {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": None,
        "models": [],
        "window": days_dict(window),
        "against": days_dict(query.against) if query.against else None,
        "missing": [Sentence("missing.decisions").text(query.language)],
        "uncounted": uncounted,
        "volume": None,
        "days": [],
        "latency": None,
        "score": None,
        "drift": None,
        "refused_requests": {"number": 0, "share": None, "rows": []},
        "performance": None,
        "calibration": None,
        "expected_performance": None,
        "alarms": [],
    }
