"""Killed, stopped and reloaded under load: no acknowledged decision is lost, no answer is cut."""

import signal
import sqlite3
import time

import psutil
import requests

from tests.reliability.crowd import Crowd, until
from tests.running import DEPLOYED, START, served


def workers(server):
    """The processes that answer, by id."""
    return {child.pid: child for child in psutil.Process(server.process.pid).children()}


def assert_all_are_stored(account, stored):
    """Every decision that was answered stands in the log, as it was answered."""
    answered = {identity: body["probability"] for identity, body in account.decided.items()}
    assert answered
    assert answered.items() <= stored().items()


def test_twenty_kills_of_a_worker_lose_no_answered_decision(server, example, stored):
    with Crowd(server, example, 16) as account:
        for _ in range(20):
            victim, before = min(workers(server)), len(account.answers)
            workers(server)[victim].kill()
            until(lambda gone=victim: len(workers(server).keys() - {gone}) == 2, seconds=5)
            until(lambda count=before: len(account.answers) > count + 10, seconds=START)
    assert account.statuses == {200}
    assert_all_are_stored(account, stored)
    assert server.get("/health/ready").status_code == 200


def test_a_killed_master_leaves_a_sound_log_and_a_restart_is_ready(
    model, database, example, stored, tmp_path
):
    log = {"DATABASE_URL": f"sqlite:///{database}"}
    with (
        served(DEPLOYED, model, tmp_path / "first", **log) as first,
        Crowd(first, example, 8) as account,
    ):
        until(lambda: len(account.answers) > 100, seconds=START)
        orphans = workers(first).values()
        first.process.kill()
        psutil.wait_procs(orphans, timeout=START)
        assert not any(orphan.is_running() for orphan in orphans)
    connection = sqlite3.connect(database)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert_all_are_stored(account, stored)
    with served(DEPLOYED, model, tmp_path / "second", **log) as second:
        assert second.get("/health/ready").status_code == 200
        assert second.post(example).status_code == 200


def test_a_stop_under_load_cuts_no_answer_and_ends_soon(server, example, stored):
    with Crowd(server, example, 16) as account:
        until(lambda: len(account.answers) > 100, seconds=START)
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(START) == 0
        assert time.monotonic() - begun < 30
    assert not account.cut
    assert account.statuses == {200}
    assert_all_are_stored(account, stored)


def test_five_reloads_under_load_are_not_noticed(server, example, stored):
    with Crowd(server, example, 8, kept_alive=False) as account:
        for _ in range(5):
            old, before = set(workers(server)), len(account.answers)
            server.process.send_signal(signal.SIGHUP)
            until(
                lambda gone=old: len(workers(server)) == 2 and not gone & set(workers(server)),
                seconds=START,
            )
            until(lambda count=before: len(account.answers) > count + 50, seconds=START)
    assert (account.cut, account.unanswered, account.statuses) == ([], [], {200})
    assert_all_are_stored(account, stored)
    requests.get(f"{server.url}/health/ready", timeout=5).raise_for_status()
