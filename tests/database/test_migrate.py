"""Migrations bring a database of either kind, of any earlier revision, to the current tables."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, literal, select, text

from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import (
    HEAD,
    is_current,
    migrate,
    prepare_database,
    require_current,
)
from credit_scoring.database.table_definitions import decisions, kept_answers, metadata
from credit_scoring.decisions.erase import ERASED_VALUES
from credit_scoring.errors import StorageError
from tests import database_fixtures
from tests.database.log_rows import insert_log_rows, log_rows
from tests.server_process import ROOT

EARLIER_REVISIONS = [f"{number:04}" for number in range(1, int(HEAD))]
MIGRATION_NEEDED = rf"needs migration {HEAD} of this version: run python model\.py migrate"


@pytest.fixture
def empty(empty_url):
    engine = open_database(empty_url, limited=False)
    yield engine
    engine.dispose()


def schema_differences(engine):
    with engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection), metadata)


class TestMigrations:
    def test_migrated_tables_equal_the_definitions(self, empty):
        assert migrate(empty) == (None, HEAD)
        assert schema_differences(empty) == []

    @pytest.mark.parametrize("revision", EARLIER_REVISIONS)
    def test_older_database_is_migrated_with_its_rows(self, empty, revision):
        assert migrate(empty, to=revision) == (None, revision)
        insert_log_rows(empty)
        before = log_rows(empty)
        with pytest.raises(StorageError, match=MIGRATION_NEEDED):
            require_current(empty)
        assert migrate(empty) == (revision, HEAD)
        assert log_rows(empty) == before
        assert schema_differences(empty) == []

    def test_earlier_erasures_are_completed(self, empty):
        """Before migration 0006 they left the request id, and answers without a decision."""
        migrate(empty, to="0005")
        insert_log_rows(empty)
        erasure = {**ERASED_VALUES, "erased_at": datetime.now(UTC)}
        del erasure["request_id"]
        changed = {"decision_id": literal("e"), "idempotency_key": literal("a")}
        names = [column["name"] for column in inspect(empty).get_columns("decisions")]
        copied_row = select(*(changed.get(name, decisions.c[name]) for name in names))
        answer = {"key_id": "", "made_at": datetime.now(UTC), "body_digest": ""}
        with empty.begin() as connection:
            connection.execute(decisions.insert().from_select(names, copied_row))
            connection.execute(decisions.update().where(decisions.c.decision_id == "d"), erasure)
            for key in "ab":
                row = {**answer, "idempotency_key": key, "answer": key}
                connection.execute(kept_answers.insert(), row)
        migrate(empty)
        with empty.connect() as connection:
            ids = select(decisions.c.decision_id, decisions.c.request_id)
            assert dict(connection.execute(ids).all()) == {"d": "", "e": "r"}
            assert connection.execute(select(kept_answers.c.answer)).scalars().all() == ["a"]

    def test_second_migration_does_nothing(self, empty):
        migrate(empty)
        assert migrate(empty) == (HEAD, HEAD)

    def test_failed_migration_leaves_no_table(self, empty, monkeypatch):
        def broken(*_arguments, **_options):
            raise ZeroDivisionError

        monkeypatch.setattr("alembic.op.create_index", broken)
        with pytest.raises(ZeroDivisionError):
            migrate(empty)
        assert inspect(empty).get_table_names() == []

    def test_two_simultaneous_releases_both_succeed(self, empty, empty_url, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", empty_url)
        command = [sys.executable, "-m", "credit_scoring.database"]
        releases = [
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
        ]
        assert sorted(release.communicate()[0] for release in releases) == [
            f"The database was already up to date ({HEAD}).\n",
            f"The database was migrated from nothing to {HEAD}.\n",
        ]
        assert is_current(empty)


class TestServerStart:
    def test_sqlite_is_migrated_and_postgresql_required_to_be(self, empty):
        if empty.dialect.name == "sqlite":
            prepare_database(empty)
            assert is_current(empty)
        else:
            with pytest.raises(StorageError, match=MIGRATION_NEEDED):
                prepare_database(empty)
            assert inspect(empty).get_table_names() == []

    def test_new_sqlite_log_is_announced(self, tmp_path, caplog):
        caplog.set_level("INFO", logger="credit_scoring")
        for _ in range(2):
            engine = open_database(f"sqlite:///{tmp_path}/decisions.db")
            prepare_database(engine)
            engine.dispose()
        assert caplog.messages == [f"an empty decision log was created in {tmp_path}/decisions.db"]

    def test_newer_database_works_except_for_erasure(self, empty):
        migrate(empty)
        with empty.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        prepare_database(empty)
        assert migrate(empty) == ("9999", "9999")
        message = rf"newer version \(9999; this version knows migrations up to {HEAD}\)"
        with pytest.raises(StorageError, match=message):
            require_current(empty, exactly=True)

    def test_postgresql_address_is_logged_but_not_answered(self, caplog):
        unreachable = open_database("postgresql://tests:secret@127.0.0.1:1/nothing")
        with pytest.raises(
            StorageError, match=r"\(OperationalError, PostgreSQL cannot be reached"
        ) as caught:
            prepare_database(unreachable)
        assert "127.0.0.1" not in str(caught.value)
        assert "port 1 failed: Connection refused" in caplog.text
        assert "secret" not in caplog.text

    def test_sqlite_on_a_dyno_gives_a_warning(self, tmp_path, monkeypatch, caplog):
        """tests/database/test_ephemeral_disk.py has the other platforms."""
        monkeypatch.setenv("DYNO", "web.1")
        engine = open_database(f"sqlite:///{tmp_path}/decisions.db")
        prepare_database(engine)
        engine.dispose()
        assert f"{tmp_path}/decisions.db is on a disk of Heroku that is lost" in caplog.text


@pytest.mark.parametrize(
    ("required", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)]
)
def test_missing_postgresql_skips_or_fails(monkeypatch, required, outcome):
    """Tests that need PostgreSQL are skipped without it, or fail where it is required."""
    monkeypatch.setenv("TESTS_NEED_POSTGRESQL", required)
    message = "PostgreSQL is not installed, on Debian and Ubuntu: apt-get install postgresql"
    with pytest.raises(outcome, match=message):
        database_fixtures.skip_or_fail_without_postgresql()
