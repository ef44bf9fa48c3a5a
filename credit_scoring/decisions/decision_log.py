"""The decision log: every decision is committed here before it is answered."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Select, Table, func, insert, select

from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.read_transaction import read_transaction, readable_values
from credit_scoring.database.sqlite_writer import Writer
from credit_scoring.database.table_definitions import decisions, outcomes, reviews
from credit_scoring.decisions.append_decisions import DecisionAppender
from credit_scoring.decisions.decision_list import (
    EXPORT_PAGE,
    Cursor,
    DecisionList,
    ListedDecision,
    export_pages,
    list_query,
    listed_decision,
    page_of,
)
from credit_scoring.decisions.decision_queries import (
    FULL_DECISIONS,
    SUMMARIES,
    Filters,
    find_idempotency_record,
    pages,
    reviews_and_outcomes,
    stored_decision,
)
from credit_scoring.decisions.records import (
    Durations,
    IdempotencyRecord,
    LogEntry,
    Outcome,
    Review,
    StoredDecision,
)
from credit_scoring.decisions.shadow_scores import (
    Agreement,
    ModelPair,
    ShadowScore,
    newest_agreement,
    scores_of,
)
from credit_scoring.decisions.uuid7 import new_id, next_id
from credit_scoring.decisions.write_probe import WriteProbe
from credit_scoring.errors import RequestError

MAX_PAGE = 1000  # decisions
Appended = TypeVar("Appended", Review, Outcome)


class DecisionLog:
    """The log in the database of `engine`, for use by several threads and forked processes.

    Every method raises StorageError if the database is not available.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = Writer(engine)
        self._appender = DecisionAppender(engine, self._writer)
        self._write_probe = WriteProbe(engine, self._writer)

    def check(self) -> None:
        """StorageError if no decision could be stored now, or a migration is pending."""
        self._write_probe.check()

    def append(
        self,
        entries: Sequence[LogEntry],
        *,
        idempotency_record: IdempotencyRecord | None = None,
        durations: Durations | None = None,
    ) -> IdempotencyRecord | None:
        """Store the entries and the record, all or none; return after the commit.

        `durations` are those of every entry.

        If an earlier request used the same Idempotency-Key, nothing is stored and its record is
        returned. A record without entries is not stored: no erasure would find it.
        """
        if not entries:
            return None
        return self._appender.append(entries, idempotency_record, durations)

    def find_idempotency_record(
        self, key_id: str, idempotency_key: str
    ) -> IdempotencyRecord | None:
        """Return the answer stored under an Idempotency-Key of an API key."""
        with read_transaction(self._engine) as connection:
            return find_idempotency_record(connection, key_id, idempotency_key)

    def find(self, decision_id: str) -> StoredDecision | None:
        """Return a decision with its inputs, reviews and outcomes."""
        query = FULL_DECISIONS.where(decisions.c.decision_id == decision_id)
        with read_transaction(self._engine) as connection:
            row = connection.execute(query).mappings().one_or_none()
            if row is None:
                return None
            return stored_decision(row, **reviews_and_outcomes(connection, decision_id))

    def contains(self, decision_id: str) -> bool:
        """Return whether a decision is stored."""
        query = select(decisions.c.decision_id).where(decisions.c.decision_id == decision_id)
        with read_transaction(self._engine) as connection:
            return connection.execute(query).scalar() is not None

    def page(
        self, filters: Filters | None = None, *, before: str | None = None, limit: int = 100
    ) -> list[StoredDecision]:
        """Return decisions older than the decision `before`, newest first, without inputs.

        At most `limit`, and at most `MAX_PAGE`, decisions.
        """
        cursor = Cursor(older=before)
        query = list_query(filters or Filters(), cursor, min(limit, MAX_PAGE), SUMMARIES)
        return self._decisions(query)

    def overview(
        self, filters: Filters | None = None, cursor: Cursor | None = None, *, limit: int = 50
    ) -> DecisionList:
        """Return the page of decisions at `cursor` with what is in force, without inputs."""
        cursor = cursor or Cursor()
        size = min(limit, MAX_PAGE)
        return page_of(self._listed(filters, cursor, size + 1), cursor, size)

    def export(self, filters: Filters | None = None) -> Iterator[Sequence[ListedDecision]]:
        """Yield all decisions as `overview` has them, newest first, in pages; one in memory."""
        return export_pages(lambda cursor: self._listed(filters, cursor, EXPORT_PAGE))

    def _listed(self, filters: Filters | None, cursor: Cursor, limit: int) -> list[ListedDecision]:
        query = list_query(filters or Filters(), cursor, limit)
        with read_transaction(self._engine) as connection:
            return [listed_decision(row) for row in connection.execute(query).mappings()]

    def shadow_scores(self, decision_id: str) -> Sequence[ShadowScore]:
        """Return what challengers would have decided."""
        with read_transaction(self._engine) as connection:
            return scores_of(connection, decision_id)

    def agreement(self, pair: ModelPair, filters: Filters, limit: int) -> Agreement | None:
        """Return how the pair agrees on the newest `limit` decisions; None without one."""
        with read_transaction(self._engine) as connection:
            return newest_agreement(connection, pair, filters, limit)

    def count(self) -> int:
        """Return the number of decisions."""
        query = select(func.count()).select_from(decisions)
        with read_transaction(self._engine) as connection:
            return connection.execute(query).scalar_one()

    def iterate(self, chunk: int = 500) -> Iterator[StoredDecision]:
        """Yield all decisions, oldest first, `chunk` in memory; without reviews and outcomes."""
        query = FULL_DECISIONS.order_by(decisions.c.decision_id).limit(chunk)

        def fetch(last_id: str) -> list[StoredDecision]:
            return self._decisions(query.where(decisions.c.decision_id > last_id))

        for page in pages(fetch):
            yield from page

    def _decisions(self, query: Select[Any]) -> list[StoredDecision]:
        with read_transaction(self._engine) as connection:
            return [stored_decision(row) for row in connection.execute(query).mappings()]

    def add_review(
        self, decision_id: str, *, outcome: str, reviewer: str, reason: str, key_id: str = "",
        after: str | None = None,
    ) -> Review:  # fmt: skip
        """Append a person's review of a decision.

        `after` is the id of the review that was in force when the person looked, "" without one:
        RequestError 409 if another was added since.

        RequestError 404 if the decision does not exist, 422 if its data was erased: nobody can
        review it any more, and no second erasure would find the text.
        """

        def review(review_id: str) -> Review:
            return Review(review_id, datetime.now(UTC), outcome, reviewer, reason, key_id)

        return self._append_to(reviews, decision_id, review, after)

    def add_outcome(self, decision_id: str, *, outcome: int, key_id: str = "") -> Outcome:
        """Append the outcome of the loan, 0 repaid or 1 default.

        RequestError 404 if the decision does not exist.
        """

        def loan_outcome(outcome_id: str) -> Outcome:
            return Outcome(outcome_id, datetime.now(UTC), outcome, key_id)

        return self._append_to(outcomes, decision_id, loan_outcome)

    def append_outcomes(self, loan_outcomes: Mapping[str, Outcome]) -> None:
        """Append outcomes with their own ids and times, by the id of their decision, all or none.

        The decisions exist.
        """
        rows = [
            {**asdict(outcome), "decision_id": decision_id}
            for decision_id, outcome in loan_outcomes.items()
        ]
        if rows:
            with translate_database_errors():
                self._writer.insert(outcomes, rows)

    def _append_to(
        self, table: Table, decision_id: str, create: Callable[[str], Appended],
        after: str | None = None,
    ) -> Appended:  # fmt: skip
        """Append the record that `create` makes with its id, if `after` is still the last one."""
        query = select(decisions.c.erased_at).where(decisions.c.decision_id == decision_id)
        with translate_database_errors(), self._writer.begin() as connection:
            with readable_values():
                decision = connection.execute(query.with_for_update()).one_or_none()
                newest = _newest_id(connection, table, decision_id)
            if decision is None:
                message = f"decision {decision_id} does not exist"
                raise RequestError(message, status=404, title="No such decision")
            if decision.erased_at and table is reviews:
                message = f"the data of decision {decision_id} was erased: it cannot be reviewed"
                raise RequestError(message, status=422, title="Decision erased")
            if after not in (None, newest):
                message = f"decision {decision_id} was reviewed meanwhile: look at it again"
                raise RequestError(message, status=409, title="Reviewed meanwhile")
            record = create(_id_after(newest))
            connection.execute(insert(table), {**asdict(record), "decision_id": decision_id})
            return record


def _newest_id(connection: Connection, table: Table, decision_id: str) -> str:
    """The id of the decision's last record in `table`; "" without one."""
    (id_column,) = table.primary_key.columns
    query = select(func.max(id_column)).where(table.c.decision_id == decision_id)
    return connection.execute(query).scalar() or ""


def _id_after(newest: str) -> str:
    """A new id that sorts after `newest`.

    The last record is in force, even if another was added while the clock was in the future.
    """
    return max(new_id(), next_id(newest)) if newest else new_id()
