"""Rows 27 and 28 of docs/reliability.md: keys and rates, across the workers of a running service."""

import collections
import contextlib
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from credit_scoring.access.known import STALE
from tests.reliability.crowd import until
from tests.running import DEPLOYED, ROOT, environment, served


def keys(server, model, *arguments):
    """Run `python model.py keys ARGUMENTS` on the server's database."""
    variables = environment(model, DATABASE_URL=server.database)
    command = [sys.executable, "model.py", "keys", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@contextlib.contextmanager
def serving(model, folder, **variables):
    database = f"sqlite:///{folder}/decisions.db"
    with served(DEPLOYED, model, folder / "log", DATABASE_URL=database, **variables) as server:
        server.database = database
        yield server


def statuses(server, path, key, count=16):
    """The statuses of `count` requests on as many connections, which both workers answer."""
    headers = {"Authorization": f"Bearer {key}"}
    with ThreadPoolExecutor(8) as clients:
        answers = clients.map(lambda _: requests.get(server.url + path, headers=headers, timeout=10), range(count))
        return {answer.status_code for answer in answers}


def test_row_27_keys_begin_and_end_while_the_service_runs(model, tmp_path):
    with serving(model, tmp_path) as server:
        assert "Keys are off" in server.log.read_text()
        assert server.get("/model/info").status_code == 200
        key = keys(server, model, "create", "--name", "branch", "--scope", "score")
        assert until(lambda: statuses(server, "/model/info", "none") == {401}, STALE + 5)
        assert statuses(server, "/model/info", key) == {200}
        assert statuses(server, "/decisions", key) == {403}
        assert statuses(server, "/metrics", key) == {403}
        assert statuses(server, "/health", "none") == {200}
        keys(server, model, "revoke", key.split("_")[1])
        time.sleep(STALE)
        assert statuses(server, "/model/info", key) == {401}
        assert statuses(server, "/model/info", "none") == {401}  # no key is left, and the door is shut


def test_row_27_a_secret_stands_in_no_log(model, tmp_path):
    given = "environment-secret-" * 3
    with serving(model, tmp_path, CREDIT_SCORING_API_KEY=given) as server:
        assert "Keys are off" not in server.log.read_text()
        assert server.get("/model/info").status_code == 401
        assert statuses(server, "/model/info", given) == {200}
        assert statuses(server, "/model/info", f"wrong-{given}") == {401}
        log = server.log.read_text()
    assert '"key_id":"environment"' in log
    assert "environment-secret" not in log


@pytest.mark.parametrize("keyed", [False, True])
def test_row_28_a_burst_is_let_through_as_far_as_the_rate_says_by_all_workers_together(model, tmp_path, keyed):
    key = "k" * 40
    settings = {"CREDIT_SCORING_RATE_LIMIT": "30/day"} | ({"CREDIT_SCORING_API_KEY": key} if keyed else {})
    with serving(model, tmp_path, **settings) as server:
        ask = lambda _: requests.get(  # noqa: E731
            f"{server.url}/model/info", headers={"Authorization": f"Bearer {key}"}, timeout=10
        )
        with ThreadPoolExecutor(16) as clients:
            answers = list(clients.map(ask, range(150)))
        assert collections.Counter(answer.status_code for answer in answers) == {200: 30, 429: 120}
        refused = [answer for answer in answers if answer.status_code == 429]
        assert all(1 <= int(answer.headers["Retry-After"]) <= 86_400 for answer in refused)
        assert all(answer.headers["RateLimit-Remaining"] == "0" for answer in refused)
        assert server.get("/health").status_code == 200


def test_the_numbers_are_those_of_all_workers_and_a_killed_one_s_are_kept(model, tmp_path, example):
    def counted(text):
        found = re.search(r'requests_total\{method="POST",route="/predict",status="200"\} (\S+)', text)
        return float(found[1]) if found else 0.0

    with serving(model, tmp_path) as server:
        with ThreadPoolExecutor(8) as clients:
            assert {a.status_code for a in clients.map(lambda _: server.post(example), range(60))} == {200}
        assert {counted(server.get("/metrics").text) for _ in range(8)} == {60.0}
        assert f'outcome="{server.post(example).json()["decision"]}"' not in server.get("/metrics").text
        children = subprocess.run(["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True, check=True)
        subprocess.run(["kill", "-9", children.stdout.split()[0]], check=True)
        until(lambda: server.get("/health").status_code == 200, 10)
        assert counted(server.get("/metrics").text) == 61.0
