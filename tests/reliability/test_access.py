"""Rows 27 and 28 of docs/reliability.md, and metrics: what holds across the workers."""

import re
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
import requests

from credit_scoring.access.api_key import new_key
from credit_scoring.access.key_cache import MAX_AGE
from credit_scoring.access.key_store import KeyStore
from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import prepare_database
from tests.reliability.load_clients import wait_until
from tests.server_process import DEPLOYED, PATIENCE, ROOT, environment, run_server

ENVIRONMENT_KEY = "environment-secret-" * 3
RATE = 80  # requests per day, and so per test


@pytest.fixture(scope="module")
def guarded(model, tmp_path_factory):
    """A service with a rate limit, a key in its environment and four admin keys in its database."""
    folder = tmp_path_factory.mktemp("guarded")
    settings = {
        "DATABASE_URL": f"sqlite:///{folder}/decisions.db",
        "CREDIT_SCORING_API_KEY": ENVIRONMENT_KEY,
        "CREDIT_SCORING_RATE_LIMIT": f"{RATE}/day",
        "CREDIT_SCORING_TRUSTED_PROXIES": "1",
    }
    keys = [new_key("test", ["admin"]) for _ in range(4)]
    store_keys(settings["DATABASE_URL"], [key for key, _ in keys])
    with run_server(DEPLOYED, model, folder / "log", **settings) as server:
        server.keys = [text for _, text in keys]
        yield server


@pytest.fixture
def key(guarded):
    """A key of the guarded service that has not been used."""
    return guarded.keys.pop()


def store_keys(database, keys):
    engine = open_database(database)
    prepare_database(engine)
    for key in keys:
        KeyStore(engine).add(key)
    engine.dispose()


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def send_requests(server, path, headers, count):
    """The responses to `count` requests, sent sixteen at a time, so that both workers answer."""

    def send(_number):
        return requests.get(server.url + path, headers=headers, timeout=PATIENCE)

    with ThreadPoolExecutor(16) as clients:
        return list(clients.map(send, range(count)))


def statuses(server, path, key, count=16):
    return {r.status_code for r in send_requests(server, path, bearer(key), count)}


def test_row_27_keys_change_while_the_service_runs(model, tmp_path):
    database = f"sqlite:///{tmp_path}/decisions.db"

    def keys(*arguments):
        variables = environment(model, DATABASE_URL=database)
        command = [sys.executable, "model.py", "keys", *arguments]
        process = subprocess.run(
            command, cwd=ROOT, env=variables, capture_output=True, text=True, check=True
        )
        return process.stdout.strip()

    with run_server(DEPLOYED, model, tmp_path / "log", DATABASE_URL=database) as server:
        assert "Keys are off" in server.log.read_text()
        assert server.get("/model/info").status_code == 200
        key = keys("create", "--name", "branch", "--scope", "score")
        time.sleep(MAX_AGE)
        assert statuses(server, "/model/info", "none") == {401}
        assert statuses(server, "/model/info", key) == {200}
        assert statuses(server, "/decisions", key) == {403}
        assert statuses(server, "/metrics", key) == {403}
        assert statuses(server, "/health", "none") == {200}
        keys("revoke", key.split("_")[1])
        time.sleep(MAX_AGE)
        assert statuses(server, "/model/info", key) == {401}
        # Without any valid key left, the service stays closed.
        assert statuses(server, "/model/info", "none") == {401}


def test_row_27_secrets_are_not_logged(guarded, key):
    for valid in (ENVIRONMENT_KEY, key):
        assert statuses(guarded, "/model/info", valid) == {200}
    assert statuses(guarded, "/model/info", f"wrong-{ENVIRONMENT_KEY}") == {401}
    log = guarded.log.read_text()
    assert "Keys are off" not in log
    assert '"key_id":"environment"' in log
    assert f'"key_id":"{key.split("_")[1]}"' in log
    assert "environment-secret" not in log
    assert key.split("_")[2] not in log


@pytest.mark.parametrize("by", ["key", "address"])
def test_row_28_burst_is_limited_across_workers(guarded, key, by):
    status = 200 if by == "key" else 401
    headers = bearer(key) if by == "key" else {"X-Forwarded-For": "198.51.100.7"}
    responses = send_requests(guarded, "/model/info", headers, RATE + 40)
    assert Counter(response.status_code for response in responses) == {status: RATE, 429: 40}
    refused = [response for response in responses if response.status_code == 429]
    assert all(1 <= int(response.headers["Retry-After"]) <= 86_400 for response in refused)
    assert all(response.headers["RateLimit-Remaining"] == "0" for response in refused)
    assert send_requests(guarded, "/health", headers, 1)[0].status_code == 200


def test_metrics_include_all_and_killed_workers(guarded, key, example):
    def request_count():
        text = guarded.get("/metrics", headers=bearer(key)).text
        sample = re.search(
            r'requests_total\{method="POST",route="/predict",status="200"\} (\S+)', text
        )
        return float(sample[1]) if sample else 0.0

    def decide(_number=0):
        assert guarded.post(example, headers=bearer(key)).status_code == 200

    before = request_count()
    with ThreadPoolExecutor(8) as clients:
        list(clients.map(decide, range(30)))
    assert {request_count() - before for _ in range(8)} == {30}
    workers = psutil.Process(guarded.process.pid).children()
    workers[0].kill()
    psutil.wait_procs(workers[:1], timeout=PATIENCE)
    wait_until(lambda: guarded.get("/health").status_code == 200, PATIENCE)
    decide()
    assert request_count() - before == 31
