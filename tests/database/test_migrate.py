"""The migrations bring both kinds of database to the tables of the program, from wherever and however started."""

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, insert, inspect, literal, select, text
from sqlalchemy.exc import IntegrityError

from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import (
    HEAD,
    is_current,
    migrate,
    prepare_database,
    require_current,
)
from credit_scoring.database.table_definitions import input_names, metadata
from credit_scoring.errors import StorageError
from tests import databases
from tests.running import ROOT

LOG = [metadata.tables[name] for name in ("decisions", "reviews", "outcomes")]
GOES = ("inputs", "reasons", "applicant_id", "idempotency_key")  # by erasure, of a decision
EARLIER = [f"{number:04}" for number in range(1, int(HEAD))]
ROWS = """
INSERT INTO decisions (decision_id, made_at, request_id, key_id, kind, model_digest, model_version, inputs, reasons,
    probability, threshold, score, decision, risk_level, credit_score, applicant_id)
VALUES ('d', '2026-01-02 03:04:05', 'r', '', 'predict', 'a', 'b', '{"A": 1}', '[]',
    0.5, 0.09, 1, 'REFUSED', 'HIGH', 500, '100001');
INSERT INTO reviews (review_id, decision_id, made_at, key_id, outcome, reviewer, reason)
VALUES ('w', 'd', '2026-01-02 03:04:05', '', 'ACCEPTED', 'ada', 'a guarantor');
INSERT INTO outcomes (outcome_id, decision_id, made_at, key_id, outcome) VALUES ('o', 'd', '2026-01-02 03:04:05', '', 1)
"""


@pytest.fixture
def empty(empty_url):
    opened = open_database(empty_url)
    yield opened
    opened.dispose()


def fill(engine):
    with engine.begin() as connection:
        for statement in ROWS.split(";"):
            connection.exec_driver_sql(statement)


def content(engine):
    """Every row of the log, by table, without what is missing: an older database has fewer columns."""
    with engine.connect() as connection:
        found = {
            table.name: connection.execute(select(text("*")).select_from(table)) for table in LOG
        }
        return {name: [_known(row._asdict()) for row in rows] for name, rows in found.items()}


def _known(row):
    return {name: value for name, value in row.items() if value is not None}


