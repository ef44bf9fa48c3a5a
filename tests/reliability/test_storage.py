"""The log that cannot be written: 503 with Retry-After and no decision, then recovery without a restart."""

import contextlib
import os
import resource
import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import psycopg
import pytest

from tests.reliability.crowd import Crowd, until
from tests.running import DEPLOYED, START, served

FEW_PAGES = 8 << 10  # bytes


def assert_refused(answer):
    """A problem that says when to come back, and no decision."""
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json()["title"] == "Storage unavailable"
    assert "decision" not in answer.json()


def test_a_log_that_is_locked_for_ten_seconds_gives_503_and_no_unsaved_decision(
    server, database, example, stored
):
    server.post(example)
    lock = sqlite3.connect(database, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    with Crowd(server, example, 4) as account:
        end = time.monotonic() + 10
        until(lambda: len(account.answers) >= 4, seconds=9)
        assert server.get("/health/live").elapsed.total_seconds() < 1
        time.sleep(max(0, end - time.monotonic()))
        assert account.statuses == {503}
        assert all("retry-after" in headers for _, headers, _ in account.answers)
        lock.rollback()
        until(lambda: 200 in account.statuses, seconds=START)
    lock.close()
    assert account.statuses == {200, 503}
    assert stored().keys() >= account.decided.keys()


def _workers(server):
    return psutil.Process(server.process.pid).children()


def _mounted(folder, size):
    """Whether a small file system could be mounted: it takes root, and not every container's root may."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]
    return (
        os.geteuid() == 0
        and subprocess.run(command, check=False, capture_output=True).returncode == 0
    )


class FullDisk:
    """A file system of four megabytes."""

    def __init__(self, folder):
        self.folder, self._filling = folder, folder / "filling"

    def ready(self, _server):
        return True

    def fill(self, _server):
        with contextlib.suppress(OSError), self._filling.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass

    def free(self, _server):
        self._filling.unlink()


class FailingWrites:
    """No worker may write beyond the first pages of a file: none of a decision's fit there."""

    def __init__(self, folder):
        self.folder = folder

    def ready(self, server):
        """Whether each worker has made the file of its numbers, which is longer than what will be allowed."""
        return all(
            any("counter_" in each.path for each in worker.memory_maps())
            for worker in _workers(server)
        )

    def fill(self, server):
        self._limit(server, FEW_PAGES)

    def free(self, server):
        self._limit(server, resource.RLIM_INFINITY)

    def _limit(self, server, most):
        for worker in _workers(server):
            worker.rlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


@pytest.fixture(params=[FullDisk, FailingWrites])
def disk(request, tmp_path):
    """A place that can be filled and freed. Where nothing may be mounted, both are failing writes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = request.param is FullDisk and _mounted(folder, "4m")
    yield FullDisk(folder) if mounted else FailingWrites(folder)
    if mounted:
        subprocess.run(["umount", folder], check=True)


def test_a_log_that_cannot_grow_gives_503_and_recovers_without_a_restart(
    disk, model, example, tmp_path
):
    database = disk.folder / "decisions.db"
    quiet = {
        "CREDIT_SCORING_LOG_LEVEL": "CRITICAL"
    }  # its log must not meet the limit before the database does
    with served(
        DEPLOYED, model, tmp_path / "log", DATABASE_URL=f"sqlite:///{database}", **quiet
    ) as server:
        with Crowd(server, example, 8, kept_alive=False) as account:
            until(lambda: len(account.answers) > 100 and disk.ready(server), seconds=START)
        disk.fill(server)
        for _ in range(10):
            assert_refused(server.post(example))
        assert server.get("/health/live").status_code == 200
        disk.free(server)
        until(lambda: server.post(example).status_code == 200, seconds=START)
    connection = sqlite3.connect(database)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    stored = {identity for (identity,) in connection.execute("SELECT decision_id FROM decisions")}
    connection.close()
    assert stored >= account.decided.keys()
    assert account.statuses == {200}


def test_postgresql_that_is_down_gives_503_and_is_used_again_when_it_is_back(
    model, example, cluster, postgresql_url, tmp_path
):
    with (
        served(DEPLOYED, model, tmp_path / "log", DATABASE_URL=postgresql_url) as server,
        Crowd(server, example, 4) as account,
    ):
        until(lambda: len(account.answers) > 20, seconds=START)
        cluster.stop()
        try:
            until(lambda: server.get("/health/ready").status_code == 503, seconds=START)
            assert_refused(server.post(example))
            assert server.get("/health/live").status_code == 200
        finally:
            cluster.start()
        before = len(account.decided)
        until(lambda: server.get("/health/ready").status_code == 200, seconds=START)
        until(lambda: len(account.decided) > before + 20, seconds=START)
    assert (account.cut, account.unanswered, account.statuses) == ([], [], {200, 503})
    with psycopg.connect(postgresql_url) as connection:
        stored = {
            identity for (identity,) in connection.execute("SELECT decision_id FROM decisions")
        }
    assert stored >= account.decided.keys()


def test_a_key_raced_by_32_clients_gives_one_decision_and_one_answer(server, example, stored):
    def ask(features):
        return server.post(features, headers={"Idempotency-Key": "loan-4711"})

    with ThreadPoolExecutor(32) as clients:
        answers = list(clients.map(ask, [example] * 32))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers].count(None) == 1
    assert list(stored()) == [answers[0].json()["decision_id"]]
    other = ask({**example, "AMT_CREDIT": example["AMT_CREDIT"] + 1})
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert len(stored()) == 1
