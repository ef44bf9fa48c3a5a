"""Moving a log from SQLite to PostgreSQL: complete, compared, all or nothing."""

import re
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, insert, literal, select, text

from credit_scoring.database import copy_database as copying
from credit_scoring.database.copy_database import TABLES, copy_database
from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import migrate
from credit_scoring.database.table_definitions import (
    decisions,
    kept_answers,
    keys,
    monitoring_counts,
    monitoring_state,
    outcomes,
    refused_requests,
    sessions,
    uncounted,
)
from credit_scoring.errors import SettingError, StorageError
from tests.database.log_rows import insert_log_rows
from tests.database_fixtures import migrate_database
from tests.server_process import ROOT

NOW = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
AWKWARD = 'ü "quoted", \\ back\nslash\t\u2028 \N{PILE OF POO}'
ROWS = {
    keys: {"key_id": "k", "name": AWKWARD, "scopes": "score", "digest": "x", "created_at": NOW},
    kept_answers: {
        "key_id": "k", "idempotency_key": "A-1", "made_at": NOW, "body_digest": "b", "answer": "{}"
    },
    sessions: {
        "secret_digest": "s", "key_id": "k", "key_proof": "p", "created_at": NOW, "expires_at": NOW
    },
    refused_requests: {"day": NOW.date(), "kind": "busy", "field": "", "number": 3},
    monitoring_counts: {
        "model_digest": "a", "day": NOW.date(), "model_version": "b", "decisions": 1, "counts": "{}"
    },
}  # fmt: skip


@pytest.fixture
def source_url(tmp_path):
    """A log with awkward values, one counted decision and one outcome that is not counted yet."""
    url = f"sqlite:///{tmp_path}/decisions.db"
    migrate_database(url)
    engine = open_database(url)
    insert_log_rows(engine)
    with engine.begin() as connection:
        for table, row in ROWS.items():
            connection.execute(insert(table), row)
        connection.execute(uncounted.delete().where(uncounted.c.record_kind == "decision"))
        connection.execute(monitoring_state.update().values(batch=7))
        for number, probability in enumerate((-0.0, 5e-324, 0.1 + 0.2, 1 - 2**-53)):
            changed = {"decision_id": f"d{number}", "probability": probability, "inputs": AWKWARD}
            columns = [literal(changed[c.name]) if c.name in changed else c for c in decisions.c]
            row = select(*columns).where(decisions.c.decision_id == "d")
            connection.execute(decisions.insert().from_select(decisions.c.keys(), row))
    engine.dispose()
    return url


@pytest.fixture
def source(source_url):
    engine = open_database(source_url, limited=False)
    yield engine
    engine.dispose()


@pytest.fixture
def target(postgresql_url):
    engine = open_database(postgresql_url, limited=False)
    yield engine
    engine.dispose()


