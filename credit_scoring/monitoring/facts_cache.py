"""Keeps the facts of a model that were read last, and with them the verdicts on its counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, Engine

from credit_scoring.bundle.manifest import Manifest
from credit_scoring.database.read_transaction import read_transaction
from credit_scoring.monitoring.counts_store import (
    CountedModel,
    Queue,
    RefusedRequests,
    last_batch,
    read_counts,
    read_refused,
    read_volumes,
)
from credit_scoring.monitoring.model_facts import MAX_DAYS, FindManifest, ModelFacts


@dataclass(frozen=True)
class CountingState:
    """What changes whenever the facts of a model change, except for the model itself."""

    last_batch: int
    is_behind: bool
    volumes: Mapping[date, int]
    refused: Sequence[RefusedRequests]


class FactsCache:
    """The facts of one model; they are read again as soon as anything in them has changed.

    That is a batch that was counted, a row of counts that was removed, a refused request, another
    manifest, a new day. For several threads: at worst, two read the same facts.
    """

    def __init__(self) -> None:
        self._last: tuple[CountingState, ModelFacts] | None = None

    def read(
        self,
        database: Engine | Connection,
        model: CountedModel,
        find_manifest: FindManifest,
        today: date,
        queue: Queue,
    ) -> ModelFacts:
        """The facts until `today`; StorageError if the database is not available.

        `queue` was read before: what is counted meanwhile does no harm.

        Days after `today` are left out: their decisions were made while the clock was wrong.
        """
        window = today - timedelta(MAX_DAYS), today + timedelta(1)
        manifest = find_manifest(model.digest)
        with read_transaction(database) as connection:
            state = _counting_state(connection, queue, *window)  # before the counts
            last = self._last
            if last and last[0] == state and _is_about(last[1], model, manifest, today):
                return last[1]
            facts = ModelFacts(
                model=model,
                manifest=manifest,
                days=read_counts(connection, model.digest, *window),
                volumes=state.volumes,
                refused=state.refused,
                today=today,
                is_behind=state.is_behind,
            )
        self._last = state, facts
        return facts


def _is_about(
    facts: ModelFacts, model: CountedModel, manifest: Manifest | None, today: date
) -> bool:
    return (facts.model, facts.today) == (model, today) and facts.manifest is manifest


def _counting_state(
    connection: Connection, queue: Queue, since: date, until: date
) -> CountingState:
    return CountingState(
        last_batch(connection),
        queue.is_behind,
        read_volumes(connection, since, until),
        read_refused(connection, since, until),
    )
