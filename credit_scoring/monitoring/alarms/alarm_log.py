"""The log of alarms that went on or off, append-only; its last row per rule is the alarm's state.

Several processes evaluate the same alarms. A change is a compare-and-swap on the number of the
newest row: of two processes that find the same change, one fails, so that it is stored and sent
once.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Select,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.read_transaction import checked, read_transaction
from credit_scoring.database.table_definitions import alarm_changes
from credit_scoring.decisions.uuid7 import new_id

State = Literal["on", "off"]
COLUMNS = alarm_changes.c


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChange:
    """An alarm of a model that went on or off, not stored yet.

    `since` is the first day of what the alarm is about, if that is known.
    """

    model_digest: str
    rule: str
    state: State
    value: float
    limit_value: float
    since: date | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmChange(NewChange):
    """A stored change, with the delivery by the webhook: `attempts`, and when one succeeded."""

    number: int
    change_id: str
    made_at: datetime
    sent_at: datetime | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class AlarmStates:
    """The last change of each model and rule, and the number of the newest row of all."""

    changes: dict[tuple[str, str], AlarmChange]  # by the model's digest and the rule's name
    newest: int

    def on(self, model_digest: str) -> dict[str, AlarmChange]:
        """The alarms of a model that are on: by rule, the change that switched each on."""
        return {
            rule: change
            for (digest, rule), change in self.changes.items()
            if digest == model_digest and change.state == "on"
        }

    def on_for_others(self, model_digest: str) -> list[AlarmChange]:
        """The changes that switched on what is on for other models."""
        return [
            change
            for (digest, _), change in self.changes.items()
            if digest != model_digest and change.state == "on"
        ]


def read_alarm_states(database: Engine | Connection) -> AlarmStates:
    """Read the state of every alarm; StorageError if the database is not available."""
    last = select(func.max(COLUMNS.number)).group_by(COLUMNS.model_digest, COLUMNS.rule)
    query = select(alarm_changes).where(COLUMNS.number.in_(last))
    with read_transaction(database) as connection:
        # the number first: a change that is stored in between makes `append` fail
        newest = connection.execute(select(func.max(COLUMNS.number))).scalar_one() or 0
        changes = [_change(row) for row in connection.execute(query).mappings()]
    by_rule = {(change.model_digest, change.rule): change for change in changes}
    return AlarmStates(by_rule, newest)


class AlarmLog:
    """The log in the database of `engine`, for several threads and processes.

    Every method raises StorageError if the database is not available.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def states(self) -> AlarmStates:
        """Read the state of every alarm."""
        return read_alarm_states(self._engine)

    def append(self, changes: Sequence[NewChange], newest: int) -> bool:
        """Store `changes` after row `newest`; False if another process stored a row meanwhile."""
        rows = [
            asdict(
                AlarmChange(
                    **asdict(change), number=number, change_id=new_id(), made_at=datetime.now(UTC)
                )
            )
            for number, change in enumerate(changes, newest + 1)
        ]
        try:
            with translate_database_errors(), self._engine.begin() as connection:
                connection.execute(insert(alarm_changes), rows)
        except IntegrityError:
            return False
        return True

    def undelivered(self, since: datetime, max_attempts: int) -> list[AlarmChange]:
        """The changes from `since` on that were not delivered, oldest first."""
        query = select(alarm_changes).where(
            COLUMNS.sent_at.is_(None), COLUMNS.made_at >= since, COLUMNS.attempts < max_attempts
        )
        return self._read(query.order_by(COLUMNS.number))

    def claim(self, change: AlarmChange) -> bool:
        """Count an attempt to deliver; False if another process has made the same one."""
        return self._update(
            change, COLUMNS.attempts == change.attempts, attempts=change.attempts + 1
        )

    def note_delivery(self, change: AlarmChange) -> None:
        """Store that a change was delivered now."""
        self._update(change, COLUMNS.sent_at.is_(None), sent_at=datetime.now(UTC))

    def _update(self, change: AlarmChange, condition: ColumnElement[bool], **values: Any) -> bool:
        statement = update(alarm_changes).where(COLUMNS.number == change.number, condition)
        with translate_database_errors(), self._engine.begin() as connection:
            return connection.execute(statement.values(**values)).rowcount == 1

    def _read(self, query: Select[Any]) -> list[AlarmChange]:
        with read_transaction(self._engine) as connection:
            return [_change(row) for row in connection.execute(query).mappings()]


def _change(row: RowMapping) -> AlarmChange:
    checked(row, alarm_changes)
    return AlarmChange(**{field.name: row[field.name] for field in fields(AlarmChange)})
