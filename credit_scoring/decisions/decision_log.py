"""The decision log: a decision is answered only once it stands here."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, RowMapping, Select, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from credit_scoring.database.engine import READ_ONLY
from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.migrate import require_current
from credit_scoring.database.plain_insert import insert_rows
from credit_scoring.database.sqlite_writer import Writer
from credit_scoring.database.table_definitions import (
    decisions,
    input_names,
    kept_answers,
    outcomes,
    reviews,
)
from credit_scoring.decisions.group_commit import GroupCommit
from credit_scoring.decisions.input_encoding import decode_inputs
from credit_scoring.decisions.records import (
    IdempotencyRecord,
    LogEntry,
    Outcome,
    Review,
    StoredDecision,
)
from credit_scoring.decisions.uuid7 import lowest_id_at, new_id, time_of_id
from credit_scoring.errors import RequestError, StorageError

LARGEST_PAGE = 1000
WHOLE = select(decisions, input_names.c.names).outerjoin(input_names)
SUMMARY = [
    decisions.c[f.name]
    for f in fields(StoredDecision)
    if f.name not in ("inputs", "reasons", "reviews", "outcomes")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which decisions: every one that is not None must hold. `since` is included, `until` is not.

    `reviewed`: whether a person decided over it; `outcome`: what became of the loan at last, 0 or 1.
    """

    decision: Literal["ACCEPTED", "REFUSED"] | None = None
    applicant_id: str | None = None
    model_version: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    reviewed: bool | None = None
    outcome: int | None = None


@dataclass(frozen=True, slots=True)
class _Work:
    entries: Sequence[LogEntry]
    kept: IdempotencyRecord | None


