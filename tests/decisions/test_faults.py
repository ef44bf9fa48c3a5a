"""The log while its database fails: nothing is acknowledged that is not stored, and it goes on by itself."""

import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event

from credit_scoring.database import engine as engine_module
from credit_scoring.database.engine import open_database
from credit_scoring.database.schema import migrate
from credit_scoring.decisions.log import DecisionLog
from credit_scoring.errors import StorageError

ROOT = Path(__file__).parents[2]
# Appends for ever and says each id once it is stored, until it is killed.
CHILD = """
import os, sys, threading
from credit_scoring.database.engine import open_database
from credit_scoring.decisions.entry import Entry
from credit_scoring.decisions.log import DecisionLog
from credit_scoring.scoring.decision import decide
log = DecisionLog(open_database(sys.argv[1]))
def append():
    while True:
        entry = Entry(decision=decide(0.05, 0.09, "v"), inputs="{}" , model_digest="d", request_id="r")
        log.append([entry])
        os.write(1, entry.decision_id.encode() + b"\\n")
threads = [threading.Thread(target=append) for _ in range(4)]
[thread.start() for thread in threads]
"""


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(engine_module, "PATIENCE", 0.1)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "decisions.db"
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_engine(file):
    opened = open_database(f"sqlite:///{file}")
    yield opened
    opened.dispose()


def stored(path):
    with sqlite3.connect(path) as connection:
        found = {name for (name,) in connection.execute("SELECT decision_id FROM decisions")}
        whole = connection.execute("PRAGMA integrity_check").fetchone()[0]
    connection.close()
    return found, whole


def append_all(log, entries):
    """Append each; the ids of those that were acknowledged."""
    acknowledged, answers = set(), set()
    for entry in entries:
        try:
            log.append([entry])
        except StorageError as error:
            answers.add((error.status, error.retry_after > 0))
        else:
            acknowledged.add(entry.decision_id)
    assert answers <= {(503, True)}
    return acknowledged


@pytest.mark.usefixtures("impatient")
def test_while_another_holds_the_lock_all_who_wait_are_refused_within_one_patience(sqlite_engine, file, entry):
    log = DecisionLog(sqlite_engine)
    before = append_all(log, [entry()])
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        refused = set().union(*pool.map(lambda made: append_all(log, [made]), [entry() for _ in range(16)]))
    assert time.monotonic() - began < 5
    assert refused == set()
    assert len(log.page()) == 1, "reading goes on"
    other.execute("ROLLBACK")
    other.close()
    after = append_all(log, [entry()])
    assert stored(file) == (before | after, "ok")


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "INSERT", "COMMIT"])
def test_a_statement_that_fails_now_and_then_loses_nothing_that_was_acknowledged(sqlite_engine, file, entry, statement):
    count = itertools.count(1)

    def fail(_connection):
        if next(count) % 3 == 0:
            raise sqlite3.OperationalError("disk I/O error")

    def fail_statement(_connection, _cursor, text, *_more):
        if text.startswith(statement):
            fail(None)

    if statement == "COMMIT":
        event.listen(sqlite_engine, "commit", fail)
    else:
        event.listen(sqlite_engine, "before_cursor_execute", fail_statement)
    acknowledged = append_all(DecisionLog(sqlite_engine), [entry() for _ in range(30)])
    assert 15 <= len(acknowledged) < 30
    assert stored(file) == (acknowledged, "ok")


def test_a_full_disk_refuses_and_a_freed_one_stores_again(tmp_path, entry):
    with small_disk(tmp_path / "disk", 2 << 20) as disk:
        engine = open_database(f"sqlite:///{disk}/decisions.db")
        migrate(engine)
        log = DecisionLog(engine)
        (disk / "ballast").write_bytes(bytes(512 << 10))
        acknowledged = append_all(log, [entry(inputs={"AMT": "9" * 9000}) for _ in range(200)])
        assert 5 < len(acknowledged) < 200
        assert append_all(log, [entry(inputs={"AMT": "9" * 9000})]) == set()
        (disk / "ballast").unlink()
        again = append_all(log, [entry(inputs={"AMT": "9" * 9000}) for _ in range(10)])
        assert len(again) == 10
        engine.dispose()
        assert stored(disk / "decisions.db") == (acknowledged | again, "ok")


class small_disk:  # noqa: N801 - used as a function
    """A file system of a few bytes, in memory."""

    def __init__(self, folder, size):
        self._folder, self._size = folder, size

    def __enter__(self):
        self._folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={self._size}", "tmpfs", self._folder],
            capture_output=True,
            check=False,
        )
        if done.returncode:
            pytest.skip("a small tmpfs cannot be mounted here: that needs root (the failing commits are tried above)")
        return self._folder

    def __exit__(self, *_error):
        subprocess.run(["umount", "--lazy", self._folder], check=True)


def test_what_was_acknowledged_survives_a_process_killed_the_moment_after(file):
    acknowledged = set()
    for _ in range(3):
        child = subprocess.Popen([sys.executable, "-c", CHILD, f"sqlite:///{file}"], cwd=ROOT, stdout=subprocess.PIPE)
        lines = [child.stdout.readline() for _ in range(50)]
        os.kill(child.pid, signal.SIGKILL)
        lines += child.stdout.read().splitlines(keepends=True)
        child.wait()
        child.stdout.close()
        acknowledged |= {line.decode().strip() for line in lines if line.endswith(b"\n")}
    found, whole = stored(file)
    assert len(acknowledged) >= 150
    assert acknowledged <= found
    assert whole == "ok"


def test_postgresql_stopped_and_started_again(cluster, postgresql_url, entry):
    engine = open_database(postgresql_url)
    log = DecisionLog(engine)
    acknowledged = append_all(log, [entry()])
    cluster.stop()
    try:
        assert append_all(log, [entry() for _ in range(3)]) == set()
        for fails in (log.check, log.page):
            with pytest.raises(StorageError, match=r"OperationalError"):
                fails()
    finally:
        cluster.start()
    log.check()
    acknowledged |= append_all(log, [entry() for _ in range(3)])
    assert len(acknowledged) == 4
    assert {found.decision_id for found in log.every()} == acknowledged
    engine.dispose()


def test_a_connection_that_postgresql_ended_costs_no_request(cluster, postgresql_url, entry):
    engine = open_database(postgresql_url)
    log = DecisionLog(engine)
    append_all(log, [entry()])
    cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'credit-scoring'")
    assert len(append_all(log, [entry()])) == 1
    engine.dispose()
