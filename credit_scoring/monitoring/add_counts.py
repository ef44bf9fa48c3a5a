"""Adding the counts of a batch to the stored counts of its days."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from credit_scoring.database.read_transaction import read_transaction
from credit_scoring.database.table_definitions import monitoring_counts
from credit_scoring.monitoring.count_records import Counts
from credit_scoring.monitoring.counts_store import parse_counts
from credit_scoring.monitoring.day_counts import DayCounts
from credit_scoring.monitoring.uncounted_records import CountsKey

log = logging.getLogger(__name__)


def add_to_stored(engine: Engine, counts: Counts) -> Counts:
    """The stored counts of the same days and models, each with those of `counts` added.

    StorageError if the database is not available or holds damaged counts.
    """
    stored = _stored(engine, counts)
    return {key: _sum(stored.get(key), added, key) for key, added in counts.items()}


def write_counts(connection: Connection, counts: Counts, versions: Mapping[str, str]) -> None:
    """Store the counts in place of those of the same days; `versions` are those of the models."""
    rows = [
        {
            **key._asdict(),
            "model_version": versions[key.model_digest],
            "decisions": day_counts.decisions,
            "counts": day_counts.to_json(),
        }
        for key, day_counts in sorted(counts.items())
    ]
    if rows:
        connection.execute(_upsert(connection.dialect.name), rows)


@cache
def _upsert(dialect_name: str) -> Any:
    dialect = postgresql if dialect_name == "postgresql" else sqlite
    insert = dialect.insert(monitoring_counts)
    changed = {name: insert.excluded[name] for name in ("decisions", "counts")}
    return insert.on_conflict_do_update(index_elements=monitoring_counts.primary_key, set_=changed)


def _stored(engine: Engine, keys: Counts) -> Counts:
    days: dict[str, list[Any]] = {}
    for key in keys:
        days.setdefault(key.model_digest, []).append(key.day)
    columns = monitoring_counts.c
    conditions = [
        and_(columns.model_digest == digest, columns.day.in_(of_model))
        for digest, of_model in days.items()
    ]
    if not conditions:
        return {}
    query = select(columns.model_digest, columns.day, columns.counts).where(or_(*conditions))
    with read_transaction(engine) as connection:
        rows = connection.execute(query).mappings()
        return {CountsKey(row["model_digest"], row["day"]): parse_counts(row) for row in rows}


def _sum(stored: DayCounts | None, added: DayCounts, key: CountsKey) -> DayCounts:
    """The sum; if the features have other bins than the stored ones, they are left out.

    That happens if two bundles with the same model have different references.
    """
    stored = stored or DayCounts()
    try:
        total = stored + added
    except ValueError as error:
        log.warning("features of model %s, %s: %s", key.model_digest[:12], key.day, error)
        total = stored + replace(added, features={}, uncounted_features=added.decisions)
    _remove_negative_outcomes(total, key)
    return total


def _remove_negative_outcomes(total: DayCounts, key: CountsKey) -> None:
    """An outcome is corrected that is not in the counts: another program removed them."""
    for by_outcome in total.outcomes.values():
        for name, bins in by_outcome.items():
            if min(bins) < 0:
                log.warning("outcomes of model %s, %s, are incomplete", key.model_digest, key.day)
                by_outcome[name] = [max(0, count) for count in bins]
