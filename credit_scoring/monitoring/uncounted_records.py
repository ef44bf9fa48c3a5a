"""The queue of what is not counted yet: decisions and outcomes as the aggregator reads them.

Plain SQL: a time becomes its day in UTC in the database, and SQLite gives inputs as bytes, which
need not be text if the file is damaged.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import NamedTuple, TypeVar

from pydantic_core import to_json
from sqlalchemy import Connection, Engine, TextClause, text

from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.read_transaction import read_transaction
from credit_scoring.errors import StorageError

log = logging.getLogger(__name__)
NO_STATE = "monitoring_state has no row: another program changed the database; restore a backup"
CHANGED_QUEUE = (
    "queued records were not there any more: {number}. Another program changed the table uncounted "
    "meanwhile; nothing of this batch was counted, count again"
)
DAY = "substr(CAST(d.made_at AS TEXT), 1, 10)"
# Without a condition on the kind: PostgreSQL would expect a few rows of a kind and sort the queue.
QUEUE = """
SELECT record_kind, record_id FROM uncounted WHERE (record_kind, record_id) > (:kind, :id)
ORDER BY record_kind, record_id LIMIT :limit
"""
START = ("", "")  # before the first record of the queue
MAX_TOGETHER = 10_000  # records: some 100 MB
# Ids are one parameter, a JSON array: both databases take it faster than a parameter per id.
# PostgreSQL gets an array, because it may evaluate a subquery again for every row of the table.
IN_IDS = {
    "sqlite": "IN (SELECT value FROM json_each(:ids))",
    "postgresql": "= ANY(ARRAY(SELECT json_array_elements_text(CAST(:ids AS json))))",
}
REMOVE = "DELETE FROM uncounted WHERE record_kind = :kind AND record_id {in_ids}"
DECISIONS = f"""
SELECT d.decision_id, {DAY}, d.kind, d.model_digest, d.model_version, d.names_id, {{inputs}},
    d.probability, d.decision, d.handler_ms, d.model_ms
FROM decisions AS d WHERE d.decision_id {{in_ids}}
"""  # noqa: S608
# `earlier`: the outcome that this one corrects. Outcomes of a decision have ascending ids.
OUTCOMES = f"""
SELECT o.outcome_id, {DAY}, d.kind, d.model_digest, d.model_version, d.probability, d.decision,
    o.outcome, (
        SELECT e.outcome FROM outcomes AS e
        WHERE e.decision_id = o.decision_id AND e.outcome_id < o.outcome_id
        ORDER BY e.outcome_id DESC LIMIT 1
    ) AS earlier
FROM outcomes AS o JOIN decisions AS d ON d.decision_id = o.decision_id
WHERE o.outcome_id {{in_ids}}
"""  # noqa: S608


class CountsKey(NamedTuple):
    """The primary key of a row of `monitoring_counts`."""

    model_digest: str
    day: date


class DecisionRow(NamedTuple):
    """A decision of the queue; `day` as 2026-11-28."""

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
    """An outcome of the queue, 0 or 1, with its decision."""

    outcome_id: str
    day: str
    kind: str
    model_digest: str
    model_version: str
    probability: float
    decision: str
    outcome: int
    earlier: int | None


AnyRow = TypeVar("AnyRow", DecisionRow, OutcomeRow)


class Batch(NamedTuple):
    """Records to count together, of one kind, and the state of the counts they are added to."""

    state: int
    record_kind: str
    record_ids: Sequence[str]  # also of records that do not exist
    decisions: Sequence[DecisionRow] = ()
    outcomes: Sequence[OutcomeRow] = ()


class QueueReader:
    """Reads the queue of `engine`, oldest records first.

    It continues after the last decision that it read, and starts again at the end of the queue:
    from the start, PostgreSQL would pass all removed entries again until it vacuums the table.
    Outcomes are always read from the first one: a correction comes after what it corrects.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._position = START
        in_ids = IN_IDS[engine.dialect.name]
        inputs = "CAST(d.inputs AS BLOB)" if engine.dialect.name == "sqlite" else "d.inputs"
        self._decisions = text(DECISIONS.format(inputs=inputs, in_ids=in_ids))
        self._outcomes = text(OUTCOMES.format(in_ids=in_ids))

    def read(self, limit: int) -> Batch:
        """The next records, at most `limit` and `MAX_TOGETHER`, decisions before outcomes.

        The state is read first: counts of another process that come later change it. StorageError
        if the database is not available.
        """
        batch = self._read(limit)
        if not batch.record_ids and self._position != START:
            self._position = START
            return self._read(limit)
        return batch

    def read_after(self, batch: Batch, limit: int) -> Batch:
        """The next records after `batch`, which is still in the queue; none at the end.

        None after outcomes either, which are always read from the first one.
        """
        if batch.record_kind != "decision":
            return Batch(batch.state, "", ())
        return self._read(limit)

    def _read(self, limit: int) -> Batch:
        limit = min(limit, MAX_TOGETHER)
        with read_transaction(self._engine) as connection:
            state = read_state(connection)
            kind, ids = self._next(connection, limit)
            if kind == "decision":
                self._position = kind, ids[-1]
                decisions = self._rows(connection, self._decisions, ids, DecisionRow)
                return Batch(state, kind, ids, decisions=decisions)
            outcomes = self._rows(connection, self._outcomes, ids, OutcomeRow)
            return Batch(state, kind, ids, outcomes=outcomes)

    def _next(self, connection: Connection, limit: int) -> tuple[str, list[str]]:
        """The kind and the ids of the next records of one kind; none at the end of the queue."""
        kind, record_id = self._position
        parameters = {"kind": kind, "id": record_id, "limit": limit}
        queued = connection.execute(text(QUEUE), parameters).all()
        kind = queued[0].record_kind if queued else ""
        return kind, [record_id for record_kind, record_id in queued if record_kind == kind]

    def _rows(
        self, connection: Connection, query: TextClause, ids: Sequence[str], row_type: type[AnyRow]
    ) -> list[AnyRow]:
        if not ids:
            return []
        result = connection.execute(query, {"ids": _json_array(ids)})
        rows = [row_type._make(row) for row in result.all()]
        if len(rows) < len(ids):
            missing = sorted({*ids} - {row[0] for row in rows})
            log.warning("%d queued records do not exist: %s, …", len(missing), missing[0])
        return rows


def _json_array(ids: Sequence[str]) -> str:
    return to_json(ids).decode()


def remove_from_queue(connection: Connection, batch: Batch) -> None:
    """Remove exactly the records of `batch`; others with ids between them may have come meanwhile.

    StorageError if one is not there any more, because it may be counted already.
    """
    remove = text(REMOVE.format(in_ids=IN_IDS[connection.dialect.name]))
    ids = batch.record_ids
    parameters = {"kind": batch.record_kind, "ids": _json_array(ids)}
    removed = connection.execute(remove, parameters).rowcount
    if removed != len(ids):
        raise StorageError(CHANGED_QUEUE.format(number=len(ids) - removed))


def vacuum_queue(engine: Engine) -> None:
    """Let PostgreSQL forget the removed records, which every pass over the queue would read.

    Autovacuum does so within a minute; therefore an error of the database is ignored.
    """
    if engine.dialect.name != "postgresql":
        return
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    with suppress(StorageError), translate_database_errors(), autocommit.connect() as connection:
        connection.execute(text("VACUUM uncounted"))


def read_state(connection: Connection) -> int:
    """The number of the last batch that was counted."""
    state = connection.execute(text("SELECT batch FROM monitoring_state")).scalar()
    if state is None:
        raise StorageError(NO_STATE)
    return int(state)
