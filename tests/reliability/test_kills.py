"""Rows 1 to 4 of docs/reliability.md: processes that are killed, stopped or reloaded under load."""

import signal
import sqlite3
import time

import psutil
import requests

from tests.reliability.load_clients import LoadClients, wait_until
from tests.server_process import DEPLOYED, PATIENCE, run_server


def workers(server):
    """The worker processes by id."""
    return {child.pid: child for child in psutil.Process(server.process.pid).children()}


def wait_for_responses(report, count):
    """Wait for `count` responses more than now."""
    expected = len(report.responses) + count
    wait_until(lambda: len(report.responses) > expected, seconds=PATIENCE)


def assert_all_are_stored(report, stored):
    """Every decision that was answered is in the log, with the same probability."""
    answered = {identity: body["probability"] for identity, body in report.decisions.items()}
    assert answered
    assert answered.items() <= stored().items()


def test_row_1_killed_workers_lose_no_answered_decision(server, example, stored):
    with LoadClients(server, example, 16) as report:
        for _ in range(20):
            victim = min(workers(server))
            workers(server)[victim].kill()
            wait_until(
                lambda gone=victim: len(workers(server).keys() - {gone}) == 2, seconds=PATIENCE
            )
            wait_for_responses(report, 10)
    assert report.statuses == {200}
    assert_all_are_stored(report, stored)
    assert server.get("/health/ready").status_code == 200


def test_row_2_killed_master_leaves_a_sound_log(model, database, example, stored, tmp_path):
    """Its workers end, and a restart is ready."""
    variables = {"DATABASE_URL": f"sqlite:///{database}"}
    with (
        run_server(DEPLOYED, model, tmp_path / "first", **variables) as first,
        LoadClients(first, example, 8) as report,
    ):
        wait_for_responses(report, 100)
        orphans = workers(first).values()
        first.process.kill()
        psutil.wait_procs(orphans, timeout=PATIENCE)
        assert not any(orphan.is_running() for orphan in orphans)
    connection = sqlite3.connect(database)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert_all_are_stored(report, stored)
    with run_server(DEPLOYED, model, tmp_path / "second", **variables) as second:
        assert second.get("/health/ready").status_code == 200
        assert second.post(example).status_code == 200


def test_row_3_stop_under_load_truncates_no_response(server, example, stored):
    with LoadClients(server, example, 16) as report:
        wait_for_responses(report, 100)
        start = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE) == 0
        assert time.monotonic() - start < 30
    assert not report.incomplete
    assert report.statuses == {200}
    assert_all_are_stored(report, stored)


def test_row_4_five_reloads_under_load_cause_no_error(server, example, stored):
    with LoadClients(server, example, 8, kept_alive=False) as report:
        for _ in range(5):
            old = set(workers(server))
            server.process.send_signal(signal.SIGHUP)
            wait_until(
                lambda gone=old: len(workers(server)) == 2 and not gone & set(workers(server)),
                seconds=PATIENCE,
            )
            wait_for_responses(report, 50)
    assert not report.incomplete
    assert not report.unanswered
    assert report.statuses == {200}
    assert_all_are_stored(report, stored)
    requests.get(f"{server.url}/health/ready", timeout=PATIENCE).raise_for_status()
