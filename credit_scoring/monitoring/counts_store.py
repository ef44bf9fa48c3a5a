"""The tables of monitoring: counts per day and model, and refused requests per day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Engine, Select, func, select
from sqlalchemy.dialects import postgresql, sqlite

from credit_scoring.bundle.manifest import VERSION_LENGTH
from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.read_transaction import checked, read_transaction
from credit_scoring.database.table_definitions import monitoring_counts, refused_requests, uncounted
from credit_scoring.decisions.uuid7 import lowest_id_at
from credit_scoring.errors import StorageError
from credit_scoring.monitoring.day_counts import DayCounts
from credit_scoring.monitoring.uncounted_records import read_state

# If counting is further behind, days are half counted: alarms would mistake that for few decisions.
BEHIND = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CountedModel:
    """A model with counts: its first and last day with decisions, and the decisions counted."""

    digest: str
    version: str
    first_day: date
    last_day: date
    decisions: int


@dataclass(frozen=True, slots=True)
class RefusedRequests:
    """The refused requests of a day, by kind and field.

    `kind` is the last part of the problem's type. `field`: a requested feature, "" if the problem
    has none, "(unknown)" for another name.
    """

    day: date
    kind: str
    field: str
    number: int


@dataclass(frozen=True, slots=True)
class Queue:
    """The decisions and outcomes that are not counted yet.

    `is_behind`: one of them is older than `BEHIND`.
    """

    records: int
    is_behind: bool


def read_counts(
    database: Engine | Connection,
    model_digest: str,
    since: date | None = None,
    until: date | None = None,
) -> dict[date, DayCounts]:
    """Read the counts of a model by day, in order; `since` is inclusive, `until` exclusive.

    StorageError if the database is not available or holds damaged counts.
    """
    columns = monitoring_counts.c
    query = select(columns.model_digest, columns.day, columns.counts).where(
        columns.model_digest == model_digest
    )
    query = _in_window(query, columns.day, since, until).order_by(columns.day)
    with read_transaction(database) as connection:
        rows = connection.execute(query).mappings()
        return {row["day"]: parse_counts(row) for row in rows}


def parse_counts(row: Mapping[Any, Any]) -> DayCounts:
    """The counts of a row with model and day; StorageError names both if the counts are damaged."""
    checked(row, monitoring_counts)
    try:
        return DayCounts.from_json(row["counts"])
    except ValueError as error:
        raise StorageError(
            f"monitoring_counts of {row['day']}, model {row['model_digest'][:VERSION_LENGTH]}: "
            f"{error}: another program changed the row; restore a backup, or delete the row, which "
            "loses the counts of that day"
        ) from None


def read_volumes(
    database: Engine | Connection, since: date | None = None, until: date | None = None
) -> dict[date, int]:
    """Read the decisions of all models by day; `since` is inclusive, `until` exclusive."""
    columns = monitoring_counts.c
    query = select(columns.day, func.sum(columns.decisions).label("number")).group_by(columns.day)
    query = _in_window(query, columns.day, since, until).order_by(columns.day)
    with read_transaction(database) as connection:
        return {row.day: int(row.number) for row in connection.execute(query)}


def models(database: Engine | Connection) -> list[CountedModel]:
    """The models that have counts, the one with the newest decisions first."""
    columns = monitoring_counts.c
    last_day = func.max(columns.day)
    query = (
        select(
            columns.model_digest,
            func.max(columns.model_version),
            func.min(columns.day),
            last_day,
            func.sum(columns.decisions),
        )
        .group_by(columns.model_digest)
        .order_by(last_day.desc(), columns.model_digest)
    )
    with read_transaction(database) as connection:
        return [CountedModel(*row) for row in connection.execute(query)]


def read_queue(database: Engine | Connection) -> Queue:
    """Read the queue in one pass: PostgreSQL passes removed records, too, until its next vacuum.

    StorageError if the database is not available.
    """
    columns = uncounted.c
    query = select(func.count(), func.min(columns.record_id)).group_by(columns.record_kind)
    with read_transaction(database) as connection:
        kinds = connection.execute(query).all()
    latest = lowest_id_at(datetime.now(UTC) - BEHIND)
    return Queue(sum(number for number, _ in kinds), any(oldest < latest for _, oldest in kinds))


def uncounted_records(engine: Engine) -> int:
    """The number of decisions and outcomes that are not counted yet."""
    return read_queue(engine).records


def last_batch(database: Engine | Connection) -> int:
    """The number of the last batch of the queue that was counted."""
    with read_transaction(database) as connection:
        return read_state(connection)


def add_refused(engine: Engine, numbers: Mapping[tuple[date, str, str], int]) -> None:
    """Add numbers of refused requests by day, kind and field, all or none.

    StorageError if the database is not available.
    """
    if not numbers:
        return
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(refused_requests)
    total = refused_requests.c.number + insert.excluded.number
    add = insert.on_conflict_do_update(
        index_elements=refused_requests.primary_key, set_={"number": total}
    )
    # sorted keys: on PostgreSQL two processes could otherwise wait for each other
    rows = [
        {"day": day, "kind": kind, "field": field, "number": number}
        for (day, kind, field), number in sorted(numbers.items())
    ]
    with translate_database_errors(), engine.begin() as connection:
        connection.execute(add, rows)


def read_refused(
    database: Engine | Connection, since: date | None = None, until: date | None = None
) -> list[RefusedRequests]:
    """Read the refused requests by day; `since` is inclusive, `until` exclusive."""
    columns = refused_requests.c
    query = _in_window(select(refused_requests), columns.day, since, until)
    with read_transaction(database) as connection:
        rows = connection.execute(query.order_by(*refused_requests.primary_key)).mappings()
        return [RefusedRequests(**checked(row, refused_requests)) for row in rows]


def _in_window(
    query: Select[Any], day: Column[date], since: date | None, until: date | None
) -> Select[Any]:
    if since is not None:
        query = query.where(day >= since)
    return query if until is None else query.where(day < until)