class DecisionLog:
    """The log in the database of `engine`. Safe to use from several threads, and in processes forked from this one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = Writer(engine)
        self._reading = engine.execution_options(**READ_ONLY)
        self._group: GroupCommit[_Work, IdempotencyRecord | None] = GroupCommit(self._commit)
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        self._keep = dialect.insert(kept_answers).on_conflict_do_nothing()
        self._name = dialect.insert(input_names).on_conflict_do_nothing()
        self._named: set[str] = set()  # the names that stand in the log

    def check(self) -> None:
        """StorageError where the log cannot be reached or its tables are outdated."""
        require_current(self._engine)

    def append(
        self, entries: Sequence[LogEntry], *, idempotency_record: IdempotencyRecord | None = None
    ) -> IdempotencyRecord | None:
        """Store the entries and `kept`, all or none; return when they are committed.

        Where an answer was kept under the same key before, nothing is stored and that answer is returned.
        Raises StorageError where they cannot be stored now.
        """
        return self._group.store(_Work(entries, idempotency_record))

    def find_idempotency_record(self, key_id: str, idempotency_key: str) -> IdempotencyRecord | None:
        """The answer that was kept for a request with this Idempotency-Key."""
        with translate_database_errors(), self._reading.connect() as connection:
            return _kept(connection, key_id, idempotency_key)

    def find(self, decision_id: str) -> StoredDecision | None:
        """One decision with everything that reproduces it, its reviews and outcomes."""
        with translate_database_errors(), self._reading.connect() as connection:
            row = (
                connection.execute(WHOLE.where(decisions.c.decision_id == decision_id))
                .mappings()
                .one_or_none()
            )
            if row is None:
                return None
            appended = {
                "reviews": [_as(Review, r) for r in _of(connection, reviews, decision_id)],
                "outcomes": [_as(Outcome, r) for r in _of(connection, outcomes, decision_id)],
            }
        return _stored(row, **appended)

    def page(
        self, filters: Filters | None = None, *, before: str | None = None, limit: int = 100
    ) -> list[StoredDecision]:
        """At most `limit` decisions made before the one with the id `before`, newest first, without inputs."""
        wanted = _filtered(select(*SUMMARY), filters or Filters()).order_by(
            decisions.c.decision_id.desc()
        )
        if before is not None:
            wanted = wanted.where(decisions.c.decision_id < before)
        with translate_database_errors(), self._reading.connect() as connection:
            rows = connection.execute(wanted.limit(min(limit, LARGEST_PAGE))).mappings().all()
        return [_stored(row) for row in rows]

    def count(self) -> int:
        """How many decisions there are."""
        with translate_database_errors(), self._reading.connect() as connection:
            return connection.execute(select(func.count()).select_from(decisions)).scalar_one()

    def iterate(self, chunk: int = 500) -> Iterator[StoredDecision]:
        """Every decision, oldest first, without reviews and outcomes; `chunk` of them in memory at a time."""
        wanted, last = WHOLE.order_by(decisions.c.decision_id).limit(chunk), ""
        while True:
            with translate_database_errors(), self._reading.connect() as connection:
                rows = (
                    connection.execute(wanted.where(decisions.c.decision_id > last))
                    .mappings()
                    .all()
                )
            if not rows:
                return
            yield from map(_stored, rows)
            last = rows[-1]["decision_id"]

    def add_review(
        self, decision_id: str, *, outcome: str, reviewer: str, reason: str, key_id: str = ""
    ) -> Review:
        """Append a person's decision over the machine's.

        RequestError 404 where there is no such decision, 422 where its data were erased: nobody can judge it any more,
        and no second erasure would find the text.
        """
        identity = new_id()
        review = Review(identity, time_of_id(identity), outcome, reviewer, reason, key_id)
        self._append_to(reviews, decision_id, asdict(review))
        return review

    def add_outcome(self, decision_id: str, *, outcome: int, key_id: str = "") -> Outcome:
        """Append what became of the loan, 0 repaid or 1 default; RequestError 404 where there is no such decision."""
        identity = new_id()
        found = Outcome(identity, time_of_id(identity), outcome, key_id)
        self._append_to(outcomes, decision_id, asdict(found))
        return found

    def _append_to(self, table: Any, decision_id: str, row: dict[str, Any]) -> None:
        with translate_database_errors(), self._writer.begin() as connection:
            known = select(decisions.c.erased_at).where(decisions.c.decision_id == decision_id)
            decision = connection.execute(known.with_for_update()).one_or_none()
            if decision is None:
                raise RequestError(
                    f"there is no decision {decision_id}", status=404, title="No such decision"
                )
            if decision.erased_at and table is reviews:
                message = f"the data of decision {decision_id} were erased: there is nothing left to review"
                raise RequestError(message, status=422, title="Decision erased")
            connection.execute(insert(table), {**row, "decision_id": decision_id})

    def _commit(self, group: Sequence[_Work]) -> list[IdempotencyRecord | None]:
        with translate_database_errors(), self._with_names(group):
            if any(work.kept for work in group):
                with self._writer.begin() as connection:
                    return self._keep_and_insert(connection, group)
            if rows := _rows(group):
                self._writer.insert(decisions, rows)
        return [None] * len(group)

    @contextmanager
    def _with_names(self, group: Sequence[_Work]) -> Iterator[None]:
        """Around storing: the names of the inputs stand in the log; where somebody emptied it, from the next time."""
        needed = {
            entry.names.names_id: entry.names
            for work in group
            for entry in work.entries
            if entry.names
        }
        if missing := needed.keys() - self._named:
            with self._writer.begin() as connection:
                rows = [{"names_id": each, "names": needed[each].text} for each in sorted(missing)]
                connection.execute(self._name, rows)
            self._named |= missing
        try:
            yield
        except IntegrityError as error:
            self._named.clear()
            if "foreign key" in str(error.orig).lower():
                raise StorageError(
                    "the names of the inputs are gone from the log: ask again"
                ) from error
            raise

    def _keep_and_insert(
        self, connection: Connection, group: Sequence[_Work]
    ) -> list[IdempotencyRecord | None]:
        # In one order everywhere: on PostgreSQL two processes could wait for each other's keys.
        ordered = sorted(group, key=lambda work: work.kept.idempotency_key if work.kept else "")
        found = {id(work): self._kept_before(connection, work.kept) for work in ordered}
        earlier = [found[id(work)] for work in group]
        if rows := _rows(
            [work for work, before in zip(group, earlier, strict=True) if before is None]
        ):
            insert_rows(connection, decisions, rows)
        return earlier

    def _kept_before(
        self, connection: Connection, kept: IdempotencyRecord | None
    ) -> IdempotencyRecord | None:
        """Keep the answer; where one stands there already, that one."""
        if kept is None:
            return None
        row = {**asdict(kept), "made_at": time_of_id(new_id())}
        kept_now = connection.execute(
            self._keep, row, execution_options={"preserve_rowcount": True}
        ).rowcount
        return None if kept_now else _kept(connection, kept.key_id, kept.idempotency_key)


def _rows(works: Sequence[_Work]) -> list[dict[str, Any]]:
    keys = [work.kept and work.kept.idempotency_key for work in works]
    return [
        {**entry.row(), "idempotency_key": key}
        for work, key in zip(works, keys, strict=True)
        for entry in work.entries
    ]


def _kept(connection: Connection, key_id: str, idempotency_key: str) -> IdempotencyRecord | None:
    here = kept_answers.c
    row = connection.execute(
        select(kept_answers).where(here.key_id == key_id, here.idempotency_key == idempotency_key)
    ).one_or_none()
    return None if row is None else _as(IdempotencyRecord, row)


def _of(connection: Connection, table: Any, decision_id: str) -> Sequence[Any]:
    first = next(iter(table.primary_key.columns))
    return connection.execute(
        select(table).where(table.c.decision_id == decision_id).order_by(first)
    ).all()


def _as(kind: Any, row: Any) -> Any:
    return kind(**{f.name: getattr(row, f.name) for f in fields(kind)})


def _stored(row: RowMapping, **appended: Any) -> StoredDecision:
    values = {f.name: row[f.name] for f in fields(StoredDecision) if f.name in row}
    if values.get("inputs") is not None:
        with suppress(ValueError):  # another program changed them: replay will tell
            values["inputs"] = decode_inputs(values["inputs"], row["names"])
    try:
        values["reasons"] = json.loads(values.get("reasons") or "[]")
    except ValueError:
        message = f"the reasons of decision {row['decision_id']} are no JSON: another program changed them"
        raise StorageError(message) from None
    return StoredDecision(**values, **appended)


def _filtered(wanted: Select[Any], filters: Filters) -> Select[Any]:
    here = decisions.c
    for name in ("decision", "applicant_id", "model_version"):
        if (value := getattr(filters, name)) is not None:
            wanted = wanted.where(here[name] == value)
    if filters.since is not None:
        wanted = wanted.where(here.decision_id >= lowest_id_at(filters.since))
    if filters.until is not None:
        wanted = wanted.where(here.decision_id < lowest_id_at(filters.until))
    if filters.reviewed is not None:
        known = here.decision_id.in_(select(reviews.c.decision_id))
        wanted = wanted.where(known if filters.reviewed else ~known)
    if filters.outcome is not None:
        wanted = wanted.where(_last_outcome() == filters.outcome)
    return wanted


def _last_outcome() -> Any:
    its = select(outcomes.c.outcome).where(outcomes.c.decision_id == decisions.c.decision_id)
    return its.order_by(outcomes.c.outcome_id.desc()).limit(1).scalar_subquery()
