"""The migrations bring both kinds of database to the tables of the program, however they are started."""

import multiprocessing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from credit_scoring.database.engine import open_database
from credit_scoring.database.schema import HEAD, is_current, migrate, prepare, require_current
from credit_scoring.database.tables import metadata
from credit_scoring.errors import StorageError


@pytest.fixture
def empty(empty_url):
    opened = open_database(empty_url)
    yield opened
    opened.dispose()


def migrate_there(url):
    engine = open_database(url)
    migrate(engine)
    engine.dispose()


def test_the_migrations_make_the_tables_that_the_program_knows(empty):
    assert migrate(empty) == (None, HEAD)
    with empty.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_second_migration_does_nothing(empty):
    migrate(empty)
    assert migrate(empty) == (HEAD, HEAD)


def test_two_processes_that_migrate_at_once_both_succeed(empty, empty_url):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(migrate_there, [empty_url] * 2)
    assert is_current(empty)


def test_a_server_migrates_sqlite_and_asks_for_it_on_postgresql(empty):
    if empty.dialect.name == "sqlite":
        prepare(empty)
        assert is_current(empty)
    else:
        with pytest.raises(StorageError, match=rf"lacks the tables of this program \({HEAD}\): .* model\.py migrate"):
            prepare(empty)
        assert inspect(empty).get_table_names() == []


def test_an_older_database_is_refused_and_a_newer_one_is_not(empty):
    migrate(empty)
    for revision, current in (("0000", False), ("9999", True)):
        with empty.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
        assert is_current(empty) == current
    require_current(empty)
    assert migrate(empty) == ("9999", "9999")


def test_a_migration_that_fails_leaves_nothing(empty, monkeypatch):
    def broken(*_arguments, **_options):
        raise ZeroDivisionError

    monkeypatch.setattr("alembic.op.create_index", broken)
    with pytest.raises(ZeroDivisionError):
        migrate(empty)
    assert inspect(empty).get_table_names() == []


def test_postgresql_that_is_down_is_a_failure_of_storage():
    nowhere = open_database("postgresql://tests@127.0.0.1:1/nothing")
    with pytest.raises(StorageError, match=r"\(OperationalError\)"):
        prepare(nowhere)


@pytest.mark.parametrize("dyno", [True, False])
def test_a_file_on_a_dyno_is_warned_of(tmp_path, monkeypatch, caplog, dyno):
    if dyno:
        monkeypatch.setenv("DYNO", "web.1")
    engine = open_database(f"sqlite:///{tmp_path}/decisions.db")
    prepare(engine)
    engine.dispose()
    assert ("lost at its next restart: set DATABASE_URL" in caplog.text) == dyno
