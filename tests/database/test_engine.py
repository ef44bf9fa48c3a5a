"""Opening a database: supported URLs, settings, forks and failures."""

import os
import re
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from credit_scoring.database import time_limit
from credit_scoring.database.engine import READ_ONLY, open_database, parse_url
from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.sqlite_writer import Writer
from credit_scoring.errors import SettingError, StorageError
from credit_scoring.settings import SETTINGS

DEFAULT_URL = SETTINGS["database_url"].default


@pytest.fixture
def file(tmp_path):
    return tmp_path / "new" / "folder" / "decisions.db"


@pytest.fixture
def sqlite(file):
    engine = open_database(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE notes (word TEXT UNIQUE)"))
    yield engine
    engine.dispose()


@pytest.fixture
def short_timeout(monkeypatch):
    monkeypatch.setattr(time_limit, "TIMEOUT", 0.05)


def insert_word(connection, word):
    connection.execute(text("INSERT INTO notes VALUES (:word)"), {"word": word})


@pytest.fixture
def former_log(tmp_path, monkeypatch):
    """A decision log where earlier versions wrote it by default, with its WAL."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    for name in ("credit-scoring.db", "credit-scoring.db-wal"):
        (tmp_path / "data" / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_url_gets_the_installed_driver(scheme):
    url = parse_url(f"{scheme}://me:secret@host:5433/name?sslmode=require")
    assert url.render_as_string(hide_password=False) == (
        "postgresql+psycopg://me:secret@host:5433/name?sslmode=require"
    )


@pytest.mark.parametrize(
    "url", ["mysql://me:secret@host/name", "decisions.db", "sqlite://", "sqlite:///:memory:", "://"]
)
def test_unsupported_url_is_refused_without_its_password(url):
    with pytest.raises(
        SettingError, match=r"DATABASE_URL is .*: expected sqlite:///file or postgresql://"
    ) as caught:
        open_database(url)
    assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("sqlite")
def test_folder_of_a_sqlite_file_is_created(file):
    assert file.is_file()


def test_required_file_is_not_created(file):
    with pytest.raises(
        StorageError, match=r"folder/decisions\.db does not exist: set DATABASE_URL to"
    ):
        open_database(f"sqlite:///{file}", create=False)
    assert not file.parent.exists()


def test_folder_that_cannot_be_created_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(
        StorageError, match=r"file/x cannot be created \(.*\): set DATABASE_URL to another location"
    ):
        open_database(f"sqlite:///{tmp_path}/file/x/decisions.db")


@pytest.mark.parametrize("create", [True, False])
def test_former_default_log_is_never_replaced_by_an_empty_one(former_log, create):
    with pytest.raises(StorageError) as caught:
        open_database(DEFAULT_URL, create=create)
    assert "data/credit-scoring.db holds the decision log of an earlier version" in str(
        caught.value
    )
    assert not (former_log / "instance").exists()


def test_command_of_the_message_moves_the_former_log(former_log):
    with pytest.raises(StorageError) as caught:
        open_database(DEFAULT_URL)
    (command,) = re.findall(r"move the log: (.*?)\. Or use", str(caught.value))
    subprocess.run(["/bin/sh", "-c", command], cwd=former_log, check=True)
    open_database(DEFAULT_URL, create=False).dispose()
    moved = {path.name for path in (former_log / "instance").iterdir()}
    assert moved == {"credit-scoring.db", "credit-scoring.db-wal"}


@pytest.mark.usefixtures("former_log")
def test_former_default_log_can_be_used_where_it_is():
    with pytest.raises(StorageError) as caught:
        open_database(DEFAULT_URL)
    (url,) = re.findall(r"DATABASE_URL=(\S+)", str(caught.value))
    open_database(url, create=False).dispose()


@pytest.mark.parametrize(("synchronous", "number"), [("NORMAL", 1), ("FULL", 2)])
def test_sqlite_pragmas_follow_the_setting(file, synchronous, number):
    engine = open_database(f"sqlite:///{file}", synchronous=synchronous)
    expected = {"journal_mode": "wal", "synchronous": number, "foreign_keys": 1}
    with engine.connect() as connection:
        pragmas = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in expected}
    engine.dispose()
    assert pragmas == expected


@pytest.mark.parametrize(("limited", "timeout"), [(True, "2400ms"), (False, "0")])
def test_postgresql_options_of_the_url_are_kept(postgresql_url, limited, timeout):
    url = f"{postgresql_url}?options=-c%20synchronous_commit%3Doff"
    engine = open_database(url, limited=limited)
    expected = {"synchronous_commit": "off", "statement_timeout": timeout, "TimeZone": "UTC"}
    with engine.connect() as connection:
        options = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in expected}
    engine.dispose()
    assert options == expected


def test_read_only_transaction_takes_no_write_lock(sqlite):
    with sqlite.connect().execution_options(**READ_ONLY) as reader, sqlite.begin() as writer:
        assert reader.execute(text("SELECT count(*) FROM notes")).scalar() == 0
        insert_word(writer, "a")


class TestErrors:
    @pytest.mark.usefixtures("short_timeout")
    def test_lock_times_out_with_its_code(self, sqlite, file):
        locked = pytest.raises(
            StorageError, match=r"\(SQLITE_BUSY, another process holds its lock\)"
        )
        with sqlite3.connect(file) as other:
            other.execute("BEGIN EXCLUSIVE")
            started = time.monotonic()
            with locked, translate_database_errors(), Writer(sqlite).begin():
                pytest.fail("two transactions held the lock")
            assert time.monotonic() - started >= 0.05
        other.close()

    @pytest.mark.parametrize(
        ("create", "explanation"),
        [
            (
                lambda path: path.write_bytes(b"not written by SQLite" * 100),
                "SQLITE_NOTADB, .* that is not a SQLite database",
            ),
            (Path.mkdir, "SQLITE_CANTOPEN.*, .* that cannot be opened"),
        ],
    )
    def test_unreadable_file_is_explained(self, tmp_path, create, explanation):
        create(tmp_path / "x.db")
        engine = open_database(f"sqlite:///{tmp_path}/x.db", create=False)
        refused = pytest.raises(StorageError, match=rf"\({explanation}\)")
        with refused, translate_database_errors(), engine.connect():
            pass

    def test_error_never_repeats_the_data(self, sqlite, caplog):
        statement = text("INSERT INTO nowhere VALUES (:word)")
        refused = pytest.raises(StorageError)
        with refused as caught, translate_database_errors(), sqlite.begin() as connection:
            connection.execute(statement, {"word": "canary"})
        assert "canary" not in str(caught.value) + caplog.text
        assert "SQLITE_ERROR" in caplog.text

    def test_programming_error_passes_unchanged(self, sqlite):
        with pytest.raises(ZeroDivisionError), translate_database_errors(), sqlite.begin():
            raise ZeroDivisionError


class TestWriter:
    def test_transaction_commits_and_recovers_after_an_error(self, sqlite):
        writer = Writer(sqlite)
        with writer.begin() as connection:
            insert_word(connection, "a")
        with pytest.raises(DBAPIError), writer.begin() as connection:
            connection.execute(text("INSERT INTO notes VALUES ('b'), ('a')"))
        with writer.begin() as connection:
            insert_word(connection, "c")
        with sqlite.connect() as connection:
            assert connection.execute(text("SELECT word FROM notes")).scalars().all() == ["a", "c"]

    def test_fork_shares_no_connection(self, sqlite, file):
        writer = Writer(sqlite)
        with writer.begin() as connection:
            insert_word(connection, "before")
        child = os.fork()
        if child == 0:
            open_files = [os.path.realpath(f"/proc/self/fd/{number}") for number in range(100)]
            inherited = str(file) in open_files
            with writer.begin() as connection:
                insert_word(connection, "child")
            os._exit(inherited)
        assert os.waitpid(child, 0)[1] == 0
        with writer.begin() as connection:
            insert_word(connection, "parent")
            assert connection.execute(text("SELECT count(*) FROM notes")).scalar() == 3
