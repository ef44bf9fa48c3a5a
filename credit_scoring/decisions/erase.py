"""Erasure of personal data from the decision log, for one applicant or for old decisions.

Erased: inputs, reasons, applicant id, idempotency key, request id, the free text of reviews, the
stored answers, and the scores of challengers. Kept: id, time, model, probability, threshold,
decision, outcome, and when and why the data was erased.
"""

import logging
from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    and_,
    delete,
    func,
    select,
    text,
    tuple_,
    update,
)

from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.read_transaction import read_transaction
from credit_scoring.database.table_definitions import (
    decisions,
    kept_answers,
    reviews,
    shadow_scores,
)
from credit_scoring.decisions.uuid7 import lowest_id_at, time_of_id
from credit_scoring.progress import ReportProgress, ignore_progress

log = logging.getLogger(__name__)
CHUNK = 500  # decisions per transaction: short enough that a running service does not wait
# The client may have chosen the request id, too.
ERASED_VALUES: dict[str, Any] = {
    **dict.fromkeys(("inputs", "reasons", "applicant_id", "idempotency_key")),
    "request_id": "",
}


@dataclass(frozen=True, slots=True)
class ErasureCounts:
    """The number of erased decisions, review texts, stored answers and challengers' scores."""

    decisions: int = 0
    reviews: int = 0
    answers: int = 0
    shadow_scores: int = 0

    def __add__(self, other: "ErasureCounts") -> "ErasureCounts":
        return ErasureCounts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


def erase(
    engine: Engine,
    *,
    applicant_id: str | None = None,
    decision_id: str | None = None,
    dry_run: bool = False,
) -> ErasureCounts:
    """Erase the data of one applicant or, if the applicant's id is not known, of one decision.

    ValueError unless exactly one of the two ids is given.
    """
    if (applicant_id is None) == (decision_id is None):
        raise ValueError("give either applicant_id or decision_id")
    columns = decisions.c
    if decision_id is None:
        selected = columns.applicant_id == applicant_id
    else:
        selected = columns.decision_id == decision_id
    return _erase_decisions(engine, selected, "erasure", dry_run=dry_run)


def retain(
    engine: Engine,
    *,
    since: datetime,
    dry_run: bool = False,
    report: ReportProgress = ignore_progress,
) -> ErasureCounts:
    """Erase the data of decisions made before `since`; warn of decisions dated in the future."""
    _warn_of_future_decisions(engine)
    is_old = decisions.c.decision_id < lowest_id_at(since)
    erased = _erase_decisions(engine, is_old, "retention", dry_run=dry_run, report=report)
    old_answers = kept_answers.c.made_at < since  # also of requests without a decision
    with translate_database_errors(), engine.begin() as connection:
        if dry_run:
            return replace(erased, answers=_count(connection, kept_answers, old_answers))
        answers = connection.execute(delete(kept_answers).where(old_answers)).rowcount
    return erased + ErasureCounts(answers=answers)


def _warn_of_future_decisions(engine: Engine) -> None:
    """Warn of decisions that were made while the clock was wrong: they do not get old in time."""
    tomorrow = lowest_id_at(datetime.now(UTC) + timedelta(days=1))
    is_future = and_(decisions.c.decision_id >= tomorrow, decisions.c.erased_at.is_(None))
    query = select(func.count(), func.max(decisions.c.decision_id)).where(is_future)
    with read_transaction(engine) as connection:
        count, last_id = connection.execute(query).one()
        if count:
            log.warning(
                "%d decision%s dated in the future, the last on %s: the clock was wrong. They are "
                "not erased by age, but one by one: python model.py erase --decision %s",
                count,
                " is" if count == 1 else "s are",
                f"{time_of_id(last_id):%Y-%m-%d}",
                last_id,
            )


def _erase_decisions(
    engine: Engine,
    selected: ColumnElement[bool],
    reason: str,
    *,
    dry_run: bool,
    report: ReportProgress = ignore_progress,
) -> ErasureCounts:
    selected = and_(selected, decisions.c.erased_at.is_(None))
    with read_transaction(engine) as connection:
        expected = _expected_counts(connection, selected)
    if dry_run:
        return expected
    erased = ErasureCounts()
    for counts in _erase_chunks(engine, selected, reason):
        erased += counts
        report(erased.decisions, max(expected.decisions, erased.decisions))
    _remove_traces(engine)
    return erased


def _erase_chunks(
    engine: Engine, selected: ColumnElement[bool], reason: str
) -> Iterator[ErasureCounts]:
    """Erase the selected decisions, oldest first, in transactions of `CHUNK` decisions."""
    id_column = decisions.c.decision_id
    last_id = ""
    while True:
        with translate_database_errors(), engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA secure_delete = ON")  # overwrites with zeros
            query = select(id_column).where(selected, id_column > last_id).order_by(id_column)
            ids = connection.execute(query.limit(CHUNK)).scalars().all()
            if not ids:
                return
            counts = _erase_ids(connection, ids, reason)
        yield counts
        last_id = ids[-1]


def _erase_ids(connection: Connection, ids: Any, reason: str) -> ErasureCounts:
    selected = decisions.c.decision_id.in_(ids)
    answers = connection.execute(delete(kept_answers).where(_answers_of(selected))).rowcount
    erasure = {"erased_at": datetime.now(UTC), "erased_because": reason}
    connection.execute(update(decisions).where(selected).values({**ERASED_VALUES, **erasure}))
    texts = reviews.c.decision_id.in_(ids) & reviews.c.reason.is_not(None)
    erased_texts = connection.execute(update(reviews).where(texts).values(reason=None)).rowcount
    scores = connection.execute(delete(shadow_scores).where(shadow_scores.c.decision_id.in_(ids)))
    return ErasureCounts(len(ids), erased_texts, answers, scores.rowcount)


def _answers_of(selected: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition of stored answers that contain one of the selected decisions."""
    keys = select(decisions.c.key_id, decisions.c.idempotency_key).where(selected)
    return tuple_(kept_answers.c.key_id, kept_answers.c.idempotency_key).in_(keys)


def _expected_counts(connection: Connection, selected: ColumnElement[bool]) -> ErasureCounts:
    ids = select(decisions.c.decision_id).where(selected)
    texts = reviews.c.decision_id.in_(ids) & reviews.c.reason.is_not(None)
    return ErasureCounts(
        decisions=_count(connection, decisions, selected),
        reviews=_count(connection, reviews, texts),
        answers=_count(connection, kept_answers, _answers_of(selected)),
        shadow_scores=_count(connection, shadow_scores, shadow_scores.c.decision_id.in_(ids)),
    )


def _count(connection: Connection, table: Table, selected: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(table).where(selected)
    return connection.execute(query).scalar_one()


def _remove_traces(engine: Engine) -> None:
    """Empty SQLite's write-ahead log; let PostgreSQL reuse the space of the erased values."""
    if engine.dialect.name == "sqlite":
        _truncate_write_ahead_log(engine)
        return
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    with translate_database_errors(), autocommit.connect() as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM decisions, reviews, kept_answers, shadow_scores"))
        connection.invalidate()


def _truncate_write_ahead_log(engine: Engine) -> None:
    with translate_database_errors(), engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        log.warning(
            "the write-ahead log is in use and still holds erased data: run the command once more"
        )
