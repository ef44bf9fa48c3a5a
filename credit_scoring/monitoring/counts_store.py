"""The tables of monitoring: counts per day and model, and refused requests per day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Column, Engine, Select, func, select
from sqlalchemy.dialects import postgresql, sqlite

from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.read_transaction import checked, read_transaction
from credit_scoring.database.table_definitions import monitoring_counts, refused_requests, uncounted
from credit_scoring.monitoring.day_counts import DayCounts


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


def read_counts(
    engine: Engine, model_digest: str, since: date | None = None, until: date | None = None
) -> dict[date, DayCounts]:
    """Read the counts of a model by day, in order; `since` is inclusive, `until` exclusive.

    StorageError if the database is not available or holds damaged counts.
    """
    columns = monitoring_counts.c
    query = select(columns.day, columns.counts).where(columns.model_digest == model_digest)
    query = _in_window(query, columns.day, since, until).order_by(columns.day)
    with read_transaction(engine) as connection:
        rows = connection.execute(query).mappings()
        checked_rows = (checked(row, monitoring_counts) for row in rows)
        return {row["day"]: DayCounts.from_json(row["counts"]) for row in checked_rows}


def read_volumes(
    engine: Engine, since: date | None = None, until: date | None = None
) -> dict[date, int]:
    """Read the decisions of all models by day; `since` is inclusive, `until` exclusive."""
    columns = monitoring_counts.c
    query = select(columns.day, func.sum(columns.decisions).label("number")).group_by(columns.day)
    query = _in_window(query, columns.day, since, until).order_by(columns.day)
    with read_transaction(engine) as connection:
        return {row.day: int(row.number) for row in connection.execute(query)}


def models(engine: Engine) -> list[CountedModel]:
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
    with read_transaction(engine) as connection:
        return [CountedModel(*row) for row in connection.execute(query)]


def uncounted_records(engine: Engine) -> int:
    """The number of decisions and outcomes that are not counted yet."""
    query = select(func.count()).select_from(uncounted)
    with read_transaction(engine) as connection:
        return connection.execute(query).scalar_one()


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
    engine: Engine, since: date | None = None, until: date | None = None
) -> list[RefusedRequests]:
    """Read the refused requests by day; `since` is inclusive, `until` exclusive."""
    columns = refused_requests.c
    query = _in_window(select(refused_requests), columns.day, since, until)
    with read_transaction(engine) as connection:
        rows = connection.execute(query.order_by(*refused_requests.primary_key)).mappings()
        return [RefusedRequests(**checked(row, refused_requests)) for row in rows]


def _in_window(
    query: Select[Any], day: Column[date], since: date | None, until: date | None
) -> Select[Any]:
    if since is not None:
        query = query.where(day >= since)
    return query if until is None else query.where(day < until)
