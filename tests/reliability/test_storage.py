"""Rows 15 to 18 of docs/reliability.md: a decision log that is locked, full or away."""

import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from tests.full_disk import FailingWrites, FullDisk, mount, workers
from tests.reliability.load_clients import LoadClients, wait_until
from tests.server_process import DEPLOYED, PATIENCE, run_server


def assert_refused(response):
    """The response is a problem with Retry-After, without a decision."""
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert response.json()["title"] == "Storage unavailable"
    assert "decision" not in response.json()


def readiness(server):
    return server.get("/health/ready").status_code


def test_row_15_locked_log_gives_503(server, database, example, stored):
    """Another process holds the lock for ten seconds or more; no decision is answered unsaved."""
    server.post(example)
    lock = sqlite3.connect(database, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    with LoadClients(server, example, 4) as report:
        end = time.monotonic() + 10  # until the lock is released
        wait_until(lambda: len(report.responses) >= 4, seconds=PATIENCE)
        assert server.get("/health/live").status_code == 200
        assert readiness(server) == 503
        time.sleep(max(0, end - time.monotonic()))
        assert report.statuses == {503}
        assert all("retry-after" in headers for _, headers, _ in report.responses)
        lock.rollback()
        wait_until(lambda: 200 in report.statuses, seconds=PATIENCE)
    lock.close()
    assert report.statuses == {200, 503}
    assert stored().keys() >= report.decisions.keys()


@pytest.fixture(params=[FullDisk, FailingWrites])
def disk(request, tmp_path):
    """A folder that can be filled and freed; write errors if nothing may be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = request.param is FullDisk and mount(folder, "4m")
    yield FullDisk(folder) if mounted else FailingWrites(folder)
    if mounted:
        subprocess.run(["umount", folder], check=True)


def test_row_16_full_disk_gives_503_then_recovers(disk, model, example, tmp_path):
    database = disk.folder / "decisions.db"
    # The log file must not reach the limit before the database does.
    quiet = {"CREDIT_SCORING_LOG_LEVEL": "CRITICAL"}
    with run_server(
        DEPLOYED, model, tmp_path / "log", DATABASE_URL=f"sqlite:///{database}", **quiet
    ) as server:
        with LoadClients(server, example, 8, kept_alive=False) as report:
            wait_until(lambda: len(report.responses) > 100 and disk.ready(server), seconds=PATIENCE)
        disk.fill(server)
        for _ in range(10):
            assert_refused(server.post(example))
        assert server.get("/health/live").status_code == 200
        wait_until(lambda: readiness(server) == 503, seconds=PATIENCE)
        disk.free(server)
        wait_until(lambda: server.post(example).status_code == 200, seconds=PATIENCE)
        wait_until(lambda: readiness(server) == 200, seconds=PATIENCE)
    connection = sqlite3.connect(database)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    stored = {identity for (identity,) in connection.execute("SELECT decision_id FROM decisions")}
    connection.close()
    assert stored >= report.decisions.keys()
    assert report.statuses == {200}


@pytest.mark.parametrize("lose", [Path.unlink, lambda file: file.write_bytes(b"")])
def test_row_39_lost_file_gives_503_and_is_not_created(server, database, example, lose):
    """No worker acknowledges a decision that is not in the file, and no new worker creates one."""
    with LoadClients(server, example, 4) as report:
        wait_until(lambda: len(report.responses) > 50, seconds=PATIENCE)
        lose(database)
        size = database.stat().st_size if database.exists() else None
        count = len(report.responses)
        wait_until(lambda: len(report.responses) > count + 50, seconds=PATIENCE)
        for worker in workers(server):
            worker.kill()
        wait_until(lambda: server.get("/health/live").status_code == 200, seconds=PATIENCE)
        assert_refused(server.post(example))
        assert readiness(server) == 503
    # A client may note a 200 late: its one request that was under way when the file was lost.
    late = [status for status, _, _ in report.responses[count:]]
    assert late.count(200) <= 4
    assert late.count(503) == len(late) - late.count(200)
    assert size == (database.stat().st_size if database.exists() else None)


def test_row_39_moved_file_is_used_again_when_it_returns(server, database, example, stored):
    moved = database.with_name("moved.db")
    with LoadClients(server, example, 4) as report:
        wait_until(lambda: len(report.responses) > 50, seconds=PATIENCE)
        database.rename(moved)
        wait_until(lambda: 503 in report.statuses, seconds=PATIENCE)
        moved.rename(database)
        count = len(report.decisions)
        wait_until(lambda: len(report.decisions) > count + 50, seconds=PATIENCE)
    assert report.statuses == {200, 503}
    assert stored().keys() >= report.decisions.keys()


def test_row_17_stopped_postgresql_gives_503_then_recovers(
    model, example, cluster, postgresql_url, tmp_path
):
    with (
        run_server(DEPLOYED, model, tmp_path / "log", DATABASE_URL=postgresql_url) as server,
        LoadClients(server, example, 4) as report,
    ):
        wait_until(lambda: len(report.responses) > 20, seconds=PATIENCE)
        cluster.stop()
        try:
            wait_until(lambda: readiness(server) == 503, seconds=PATIENCE)
            assert_refused(server.post(example))
            assert server.get("/health/live").status_code == 200
        finally:
            cluster.start()
        before = len(report.decisions)
        wait_until(lambda: readiness(server) == 200, seconds=PATIENCE)
        wait_until(lambda: len(report.decisions) > before + 20, seconds=PATIENCE)
    assert not report.incomplete
    assert not report.unanswered
    assert report.statuses == {200, 503}
    with psycopg.connect(postgresql_url) as connection:
        stored = {
            identity for (identity,) in connection.execute("SELECT decision_id FROM decisions")
        }
    assert stored >= report.decisions.keys()


def test_row_18_raced_idempotency_key_gives_one_decision(server, example, stored):
    def post(features):
        return server.post(features, headers={"Idempotency-Key": "loan-4711"})

    with ThreadPoolExecutor(32) as clients:
        responses = list(clients.map(post, [example] * 32))
    assert {response.status_code for response in responses} == {200}
    assert len({response.text for response in responses}) == 1
    replayed = [response.headers.get("Idempotent-Replayed") for response in responses]
    assert replayed.count(None) == 1
    assert list(stored()) == [responses[0].json()["decision_id"]]
    other = post({**example, "AMT_CREDIT": example["AMT_CREDIT"] + 1})
    assert other.status_code == 422
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"
    assert len(stored()) == 1
