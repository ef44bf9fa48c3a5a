"""Opening a database: which URLs, with which settings, and what a fork and a failure do to it."""

import os
import sqlite3
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from credit_scoring.database import engine as engine_module
from credit_scoring.database.engine import READ_ONLY, open_database, parse
from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.sqlite_writer import Writer
from credit_scoring.errors import SettingError, StorageError


@pytest.fixture
def file(tmp_path):
    return tmp_path / "new" / "folder" / "decisions.db"


@pytest.fixture
def sqlite(file):
    opened = open_database(f"sqlite:///{file}")
    with opened.begin() as connection:
        connection.execute(text("CREATE TABLE notes (word TEXT UNIQUE)"))
    yield opened
    opened.dispose()


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(engine_module, "TIMEOUT", 0.05)


def pragma(engine, name):
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_platform_s_postgresql_url_gets_the_driver_that_is_installed(scheme):
    assert parse(f"{scheme}://me:secret@host:5433/name?sslmode=require").render_as_string(
        hide_password=False
    ) == ("postgresql+psycopg://me:secret@host:5433/name?sslmode=require")


@pytest.mark.parametrize(
    "url", ["mysql://me:secret@host/name", "decisions.db", "sqlite://", "sqlite:///:memory:", "://"]
)
def test_another_url_is_refused_without_its_password(url):
    with pytest.raises(
        SettingError, match=r"DATABASE_URL is .*: expected sqlite:///file or postgresql://"
    ) as caught:
        open_database(url)
    assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("sqlite")
def test_the_folder_of_a_sqlite_file_is_made(file):
    assert file.is_file()


def test_a_file_that_must_be_there_is_not_made(file):
    with pytest.raises(
        StorageError, match=r"folder/decisions\.db does not exist: set DATABASE_URL to"
    ):
        open_database(f"sqlite:///{file}", create=False)
    assert not file.parent.exists()


def test_a_folder_that_cannot_be_made_is_named_with_the_remedy(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(
        StorageError, match=r"file/x cannot be made \(.*\): set DATABASE_URL to another place"
    ):
        open_database(f"sqlite:///{tmp_path}/file/x/decisions.db")


@pytest.mark.parametrize(("synchronous", "number"), [("NORMAL", 1), ("FULL", 2)])
def test_sqlite_writes_ahead_as_durably_as_the_setting_says(file, synchronous, number):
    engine = open_database(f"sqlite:///{file}", synchronous=synchronous)
    assert (
        pragma(engine, "journal_mode"),
        pragma(engine, "synchronous"),
        pragma(engine, "foreign_keys"),
    ) == (
        *("wal", number),
        1,
    )
    engine.dispose()


@pytest.mark.parametrize(("statement_timeout", "timeout"), [(True, "3s"), (False, "0")])
def test_postgresql_takes_the_options_of_the_url_beside_ours(
    postgresql_url, statement_timeout, timeout
):
    engine = open_database(
        f"{postgresql_url}?options=-c%20synchronous_commit%3Doff",
        statement_timeout=statement_timeout,
    )
    with engine.connect() as connection:
        shown = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("synchronous_commit", "statement_timeout", "TimeZone")
        }
    engine.dispose()
    assert shown == {"synchronous_commit": "off", "statement_timeout": timeout, "TimeZone": "UTC"}


def test_a_reading_transaction_takes_no_write_lock(sqlite):
    with sqlite.connect().execution_options(**READ_ONLY) as reader, sqlite.begin() as writer:
        assert reader.execute(text("SELECT count(*) FROM notes")).scalar() == 0
        writer.execute(text("INSERT INTO notes VALUES ('a')"))


class TestFailures:
    @pytest.mark.usefixtures("impatient")
    def test_a_lock_is_waited_for_and_then_said_by_its_code(self, sqlite, file):
        with sqlite3.connect(file) as other:
            other.execute("BEGIN EXCLUSIVE")
            began = time.monotonic()
            with (
                pytest.raises(
                    StorageError, match=r"\(SQLITE_BUSY, another process holds its lock\)"
                ),
                translate_database_errors(),
                Writer(sqlite).begin(),
            ):
                pytest.fail("the lock was had twice")
            assert time.monotonic() - began >= 0.05
        other.close()

    @pytest.mark.parametrize(
        ("make", "words"),
        [
            (
                lambda path: path.write_bytes(b"nothing that SQLite wrote" * 100),
                "SQLITE_NOTADB, .* that is no SQLite database",
            ),
            (Path.mkdir, "SQLITE_CANTOPEN.*, .* that cannot be opened"),
        ],
    )
    def test_a_file_that_is_none_is_said_by_its_code_and_in_words(self, tmp_path, make, words):
        make(tmp_path / "x.db")
        broken = open_database(f"sqlite:///{tmp_path}/x.db", create=False)
        with (
            pytest.raises(StorageError, match=rf"\({words}\)"),
            translate_database_errors(),
            broken.connect(),
        ):
            pass

    def test_no_failure_repeats_what_was_to_be_stored(self, sqlite, caplog):
        with (
            pytest.raises(StorageError) as caught,
            translate_database_errors(),
            sqlite.begin() as connection,
        ):
            connection.execute(text("INSERT INTO nowhere VALUES (:word)"), {"word": "canary"})
        assert "canary" not in str(caught.value) + caplog.text
        assert "SQLITE_ERROR" in caplog.text

    def test_a_mistake_of_ours_is_none_of_the_database_s(self, sqlite):
        with pytest.raises(ZeroDivisionError), translate_database_errors(), sqlite.begin():
            raise ZeroDivisionError


class TestWriter:
    def test_commits_in_the_end_and_goes_on_after_a_failure(self, sqlite):
        writer = Writer(sqlite)
        with writer.begin() as connection:
            connection.execute(text("INSERT INTO notes VALUES ('a')"))
        with pytest.raises(DBAPIError), writer.begin() as connection:
            connection.execute(text("INSERT INTO notes VALUES ('b'), ('a')"))
        with writer.begin() as connection:
            connection.execute(text("INSERT INTO notes VALUES ('c')"))
        with sqlite.connect() as connection:
            assert connection.execute(text("SELECT word FROM notes")).scalars().all() == ["a", "c"]

    def test_no_connection_is_on_both_sides_of_a_fork(self, sqlite, file):
        writer = Writer(sqlite)
        with writer.begin() as connection:
            connection.execute(text("INSERT INTO notes VALUES ('before')"))
        child = os.fork()
        if child == 0:
            inherited = str(file) in [
                os.path.realpath(f"/proc/self/fd/{number}") for number in range(100)
            ]
            with writer.begin() as connection:
                connection.execute(text("INSERT INTO notes VALUES ('child')"))
            os._exit(inherited)
        assert os.waitpid(child, 0)[1] == 0
        with writer.begin() as connection:
            connection.execute(text("INSERT INTO notes VALUES ('parent')"))
            assert connection.execute(text("SELECT count(*) FROM notes")).scalar() == 3
