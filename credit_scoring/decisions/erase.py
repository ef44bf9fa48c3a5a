"""Taking personal data out of the log: one applicant's, or that of old decisions. That a decision was made stays.

What goes: inputs, reasons, applicant, idempotency key, the free text of its reviews, and the answers kept for
repetitions. What stays: id, time, model, probability, threshold, decision, outcome, and when and why the rest went.
"""

import logging
from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
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

from credit_scoring.database.engine import READ_ONLY
from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.table_definitions import decisions, kept_answers, reviews
from credit_scoring.decisions.uuid7 import lowest_id_at

log = logging.getLogger(__name__)
CHUNK = 500  # decisions a transaction: a running service waits for none of them long
ReportProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ErasureCounts:
    """How much was, or would be, taken: decisions, texts of reviews, kept answers."""

    decisions: int = 0
    reviews: int = 0
    answers: int = 0

    def __add__(self, other: "ErasureCounts") -> "ErasureCounts":
        return ErasureCounts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


def erase(
    engine: Engine,
    *,
    applicant_id: str | None = None,
    decision_id: str | None = None,
    dry_run: bool = False,
) -> ErasureCounts:
    """Erase the data of one applicant, found by its id, or of one decision, where the applicant's id is not known.

    ValueError where both are given, or neither.
    """
    if (applicant_id is None) == (decision_id is None):
        raise ValueError("give either applicant_id or decision_id")
    here = decisions.c
    wanted = (
        here.applicant_id == applicant_id
        if decision_id is None
        else here.decision_id == decision_id
    )
    return _take(engine, wanted, "erasure", dry_run=dry_run)


def retain(
    engine: Engine,
    *,
    since: datetime,
    dry_run: bool = False,
    report: ReportProgress = lambda _done, _total: None,
) -> ErasureCounts:
    """Keep the data of decisions made from `since` on; erase that of the older ones."""
    taken = _take(
        engine,
        decisions.c.decision_id < lowest_id_at(since),
        "retention",
        dry_run=dry_run,
        report=report,
    )
    others = kept_answers.c.made_at < since  # answers to requests that led to no decision
    with translate_database_errors(), engine.begin() as connection:
        if dry_run:
            return replace(taken, answers=_count(connection, kept_answers, others))
        return taken + ErasureCounts(
            answers=connection.execute(delete(kept_answers).where(others)).rowcount
        )


def _take(
    engine: Engine,
    wanted: ColumnElement[bool],
    because: str,
    *,
    dry_run: bool,
    report: ReportProgress = lambda _done, _total: None,
) -> ErasureCounts:
    wanted = and_(wanted, decisions.c.erased_at.is_(None))
    with translate_database_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
        would = _would(connection, wanted)
    if dry_run:
        return would
    taken, last = ErasureCounts(), ""
    while chunk := _take_chunk(engine, and_(wanted, decisions.c.decision_id > last), because):
        more, last = chunk
        taken += more
        report(taken.decisions, max(would.decisions, taken.decisions))
    _sweep(engine)
    return taken


def _take_chunk(
    engine: Engine, wanted: ColumnElement[bool], because: str
) -> tuple[ErasureCounts, str] | None:
    """Take the oldest of those wanted: how much it was, and the id of the last; None where there are no more."""
    with translate_database_errors(), engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete = ON")  # zeros where the data were
        oldest = (
            select(decisions.c.decision_id)
            .where(wanted)
            .order_by(decisions.c.decision_id)
            .limit(CHUNK)
        )
        ids = connection.execute(oldest).scalars().all()
        if not ids:
            return None
        here = decisions.c.decision_id.in_(ids)
        answers = connection.execute(delete(kept_answers).where(_kept_for(here))).rowcount
        gone = dict.fromkeys(("inputs", "reasons", "applicant_id", "idempotency_key"))
        made = {"erased_at": datetime.now(UTC), "erased_because": because}
        connection.execute(update(decisions).where(here).values(**gone, **made))
        texts = reviews.c.decision_id.in_(ids) & reviews.c.reason.is_not(None)
        reasons = connection.execute(update(reviews).where(texts).values(reason=None)).rowcount
        return ErasureCounts(len(ids), reasons, answers), ids[-1]


def _kept_for(wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    """The answers kept for those decisions."""
    theirs = select(decisions.c.key_id, decisions.c.idempotency_key).where(wanted)
    return tuple_(kept_answers.c.key_id, kept_answers.c.idempotency_key).in_(theirs)


def _would(connection: Connection, wanted: ColumnElement[bool]) -> ErasureCounts:
    texts = reviews.c.decision_id.in_(
        select(decisions.c.decision_id).where(wanted)
    ) & reviews.c.reason.is_not(None)
    which = ((decisions, wanted), (reviews, texts), (kept_answers, _kept_for(wanted)))
    return ErasureCounts(*(_count(connection, table, rows) for table, rows in which))


def _count(connection: Connection, table: Table, wanted: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(table).where(wanted)).scalar_one()


def _sweep(engine: Engine) -> None:
    """What was taken leaves SQLite's write-ahead log too; on PostgreSQL its space may be written over."""
    if engine.dialect.name == "sqlite":
        with translate_database_errors(), engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            log.warning(
                "the write-ahead log is in use and still holds what was erased: run the command once more"
            )
        return
    with (
        translate_database_errors(),
        engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
    ):
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM decisions, reviews, kept_answers"))
        connection.invalidate()
