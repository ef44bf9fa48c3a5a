"""The aggregator: counts the new decisions and outcomes of the log, each exactly once.

A batch is read and counted outside of a write transaction. The write transaction is short: it
raises the number of the last batch, if no other process did so since the batch was read, removes
the batch from the queue and stores the new counts. A process that is killed leaves either all of
this or nothing; of two that count the same batch, one rolls back and reads again.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import Engine, select, update

from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.read_transaction import read_transaction
from credit_scoring.database.table_definitions import input_names, monitoring_state
from credit_scoring.monitoring.add_counts import add_to_stored, write_counts
from credit_scoring.monitoring.count_features import FeatureCounters, FindBundle
from credit_scoring.monitoring.count_records import (
    Counts,
    count_decisions,
    count_outcomes,
    versions,
)
from credit_scoring.monitoring.uncounted_records import (
    Batch,
    QueueReader,
    remove_from_queue,
    vacuum_queue,
)

VACUUM_AFTER = 10_000  # records removed from the queue by one run
CHUNK = 2000  # records of a batch: some ten megabytes


@dataclass(frozen=True, slots=True)
class CountedRecords:
    """The numbers of decisions and outcomes that were counted."""

    decisions: int = 0
    outcomes: int = 0

    def __add__(self, other: "CountedRecords") -> "CountedRecords":
        return CountedRecords(self.decisions + other.decisions, self.outcomes + other.outcomes)

    @property
    def records(self) -> int:
        """Decisions and outcomes."""
        return self.decisions + self.outcomes


class Aggregator:
    """Counts what is in the queue; for use by one thread. Several processes may each have one.

    `find_bundle` returns the bundle of a model by the SHA-256 of its model.pkl, None if it is not
    known: the features of its decisions are then not counted.
    """

    def __init__(self, engine: Engine, find_bundle: FindBundle) -> None:
        self._engine = engine
        self._queue = QueueReader(engine)
        self._state = -1  # after the last batch that this aggregator stored
        self._names: dict[str, tuple[str, ...]] = {}
        self._counters = FeatureCounters(find_bundle, self._names)

    def run(self, limit: int | None = None, chunk: int = CHUNK) -> CountedRecords:
        """Count the records of the queue, `chunk` per transaction, and at most `limit` in all.

        StorageError if the database is not available: what was not counted stays in the queue.
        """
        self._counters.forget_missing()
        batches = self._batches_ahead(chunk) if limit is None else self._batches(limit, chunk)
        counted = sum((self._add(batch) for batch in batches), CountedRecords())
        if counted.records >= VACUUM_AFTER:
            vacuum_queue(self._engine)
        return counted

    def _batches(self, limit: int, chunk: int) -> Iterator[Batch]:
        """The batches of the first `limit` records; each is read when the one before is stored."""
        while limit > 0 and (batch := self._queue.read(min(chunk, limit))).record_ids:
            yield batch
            limit -= len(batch.record_ids)

    def _batches_ahead(self, chunk: int) -> Iterator[Batch]:
        """The batches of the whole queue; the database reads the next one while one is counted."""
        with ThreadPoolExecutor(1, "monitoring-queue") as reader:
            batch = self._queue.read(chunk)
            while batch.record_ids:
                ahead = reader.submit(self._queue.read_after, batch, chunk)
                yield batch
                batch = ahead.result()
                if not batch.record_ids:
                    batch = self._queue.read(chunk)

    def _add(self, batch: Batch) -> CountedRecords:
        """Count a batch and store its counts; nothing if another process counted meanwhile."""
        if not self._store(batch, self._count(batch)):
            return CountedRecords()
        return CountedRecords(len(batch.decisions), len(batch.outcomes))

    def _count(self, batch: Batch) -> Counts:
        """The counts of a batch added to those of the same days."""
        self._read_names({row.names_id for row in batch.decisions if row.names_id})
        if batch.decisions:
            counts = count_decisions(batch.decisions, self._counters)
        else:
            counts = count_outcomes(batch.outcomes)
        return add_to_stored(self._engine, counts)

    def _read_names(self, names_ids: set[str]) -> None:
        """Read the input names that are not known yet; they never change."""
        missing = names_ids - self._names.keys()
        if not missing:
            return
        query = select(input_names).where(input_names.c.names_id.in_(sorted(missing)))
        with read_transaction(self._engine) as connection:
            for row in connection.execute(query):
                self._names[row.names_id] = tuple(json.loads(row.names))

    def _store(self, batch: Batch, counts: Counts) -> bool:
        """Store the new counts of the batch's days; False if another process counted meanwhile."""
        # its own last batch may have been stored since this one was read
        state = self._state if self._state == batch.state + 1 else batch.state
        is_next = monitoring_state.c.batch == state
        raise_number = update(monitoring_state).where(is_next).values(batch=state + 1)
        with translate_database_errors(), self._engine.begin() as connection:
            if connection.execute(raise_number).rowcount != 1:
                connection.rollback()
                return False
            remove_from_queue(connection, batch)
            write_counts(connection, counts, versions((*batch.decisions, *batch.outcomes)))
        self._state = state + 1
        return True
