"""An INSERT that is compiled once: SQLAlchemy looks it up and prepares it anew for every execution.

On SQLite many rows go into one statement: a row of its own for each is a step each, after which the thread has to wait
for the interpreter while it holds the database's lock.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert

Row = Mapping[str, Any]
MOST = 100  # rows in a statement: with 17 columns far below SQLite's limit of 32,766 parameters


class Insert:
    """Inserts rows of some columns into a table, on one kind of database."""

    def __init__(self, table: Table, columns: Sequence[str], dialect: Dialect) -> None:
        compiled = insert(table).compile(dialect=dialect, column_keys=columns)
        made = {
            name: table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
            for name in columns
        }
        self._text, self._order = str(compiled), compiled.positiontup
        self._processors = {
            name: processor for name, processor in made.items() if processor is not None
        }

    def run(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Insert `rows`, at least one, each with the very columns."""
        if self._order is None:
            connection.exec_driver_sql(self._text, [self._processed(row) for row in rows])
            return
        for statement, parameters in self.statements(rows):
            connection.exec_driver_sql(statement, parameters)

    def statements(self, rows: Sequence[Row]) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """The statements that insert `rows`, `MOST` in each, and their parameters; of a database without names."""
        head, values, row = self._text.partition(" VALUES ")
        for start in range(0, len(rows), MOST):
            some = [self._in_order(each) for each in rows[start : start + MOST]]
            yield head + values + ", ".join([row] * len(some)), tuple(chain.from_iterable(some))

    def _in_order(self, row: Row) -> list[Any]:
        values = self._processed(row)
        return [values[name] for name in self._order or ()]

    def _processed(self, row: Row) -> dict[str, Any]:
        return {**row, **{name: process(row[name]) for name, process in self._processors.items()}}
