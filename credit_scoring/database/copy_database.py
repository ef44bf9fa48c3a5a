"""Moves a decision log from SQLite to PostgreSQL: every table, in one transaction, verified.

The source is locked for writing meanwhile, so that no decision is stored there that the copy does
not have. A killed copy leaves an empty target: it can simply be repeated.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, Table, func, select, text
from sqlalchemy.exc import DataError, IntegrityError

from credit_scoring.database.errors import error_code, translate_database_errors
from credit_scoring.database.migrate import ADVISORY_LOCK, require_current
from credit_scoring.database.plain_insert import insert_rows
from credit_scoring.database.read_transaction import checked, readable_values
from credit_scoring.database.table_definitions import metadata, monitoring_state, write_probe
from credit_scoring.errors import SettingError, StorageError
from credit_scoring.progress import ReportProgress, ignore_progress

CHUNK = 1000  # rows in memory
DIGESTS = 2**256  # number of the digests of SHA-256
TABLES = [table for table in metadata.sorted_tables if table is not write_probe]
# Triggers that queue each new row for monitoring. The queue itself is copied.
QUEUE_TRIGGERS = {"decisions": "decisions_uncounted", "outcomes": "outcomes_uncounted"}
Rows: TypeAlias = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class CopiedTable:
    """A table that was copied. `digest` is the sum of the SHA-256 of its rows, in hexadecimal."""

    name: str
    rows: int
    digest: str


def copy_database(
    source: Engine, target: Engine, report: ReportProgress = ignore_progress
) -> list[CopiedTable]:
    """Copy all tables of `source` to `target`, which is migrated and empty; all or nothing.

    The rows are read back from `target` and compared before the commit. `report` counts rows that
    were copied, then rows that were compared.

    SettingError if the databases are not SQLite and PostgreSQL; StorageError if one of them needs
    a migration, `target` is not empty, cannot hold a row, or has other rows than `source` then.
    """
    require_kinds(source, target)
    for engine in (source, target):
        require_current(engine, exactly=True)
    with ExitStack() as stack:
        stack.enter_context(translate_database_errors())
        stack.enter_context(readable_values())
        reader = stack.enter_context(source.begin())  # takes SQLite's write lock
        writer = stack.enter_context(target.begin())
        writer.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        _require_empty(writer)
        counter = _Counter(report, 2 * sum(_count(reader, table) for table in TABLES))
        copied = _copy(reader, writer, counter)
        _require_equal(copied, [_summary(table, writer, counter) for table in TABLES])
    return copied


class _Counter:
    """Reports progress by rows."""

    def __init__(self, report: ReportProgress, total: int) -> None:
        self._report = report
        self._total = total
        self._done = 0

    def add(self, number: int) -> None:
        self._done += number
        self._report(self._done, self._total)


def require_kinds(source: Engine, target: Engine) -> None:
    """SettingError if the databases are not SQLite and PostgreSQL."""
    kinds = source.dialect.name, target.dialect.name
    if kinds != ("sqlite", "postgresql"):
        raise SettingError(
            f"a database is copied from SQLite to PostgreSQL, not from {kinds[0]} to {kinds[1]}: "
            "name the file with --copy-from sqlite:///file and set DATABASE_URL to "
            "postgresql://user:password@host/name"
        )


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _require_empty(connection: Connection) -> None:
    """StorageError unless `connection`'s tables are as the migrations leave them."""
    counts = {table.name: _count(connection, table) for table in TABLES}
    counts[monitoring_state.name] = 0  # its one row
    filled = [f"{name} has {count:,} rows" for name, count in counts.items() if count]
    if filled:
        raise StorageError(
            f"the database of DATABASE_URL is not empty ({', '.join(filled)}): nothing was copied; "
            "stop the services that use it, and set DATABASE_URL to an empty database"
        )


def _copy(reader: Connection, writer: Connection, counter: _Counter) -> list[CopiedTable]:
    for table, trigger in QUEUE_TRIGGERS.items():
        writer.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}"))
    writer.execute(monitoring_state.delete())
    copied = [_copy_table(table, reader, writer, counter) for table in TABLES]
    for table, trigger in QUEUE_TRIGGERS.items():
        writer.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}"))
    return copied


def _copy_table(
    table: Table, reader: Connection, writer: Connection, counter: _Counter
) -> CopiedTable:
    def copied_rows() -> Iterator[Rows]:
        for number, rows in enumerate(_read(table, reader)):
            _insert(table, rows, number * CHUNK + 1, writer)
            counter.add(len(rows))
            yield rows

    return _summarise(table, copied_rows())


def _insert(table: Table, rows: Rows, first: int, writer: Connection) -> None:
    try:
        insert_rows(writer, table, rows)
    except (DataError, IntegrityError, UnicodeError) as error:
        raise StorageError(
            f"PostgreSQL refuses a row of {table.name} ({error_code(error)}), one of rows {first} "
            f"to {first + len(rows) - 1} in the order of the primary key: nothing was copied. "
            "Another program changed the source: repair the row, or restore a backup"
        ) from None


def _summary(table: Table, connection: Connection, counter: _Counter) -> CopiedTable:
    def read_rows() -> Iterator[Rows]:
        for rows in _read(table, connection):
            counter.add(len(rows))
            yield rows

    return _summarise(table, read_rows())


def _read(table: Table, connection: Connection) -> Iterator[Rows]:
    """Yield all rows of a table, some at a time; ValueError for a value of another type."""
    query = select(table).order_by(*table.primary_key).execution_options(yield_per=CHUNK)
    for rows in connection.execute(query).mappings().partitions():
        yield [dict(checked(row, table)) for row in rows]


def _summarise(table: Table, chunks: Iterable[Rows]) -> CopiedTable:
    """Count and digest rows. Their order does not matter: the databases sort texts differently."""
    count = digest = 0
    for rows in chunks:
        count += len(rows)
        digest = (digest + sum(map(_row_digest, rows))) % DIGESTS
    return CopiedTable(table.name, count, f"{digest:064x}")


def _row_digest(row: dict[str, Any]) -> int:
    return int.from_bytes(hashlib.sha256(repr(tuple(row.values())).encode()).digest())


def _require_equal(copied: Sequence[CopiedTable], stored: Sequence[CopiedTable]) -> None:
    for expected, found in zip(copied, stored, strict=True):
        if expected != found:
            raise StorageError(
                f"{expected.name} has {found.rows:,} rows with the digest {found.digest[:12]} in "
                f"PostgreSQL: expected {expected.rows:,} rows with {expected.digest[:12]}; nothing "
                "was copied, try again"
            )
