"""The queue of what is not counted yet: decisions and outcomes as the aggregator reads them.

Plain SQL: a time becomes its day in UTC in the database, and SQLite gives inputs as bytes, which
need not be text if the file is damaged.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, Engine, TextClause, text

from credit_scoring.database.read_transaction import read_transaction
from credit_scoring.errors import StorageError

NO_STATE = "monitoring_state has no row: another program changed the database; restore a backup"
DAY = "substr(CAST(d.made_at AS TEXT), 1, 10)"
DECISIONS = f"""
SELECT q.record_id, {DAY}, d.kind, d.model_digest, d.model_version, d.names_id, {{inputs}},
    d.probability, d.decision, d.handler_ms, d.model_ms
FROM uncounted AS q LEFT JOIN decisions AS d ON d.decision_id = q.record_id
WHERE q.record_kind = 'decision' ORDER BY q.record_id LIMIT :limit
"""  # noqa: S608
# `earlier`: the outcome that this one corrects. Outcomes of a decision have ascending ids.
OUTCOMES = f"""
SELECT q.record_id, {DAY}, d.kind, d.model_digest, d.model_version, d.probability, d.decision,
    o.outcome, (
        SELECT e.outcome FROM outcomes AS e
        WHERE e.decision_id = o.decision_id AND e.outcome_id < o.outcome_id
        ORDER BY e.outcome_id DESC LIMIT 1
    ) AS earlier
FROM uncounted AS q LEFT JOIN outcomes AS o ON o.outcome_id = q.record_id
    LEFT JOIN decisions AS d ON d.decision_id = o.decision_id
WHERE q.record_kind = 'outcome' ORDER BY q.record_id LIMIT :limit
"""  # noqa: S608


class CountsKey(NamedTuple):
    """The primary key of a row of `monitoring_counts`."""

    model_digest: str
    day: date


class DecisionRow(NamedTuple):
    """A decision of the queue; `day` as 2026-11-28. None in all but the id: it does not exist."""

    decision_id: str
    day: str
    kind: str
    model_digest: str
    model_version: str
    names_id: str | None
    inputs: str | bytes | None
    probability: float
    decision: str
    handler_ms: float | None
    model_ms: float | None


class OutcomeRow(NamedTuple):
    """An outcome of the queue, 0 or 1, with its decision; None as of `DecisionRow`."""

    outcome_id: str
    day: str
    kind: str
    model_digest: str
    model_version: str
    probability: float
    decision: str
    outcome: int
    earlier: int | None


class Batch(NamedTuple):
    """Records to count together, of one kind, and the state of the counts they are added to."""

    state: int
    decisions: Sequence[DecisionRow]
    outcomes: Sequence[OutcomeRow]

    @property
    def record_kind(self) -> str:
        """The records' kind in the queue."""
        return "decision" if self.decisions else "outcome"

    @property
    def record_ids(self) -> list[str]:
        """The ids of the records."""
        decisions = [row.decision_id for row in self.decisions]
        return decisions + [row.outcome_id for row in self.outcomes]


class QueueReader:
    """Reads the queue of `engine`, oldest records first."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        sqlite = engine.dialect.name == "sqlite"
        inputs = "CAST(d.inputs AS BLOB)" if sqlite else "d.inputs"
        self._decisions: TextClause = text(DECISIONS.format(inputs=inputs))
        self._outcomes: TextClause = text(OUTCOMES)

    def read(self, limit: int) -> Batch:
        """The next records, at most `limit`, decisions before outcomes.

        The state is read first: counts of another process that come later change it. StorageError
        if the database is not available.
        """
        with read_transaction(self._engine) as connection:
            state = read_state(connection)
            rows = connection.execute(self._decisions, {"limit": limit}).all()
            decisions = [DecisionRow._make(row) for row in rows]
            if decisions:
                return Batch(state, decisions, ())
            rows = connection.execute(self._outcomes, {"limit": limit}).all()
            return Batch(state, (), [OutcomeRow._make(row) for row in rows])


def read_state(connection: Connection) -> int:
    """The number of the last batch that was counted."""
    state = connection.execute(text("SELECT batch FROM monitoring_state")).scalar()
    if state is None:
        raise StorageError(NO_STATE)
    return int(state)
