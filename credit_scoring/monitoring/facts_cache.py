"""Keeps the facts of a model that were read last, and with them the verdicts on its counts."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine

from credit_scoring.monitoring.counts_store import (
    CountedModel,
    is_behind,
    last_batch,
    read_refused,
    read_volumes,
)
from credit_scoring.monitoring.model_facts import MAX_DAYS, FindManifest, ModelFacts, read_facts


class FactsCache:
    """The facts of one model; they are read again as soon as anything in them has changed.

    That is a batch that was counted, a row of counts that was removed, a refused request, another
    manifest, a new day. For several threads: at worst, two read the same facts.
    """

    def __init__(self) -> None:
        self._last: tuple[tuple[Any, ...], ModelFacts] | None = None

    def read(
        self, engine: Engine, model: CountedModel, find_manifest: FindManifest, today: date
    ) -> ModelFacts:
        """The facts, as `read_facts` reads them."""
        state = (model, today, *_counting_state(engine, today))  # before the counts are read
        manifest = find_manifest(model.digest)
        last = self._last
        if last is None or last[0] != state or last[1].manifest is not manifest:
            last = self._last = state, read_facts(engine, model, find_manifest, today)
        return last[1]


def _counting_state(engine: Engine, today: date) -> tuple[Any, ...]:
    """What changes whenever the facts of a model change, except for the model itself."""
    since, until = today - timedelta(MAX_DAYS), today + timedelta(1)
    return (
        last_batch(engine),
        is_behind(engine),
        read_volumes(engine, since, until),
        read_refused(engine, since, until),
    )
