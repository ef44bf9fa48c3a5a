"""Queries of the decision log: filters, and database rows converted to records."""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from sqlalchemy import Connection, RowMapping, Select, Table, select

from credit_scoring.database.read_transaction import checked
from credit_scoring.database.table_definitions import (
    decisions,
    input_names,
    kept_answers,
    outcomes,
    reviews,
)
from credit_scoring.decisions.input_encoding import decode_inputs
from credit_scoring.decisions.records import IdempotencyRecord, Outcome, Review, StoredDecision
from credit_scoring.decisions.uuid7 import lowest_id_at
from credit_scoring.errors import StorageError

# Fields that a summary does not have.
DETAILS = ("inputs", "reasons", "damaged", "reviews", "outcomes")
NAMES = tuple(field.name for field in fields(StoredDecision))
SUMMARIES = select(*(decisions.c[name] for name in NAMES if name not in DETAILS))
FULL_DECISIONS = select(decisions, input_names.c.names).outerjoin(input_names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Conditions on decisions; None means no condition. `since` is inclusive, `until` exclusive.

    `reviewed`: whether a person reviewed it. `outcome`: the last outcome of the loan, 0 or 1.
    """

    decision: Literal["ACCEPTED", "REFUSED"] | None = None
    applicant_id: str | None = None
    model_version: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    reviewed: bool | None = None
    outcome: int | None = None

    def apply(self, query: Select[Any]) -> Select[Any]:
        """Return the query of decisions with these conditions."""
        columns = decisions.c
        for name in ("decision", "applicant_id", "model_version"):
            if (value := getattr(self, name)) is not None:
                query = query.where(columns[name] == value)
        if self.since is not None:
            query = query.where(columns.decision_id >= lowest_id_at(self.since))
        if self.until is not None:
            query = query.where(columns.decision_id < lowest_id_at(self.until))
        if self.reviewed is not None:
            is_reviewed = columns.decision_id.in_(select(reviews.c.decision_id))
            query = query.where(is_reviewed if self.reviewed else ~is_reviewed)
        if self.outcome is not None:
            query = query.where(last_outcome() == self.outcome)
        return query


def last_outcome() -> Any:
    """The last outcome of a decision's loan, as a column of a query; NULL without one."""
    return last_appended(outcomes, "outcome")


def last_appended(table: Table, name: str) -> Any:
    """A column of a decision's last record in `table`, as a column of a query; NULL without one."""
    (id_column,) = table.primary_key.columns
    records = select(table.c[name]).where(table.c.decision_id == decisions.c.decision_id)
    return records.order_by(id_column.desc()).limit(1).scalar_subquery()


class _HasId(Protocol):
    @property
    def decision_id(self) -> str: ...


Row = TypeVar("Row", bound=_HasId)


def pages(fetch: Callable[[str], Sequence[Row]]) -> Iterator[Sequence[Row]]:
    """Yield pages of decisions in the order of their ids.

    `fetch` returns the next ones after an id. StorageError if the index is damaged.
    """
    last_id = ""
    while page := fetch(last_id):
        if page[-1].decision_id <= last_id:
            raise StorageError("the index of decisions is damaged: restore a backup")
        yield page
        last_id = page[-1].decision_id


def stored_decision(row: Mapping[Any, Any], **appended: Any) -> StoredDecision:
    """Convert a row of SUMMARIES or FULL_DECISIONS.

    Inputs and reasons that are not the JSON that was stored are empty, and listed in `damaged`.
    ValueError if another column has a value of another type.
    """
    row = dict(row)  # a look-up in a RowMapping takes ten times as long
    checked(row, decisions)
    values = {name: row[name] for name in NAMES if name in row}
    damaged = []
    for name, parse in (("inputs", _inputs), ("reasons", _reasons)):
        try:
            values[name] = parse(row)
        except (ValueError, RecursionError):
            del values[name]
            damaged.append(name)
    return StoredDecision(**values, damaged=damaged, **appended)


def _inputs(row: Mapping[Any, Any]) -> str | None:
    """The inputs as the text of a JSON object; ValueError if another program changed them."""
    if row.get("inputs") is None:
        return None
    inputs = decode_inputs(row["inputs"], row["names"])
    _parse(inputs, dict)
    return inputs


def _reasons(row: Mapping[Any, Any]) -> list[Any]:
    if row.get("reasons") is None:
        return []
    reasons: list[Any] = _parse(row["reasons"], list)
    if not all(isinstance(reason, dict) for reason in reasons):
        raise ValueError("a reason is not a JSON object")
    return reasons


def _parse(stored: str, kind: type) -> Any:
    """Parse JSON that every client can read; ValueError for another kind.

    ValueError for numbers that are no finite float, too, and for text that is not Unicode.
    """
    value = json.loads(
        stored, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_whole
    )
    if "\\u" in stored:  # an escaped lone surrogate cannot be sent
        json.dumps(value, ensure_ascii=False).encode()
    if not isinstance(value, kind):
        raise ValueError(f"expected a JSON {kind.__name__}")  # noqa: TRY004 - like invalid JSON
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    if math.isfinite(number := float(text)):
        return number
    raise ValueError(f"a number of {len(text)} characters is not finite")


def _whole(text: str) -> int:
    _finite(text)
    return int(text)


def reviews_and_outcomes(connection: Connection, decision_id: str) -> dict[str, list[Any]]:
    """Read the reviews and outcomes of a decision, oldest first."""
    return {
        "reviews": _appended_records(connection, reviews, Review, decision_id),
        "outcomes": _appended_records(connection, outcomes, Outcome, decision_id),
    }


def _appended_records(
    connection: Connection, table: Table, record: Any, decision_id: str
) -> list[Any]:
    (id_column,) = table.primary_key.columns
    query = select(table).where(table.c.decision_id == decision_id).order_by(id_column)
    return [_record(record, row, table) for row in connection.execute(query).mappings()]


def find_idempotency_record(
    connection: Connection, key_id: str, idempotency_key: str
) -> IdempotencyRecord | None:
    """Read the answer stored under an Idempotency-Key of an API key."""
    columns = kept_answers.c
    query = select(kept_answers).where(
        columns.key_id == key_id, columns.idempotency_key == idempotency_key
    )
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _record(IdempotencyRecord, row, kept_answers)


def _record(record: Any, row: RowMapping, table: Table) -> Any:
    checked(row, table)
    return record(**{f.name: row[f.name] for f in fields(record)})
