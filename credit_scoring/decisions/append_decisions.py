"""Appending to the decision log: one transaction for all requests that are waiting."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from credit_scoring.database import time_limit
from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.plain_insert import insert_rows
from credit_scoring.database.sqlite_writer import Writer
from credit_scoring.database.table_definitions import decisions, input_names, kept_answers
from credit_scoring.decisions.decision_queries import find_idempotency_record
from credit_scoring.decisions.group_commit import GroupCommit
from credit_scoring.decisions.records import Durations, IdempotencyRecord, LogEntry
from credit_scoring.decisions.uuid7 import new_id, time_of_id
from credit_scoring.errors import StorageError


@dataclass(frozen=True, slots=True)
class _Request:
    """The entries of one HTTP request, stored together or not at all."""

    entries: Sequence[LogEntry]
    idempotency_record: IdempotencyRecord | None
    durations: Durations | None

    @property
    def idempotency_key(self) -> str:
        return self.idempotency_record.idempotency_key if self.idempotency_record else ""

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rows of the table decisions."""
        for entry in self.entries:
            durations = self.durations or entry.durations
            yield entry.row() | {
                "idempotency_key": self.idempotency_key or None,
                "handler_ms": durations and durations.handler_ms,
                "model_ms": durations and durations.model_ms,
            }


class DecisionAppender:
    """Appends decisions with group commit; for use by several threads and forked processes."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._writer = writer
        self._group_commit: GroupCommit[_Request, IdempotencyRecord | None] = GroupCommit(
            self._commit
        )
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        self._insert_answer = dialect.insert(kept_answers).on_conflict_do_nothing()
        self._insert_names = dialect.insert(input_names).on_conflict_do_nothing()
        self._stored_names: set[str] = set()  # the ids of input names known to be in the log

    def append(
        self,
        entries: Sequence[LogEntry],
        idempotency_record: IdempotencyRecord | None,
        durations: Durations | None,
    ) -> IdempotencyRecord | None:
        """Store the entries and the record; see `DecisionLog.append`."""
        with time_limit.operation():
            return self._group_commit.store(_Request(entries, idempotency_record, durations))

    def _commit(self, requests: Sequence[_Request]) -> list[IdempotencyRecord | None]:
        with translate_database_errors(), self._input_names_stored(requests):
            if any(request.idempotency_record for request in requests):
                with self._writer.begin() as connection:
                    return self._insert_new(connection, requests)
            if rows := _rows(requests):
                self._writer.insert(decisions, rows)
        return [None] * len(requests)

    @contextmanager
    def _input_names_stored(self, requests: Sequence[_Request]) -> Iterator[None]:
        """Store missing input names before the block.

        If the block fails because someone deleted them, the next call stores them again.
        """
        entries = [entry for request in requests for entry in request.entries]
        names = {entry.names.names_id: entry.names for entry in entries if entry.names}
        if missing := names.keys() - self._stored_names:
            rows = [{"names_id": key, "names": names[key].text} for key in sorted(missing)]
            with self._writer.begin() as connection:
                connection.execute(self._insert_names, rows)
            self._stored_names |= missing
        try:
            yield
        except IntegrityError as error:
            self._stored_names.clear()
            if "foreign key" in str(error.orig).lower():
                raise StorageError(
                    "the input names were deleted from the log: send the request again"
                ) from error
            raise

    def _insert_new(
        self, connection: Connection, requests: Sequence[_Request]
    ) -> list[IdempotencyRecord | None]:
        """Insert the requests whose key is new; return the earlier records of the others."""
        # sorted keys: on PostgreSQL two processes could otherwise wait for each other
        earlier = {
            id(request): self._insert_record(connection, request.idempotency_record)
            for request in sorted(requests, key=lambda request: request.idempotency_key)
        }
        new_requests = [request for request in requests if earlier[id(request)] is None]
        if rows := _rows(new_requests):
            insert_rows(connection, decisions, rows)
        return [earlier[id(request)] for request in requests]

    def _insert_record(
        self, connection: Connection, record: IdempotencyRecord | None
    ) -> IdempotencyRecord | None:
        """Insert the record; return the earlier one if its key was used before."""
        if record is None:
            return None
        row = {**asdict(record), "made_at": time_of_id(new_id())}
        result = connection.execute(
            self._insert_answer, row, execution_options={"preserve_rowcount": True}
        )
        if result.rowcount:
            return None
        return find_idempotency_record(connection, record.key_id, record.idempotency_key)


def _rows(requests: Iterable[_Request]) -> list[dict[str, Any]]:
    return [row for request in requests for row in request.rows()]