def contents(engine):
    """All rows by table; numbers as text, which tells -0.0 from 0.0."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)))) for table in TABLES
        }


def numbers_of_rows(engine):
    with engine.connect() as connection:
        query = (select(func.count()).select_from(table) for table in TABLES)
        return dict(zip(TABLES, map(connection.scalar, query), strict=True))


def test_every_row_is_copied_and_compared(source, target):
    copied = copy_database(source, target)
    assert contents(target) == contents(source)
    assert {table.name: table.rows for table in copied} == {
        table.name: rows for table, rows in numbers_of_rows(source).items()
    }
    assert len({table.digest for table in copied if table.rows}) == len(ROWS) + 5


def test_new_rows_are_queued_and_the_log_is_appended_only_afterwards(source, target):
    copy_database(source, target)
    before = numbers_of_rows(target)[uncounted]
    row = {"outcome_id": "p", "decision_id": "d", "made_at": NOW, "key_id": "", "outcome": 0}
    with target.begin() as connection:
        connection.execute(insert(outcomes), row)
    assert numbers_of_rows(target)[uncounted] == before + 1
    with pytest.raises(Exception, match="are appended, never changed"), target.begin() as other:
        other.execute(decisions.delete())


def test_target_with_a_row_is_refused(source, target):
    with target.begin() as connection:
        connection.execute(insert(keys), ROWS[keys])
    before = contents(target)
    with pytest.raises(StorageError, match=r"is not empty \(keys has 1 rows\): nothing was copied"):
        copy_database(source, target)
    assert contents(target) == before


def test_second_copy_is_refused(source, target):
    copy_database(source, target)
    with pytest.raises(StorageError, match="is not empty"):
        copy_database(source, target)


def test_row_that_postgresql_cannot_hold_is_named_and_nothing_is_copied(source, target):
    with source.begin() as connection:
        connection.execute(insert(keys), {**ROWS[keys], "key_id": "n", "name": "a\0b"})
    with pytest.raises(
        StorageError, match=r"refuses a row of keys \(DataError\), one of rows 1 to 2"
    ):
        copy_database(source, target)
    assert not any(numbers_of_rows(target)[table] for table in TABLES if table in ROWS)


def test_value_of_another_type_is_an_error(source, target):
    with source.begin() as connection:
        connection.execute(text("UPDATE refused_requests SET number = 'three'"))
    with pytest.raises(StorageError, match=r"cannot be read \(ValueError\)"):
        copy_database(source, target)


def test_difference_after_the_copy_undoes_it(source, target, monkeypatch):
    insert_rows = copying.insert_rows

    def lossy(connection, table, rows):
        if table is refused_requests:
            rows = [{**row, "number": row["number"] + 1} for row in rows]
        insert_rows(connection, table, rows)

    monkeypatch.setattr(copying, "insert_rows", lossy)
    with pytest.raises(StorageError, match=r"refused_requests has 1 rows with the digest \w{12}"):
        copy_database(source, target)
    assert numbers_of_rows(target)[decisions] == 0


def test_source_cannot_be_written_meanwhile(source, target):
    """A decision stored there during the copy would be lost."""
    service = sqlite3.connect(source.url.database)
    service.execute("PRAGMA busy_timeout = 0")

    def write(_done, _total):
        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            service.execute("UPDATE monitoring_state SET batch = 8")

    copy_database(source, target, report=write)
    service.execute("UPDATE monitoring_state SET batch = 8")
    service.close()


def test_killed_copy_leaves_an_empty_target(source, source_url, target, postgresql_url):
    program = (
        "import os, sys; from credit_scoring.database.copy_database import copy_database; "
        "from credit_scoring.database.engine import open_database; "
        "copy_database(*(open_database(url, limited=False) for url in sys.argv[1:]), "
        "lambda done, total: os.kill(os.getpid(), 9) if 2 * done > total else None)"
    )
    command = [sys.executable, "-c", program, source_url, postgresql_url]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -9
    assert numbers_of_rows(target)[decisions] == 0
    copy_database(source, target)
    assert contents(target) == contents(source)


@pytest.mark.parametrize("direction", ["sqlite to sqlite", "postgresql to sqlite"])
def test_other_directions_are_refused(source, target, direction):
    engines = {"sqlite": source, "postgresql": target}
    first, second = (engines[kind] for kind in direction.split(" to "))
    with pytest.raises(SettingError, match=f"from SQLite to PostgreSQL, not from {direction}"):
        copy_database(first, second)


def test_source_of_an_earlier_version_is_refused(target, tmp_path):
    old = open_database(f"sqlite:///{tmp_path}/old.db", limited=False)
    migrate(old, to="0011")
    with pytest.raises(StorageError, match="needs migration"):
        copy_database(old, target)
    old.dispose()


class TestCommand:
    def test_tables_are_listed(self, run_cli, source_url, cluster, monkeypatch):
        with cluster.database() as url:
            monkeypatch.setenv("DATABASE_URL", url)
            exit_code, output = run_cli("migrate", "--copy-from", source_url)
        assert exit_code == 0, output
        assert "was migrated from nothing" in output
        assert re.search(r"decisions 5 rows [0-9a-f]{12}", output)
        assert f"Everything in {source_url} was copied and compared." in output

    def test_missing_source_is_named(self, run_cli, postgresql_url, tmp_path, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", postgresql_url)
        exit_code, output = run_cli("migrate", "--copy-from", f"sqlite:///{tmp_path}/none.db")
        assert exit_code == 1
        assert "none.db does not exist" in output

    def test_sqlite_target_is_not_created(self, run_cli, source_url, tmp_path, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/new.db")
        exit_code, output = run_cli("migrate", "--copy-from", source_url)
        assert exit_code == 1
        assert "not from sqlite to sqlite" in output
        assert not (tmp_path / "new.db").exists()
