"""SQLite's file is guarded: no commit into a lost file is acknowledged, and none is created."""

import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event, text

from credit_scoring.database.engine import open_database
from credit_scoring.database.sqlite_writer import Writer
from credit_scoring.errors import StorageError

LOST = "deleted, moved or replaced while the service was running"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "decisions.db"


@pytest.fixture
def engine(file):
    engine = open_database(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE notes (word TEXT)"))
    yield engine
    engine.dispose()


@pytest.fixture
def writer(engine):
    writer = Writer(engine)
    insert(writer, "before")
    return writer


def connect(file):
    """Open the database as a start of the service does, and close it."""
    engine = open_database(f"sqlite:///{file}")
    try:
        engine.connect().close()
    finally:
        engine.dispose()


def insert(writer, word):
    with writer.begin() as connection:
        connection.execute(text("INSERT INTO notes VALUES (:word)"), {"word": word})


def words(engine):
    with engine.connect() as connection:
        return connection.execute(text("SELECT word FROM notes")).scalars().all()


def move(file):
    file.rename(file.with_name("moved.db"))


def replace(file):
    shutil.copy(file, file.with_name("copy.db"))
    file.with_name("copy.db").replace(file)


def truncate(file):
    file.write_bytes(b"")


def remove_write_ahead_log(file):
    Path(f"{file}-wal").unlink()


def remove_index(file):
    Path(f"{file}-shm").unlink()


def remove_all(file):
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink()


LOSSES = [Path.unlink, move, replace, truncate, remove_write_ahead_log, remove_index, remove_all]


@pytest.mark.parametrize("lose", LOSSES)
def test_commit_into_a_lost_file_is_refused(engine, writer, file, lose):
    with engine.connect():  # a second connection, idle in the pool afterwards
        pass
    lose(file)
    existing = sorted(file.parent.iterdir())
    for _ in range(3):
        with pytest.raises(StorageError, match=LOST):
            insert(writer, "lost")
        with pytest.raises(StorageError, match=LOST):
            words(engine)
    assert sorted(file.parent.iterdir()) == existing


@pytest.mark.parametrize("lose", LOSSES)
def test_file_lost_during_a_commit_is_noticed(engine, writer, file, lose):
    lost = []

    def lose_once(*_arguments):
        if not lost:
            lost.append(lose(file))

    event.listen(engine, "commit", lose_once)
    with pytest.raises((StorageError, sqlite3.Error)):
        insert(writer, "lost")


def test_returned_file_is_used_again(engine, writer, file):
    move(file)
    with pytest.raises(StorageError, match=LOST):
        insert(writer, "lost")
    file.with_name("moved.db").rename(file)
    insert(writer, "after")
    assert words(engine) == ["before", "after"]


@pytest.mark.parametrize("lose", [Path.unlink, remove_all])
def test_worker_forked_after_the_loss_creates_no_file(engine, file, lose):
    """As gunicorn replaces a worker: the master has no open connection."""
    engine.dispose()
    lose(file)
    child = os.fork()
    if child == 0:
        try:
            insert(Writer(engine), "lost")
        except StorageError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert not file.exists()


@pytest.mark.parametrize("lose", [Path.unlink, truncate])
def test_start_without_the_file_keeps_its_write_ahead_log(writer, file, lose):
    """SQLite itself would delete the newest decisions."""
    lose(file)
    write_ahead_log = Path(f"{file}-wal")
    content = write_ahead_log.read_bytes()
    with pytest.raises(StorageError, match=r"newest decisions are in .*decisions\.db-wal: put the"):
        connect(file)
    assert write_ahead_log.read_bytes() == content
    writer.close()


def test_symbolic_link_is_followed(tmp_path, file):
    (tmp_path / "link.db").symlink_to(file)
    engine = open_database(f"sqlite:///{tmp_path}/link.db")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE notes (word TEXT)"))
    writer = Writer(engine)
    insert(writer, "before")
    remove_write_ahead_log(file)
    with pytest.raises(StorageError, match=LOST):
        insert(writer, "lost")
    engine.dispose()


def test_failed_transactions_do_not_look_like_a_loss(engine, writer):
    """They close the writer's connection; SQLite deletes the write-ahead log with the last one."""
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), writer.begin():
            raise ZeroDivisionError
    insert(writer, "after")
    assert words(engine) == ["before", "after"]