class TestMigrations:
    def test_make_the_tables_that_the_program_knows(self, empty):
        assert migrate(empty) == (None, HEAD)
        with empty.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []

    @pytest.mark.parametrize("revision", EARLIER)
    def test_bring_an_older_database_up_to_date_and_keep_what_it_holds(self, empty, revision):
        assert migrate(empty, to=revision) == (None, revision)
        fill(empty)
        before = content(empty)
        with pytest.raises(
            StorageError,
            match=rf"lacks the tables of this program \({HEAD}\): .* model\.py migrate",
        ):
            require_current(empty)
        assert migrate(empty) == (revision, HEAD)
        assert content(empty) == before
        with empty.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []

    def test_do_nothing_a_second_time(self, empty):
        migrate(empty)
        assert migrate(empty) == (HEAD, HEAD)

    def test_that_fail_leave_nothing(self, empty, monkeypatch):
        def broken(*_arguments, **_options):
            raise ZeroDivisionError

        monkeypatch.setattr("alembic.op.create_index", broken)
        with pytest.raises(ZeroDivisionError):
            migrate(empty)
        assert inspect(empty).get_table_names() == []

    def test_started_by_two_releases_at_once_both_succeed(self, empty, empty_url, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", empty_url)
        release = [sys.executable, "-m", "credit_scoring.database"]
        started = [
            subprocess.Popen(release, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
        ]
        assert sorted(process.communicate()[0] for process in started) == [
            f"The database was brought from nothing up to date ({HEAD}).\n",
            f"The database was up to date ({HEAD}).\n",
        ]
        assert is_current(empty)


class TestAServer:
    def test_migrates_sqlite_and_asks_for_it_on_postgresql(self, empty):
        if empty.dialect.name == "sqlite":
            prepare_database(empty)
            assert is_current(empty)
        else:
            with pytest.raises(
                StorageError,
                match=rf"lacks the tables of this program \({HEAD}\): .* model\.py migrate",
            ):
                prepare_database(empty)
            assert inspect(empty).get_table_names() == []

    def test_works_with_a_newer_program_s_database_which_erasure_does_not(self, empty):
        migrate(empty)
        with empty.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        prepare_database(empty)
        assert migrate(empty) == ("9999", "9999")
        with pytest.raises(
            StorageError, match=rf"a newer program's \(9999; this one knows up to {HEAD}\)"
        ):
            require_current(empty, exactly=True)

    def test_says_that_postgresql_is_down_without_its_address_and_logs_it_with(self, caplog):
        nowhere = open_database("postgresql://tests:secret@127.0.0.1:1/nothing")
        with pytest.raises(
            StorageError, match=r"\(OperationalError, PostgreSQL cannot be reached"
        ) as caught:
            prepare_database(nowhere)
        assert "127.0.0.1" not in str(caught.value)
        assert "port 1 failed: Connection refused" in caplog.text
        assert "secret" not in caplog.text

    @pytest.mark.parametrize("dyno", [True, False])
    def test_warns_of_a_file_on_a_dyno(self, tmp_path, monkeypatch, caplog, dyno):
        if dyno:
            monkeypatch.setenv("DYNO", "web.1")
        engine = open_database(f"sqlite:///{tmp_path}/decisions.db")
        prepare_database(engine)
        engine.dispose()
        assert ("lost at its next restart: set DATABASE_URL" in caplog.text) == dyno


@pytest.mark.parametrize("table", LOG, ids=lambda table: table.name)
class TestTheDatabaseItselfRefuses:
    """What the program never does, whoever asks for it."""

    def test_to_delete_from_the_log(self, engine, table):
        fill(engine)
        refused(engine, table.delete())

    def test_to_change_any_column_of_the_log(self, engine, table):
        fill(engine)
        for column in table.columns:
            refused(engine, table.update().values({column: column}))


def test_the_database_keeps_the_names_of_inputs_as_they_are(engine):
    with engine.begin() as connection:
        connection.execute(input_names.insert().values(names_id="n", names='["A"]'))
    for statement in (input_names.delete(), input_names.update().values(names='["B"]')):
        with (
            pytest.raises(IntegrityError, match="are appended, never changed"),
            engine.begin() as connection,
        ):
            connection.execute(statement)
    fill(engine)
    changed = {"decision_id": literal("e"), "names_id": literal("?")}
    copied = insert(LOG[0]).from_select(
        LOG[0].c.keys(), select(*(changed.get(c.name, c) for c in LOG[0].c))
    )
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), engine.begin() as connection:
        connection.execute(copied)


def test_the_database_lets_erasure_pass_and_refuses_to_bring_back_what_was_erased(engine):
    fill(engine)
    with engine.begin() as connection:
        connection.execute(LOG[0].update().values({**dict.fromkeys(GOES), "erased_at": func.now()}))
        connection.execute(LOG[1].update().values(reason=None))
    for name in GOES:
        refused(engine, LOG[0].update().values({name: "back"}))
    refused(engine, LOG[1].update().values(reason="back"))


def test_the_database_refuses_to_erase_a_part_of_a_decision_or_without_saying_when(engine):
    fill(engine)
    refused(engine, LOG[0].update().values(dict.fromkeys(GOES)))
    refused(engine, LOG[0].update().values(inputs=None, erased_at=func.now()))


def refused(engine, statement):
    before = content(engine)
    with (
        pytest.raises(IntegrityError, match="are appended, never changed"),
        engine.begin() as connection,
    ):
        connection.execute(statement)
    assert content(engine) == before


@pytest.mark.parametrize(
    ("needed", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)]
)
def test_where_postgresql_is_not_installed_its_tests_say_so_and_fail_where_it_is_needed(
    monkeypatch, needed, outcome
):
    monkeypatch.setenv("TESTS_NEED_POSTGRESQL", needed)
    with pytest.raises(
        outcome,
        match="PostgreSQL is not installed, on Debian and Ubuntu: apt-get install postgresql",
    ):
        databases.without_postgresql()
