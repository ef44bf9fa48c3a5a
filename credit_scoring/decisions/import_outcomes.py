"""Outcomes of many loans at once: every row is checked first, then all are stored or none.

An outcome that the log already has is skipped, so a repeated import changes nothing. Another
outcome of the same decision corrects the earlier one.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.plain_insert import insert_rows
from credit_scoring.database.read_transaction import read_transaction
from credit_scoring.database.table_definitions import decisions, outcomes
from credit_scoring.decisions.records import Outcome
from credit_scoring.decisions.uuid7 import new_id, next_id
from credit_scoring.errors import TableError

CHUNK = 500  # outcomes per transaction: short enough that a running service does not wait
MAX_PROBLEMS = 20  # in a message
MAX_SHOWN = 60  # characters of a wrong value
OUTCOMES: dict[Any, int] = {0: 0, 1: 1, "0": 0, "1": 1}  # a truth value equals 0 or 1


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """The numbers of new outcomes, of corrections, and of outcomes that the log had."""

    new: int = 0
    corrections: int = 0
    present: int = 0

    def __add__(self, other: "ImportCounts") -> "ImportCounts":
        return ImportCounts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


def import_outcomes(engine: Engine, rows: Sequence[tuple[Any, Any]]) -> ImportCounts:
    """Store the outcome, 0 or 1, of each decision: `rows` of a file, below a header.

    TableError names every wrong row, up to `MAX_PROBLEMS`, and nothing is stored. StorageError if
    the database is not available; what is stored by then is skipped when the import is repeated.
    """
    problems = list(_invalid(rows)) or list(_unknown(engine, rows))
    if problems:
        raise TableError(_message(problems))
    by_decision = {_decision_id(value): OUTCOMES[outcome] for value, outcome in rows}
    ids = sorted(by_decision)  # in the same order in every process: none waits for another
    counts = ImportCounts()
    for chunk in _chunks(ids):
        with translate_database_errors(), engine.begin() as connection:
            counts += _store(connection, {key: by_decision[key] for key in chunk})
    return counts


def _invalid(rows: Sequence[tuple[Any, Any]]) -> Iterator[str]:
    first_rows: dict[str, int] = {}
    for number, (value, outcome) in enumerate(rows, 2):
        decision_id = _decision_id(value)
        if not decision_id:
            yield (
                f"row {number}: decision_id is {_shown(value)}: expected the decision_id of an "
                "answer"
            )
        elif first_rows.setdefault(decision_id, number) != number:
            first = first_rows[decision_id]
            yield f"row {number}: decision {decision_id} is also in row {first}: keep one of them"
        if not _is_outcome(outcome):
            of_which = f" of decision {decision_id}" if decision_id else ""
            yield (
                f"row {number}: outcome{of_which} is {_shown(outcome)}: expected 0 (repaid) or "
                "1 (default)"
            )


def _unknown(engine: Engine, rows: Sequence[tuple[Any, Any]]) -> Iterator[str]:
    ids = [_decision_id(value) for value, _ in rows]
    known: set[str] = set()
    for chunk in _chunks(ids):
        query = select(decisions.c.decision_id).where(decisions.c.decision_id.in_(chunk))
        with read_transaction(engine) as connection:
            known.update(connection.execute(query).scalars())
    for number, decision_id in enumerate(ids, 2):
        if decision_id not in known:
            yield f"row {number}: decision {decision_id} is not in this log: remove the row"


def _message(problems: Sequence[str]) -> str:
    shown = "\n".join(problems[:MAX_PROBLEMS])
    more = len(problems) - MAX_PROBLEMS
    return f"nothing was stored:\n{shown}" + (f"\nand {more:,} more" if more > 0 else "")


def _is_outcome(value: Any) -> bool:
    return isinstance(value, Hashable) and value in OUTCOMES


def _shown(value: Any) -> str:
    return "empty" if value is None else f'"{str(value)[:MAX_SHOWN]}"'


def _decision_id(value: Any) -> str:
    """The id as the log writes it; "" if it is not one."""
    try:
        return str(UUID(value))
    except (ValueError, TypeError, AttributeError):
        return ""


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _store(connection: Connection, by_decision: dict[str, int]) -> ImportCounts:
    """Store the outcomes that differ from the last ones of their decisions."""
    of_these = decisions.c.decision_id.in_(by_decision)
    in_order = select(decisions.c.decision_id).where(of_these).order_by(decisions.c.decision_id)
    connection.execute(in_order.with_for_update())
    last = _last_outcomes(connection, list(by_decision))
    changed = {
        key: outcome
        for key, outcome in by_decision.items()
        if key not in last or last[key].outcome != outcome
    }
    rows = [
        {**asdict(_outcome(outcome, last.get(key))), "decision_id": key}
        for key, outcome in changed.items()
    ]
    if rows:
        insert_rows(connection, outcomes, rows)
    corrections = len(changed.keys() & last.keys())
    present = len(by_decision) - len(changed)
    return ImportCounts(len(changed) - corrections, corrections, present)


def _last_outcomes(connection: Connection, ids: Sequence[str]) -> dict[str, Any]:
    columns = outcomes.c
    query = select(columns.decision_id, columns.outcome_id, columns.outcome)
    ordered = query.where(columns.decision_id.in_(ids)).order_by(columns.outcome_id)
    return {row.decision_id: row for row in connection.execute(ordered)}


def _outcome(outcome: int, last: Any) -> Outcome:
    """An outcome whose id sorts after that of the one it corrects, a row or None."""
    outcome_id = new_id() if last is None else max(new_id(), next_id(last.outcome_id))
    return Outcome(outcome_id, datetime.now(UTC), outcome, key_id="")
