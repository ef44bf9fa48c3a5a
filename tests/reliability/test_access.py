"""Rows 27 and 28 of docs/reliability.md, and the numbers: what holds across the workers of a running service."""

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
from credit_scoring.access.key_cache import STALE
from credit_scoring.access.key_store import KeyStore
from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import prepare
from tests.reliability.crowd import until
from tests.running import DEPLOYED, ROOT, environment, served

GIVEN = "environment-secret-" * 3
MOST = 80  # requests a day, and so in a test


@pytest.fixture(scope="module")
def guarded(model, tmp_path_factory):
    """A service with a rate, a key in its environment, and in its database an admin key for each test."""
    folder = tmp_path_factory.mktemp("guarded")
    settings = {
        "DATABASE_URL": f"sqlite:///{folder}/decisions.db",
        "CREDIT_SCORING_API_KEY": GIVEN,
        "CREDIT_SCORING_RATE_LIMIT": f"{MOST}/day",
        "CREDIT_SCORING_TRUSTED_PROXIES": "1",
    }
    made = [new_key("test", ["admin"]) for _ in range(4)]
    store_keys(settings["DATABASE_URL"], [key for key, _ in made])
    with served(DEPLOYED, model, folder / "log", **settings) as server:
        server.keys = [text for _, text in made]
        yield server


@pytest.fixture
def key(guarded):
    """A key of the guarded service that nobody has used."""
    return guarded.keys.pop()


def store_keys(database, keys):
    engine = open_database(database)
    prepare(engine)
    for key in keys:
        KeyStore(engine).add(key)
    engine.dispose()


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def answers(server, path, headers, count):
    """Those to `count` requests, sixteen at once, so that both workers answer."""

    def ask(_number):
        return requests.get(server.url + path, headers=headers, timeout=10)

    with ThreadPoolExecutor(16) as clients:
        return list(clients.map(ask, range(count)))


def statuses(server, path, key, count=16):
    return {answer.status_code for answer in answers(server, path, bearer(key), count)}


def test_row_27_keys_begin_and_end_while_the_service_runs(model, tmp_path):
    database = f"sqlite:///{tmp_path}/decisions.db"

    def keys(*arguments):
        variables = environment(model, DATABASE_URL=database)
        command = [sys.executable, "model.py", "keys", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=variables, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    with served(DEPLOYED, model, tmp_path / "log", DATABASE_URL=database) as server:
        assert "Keys are off" in server.log.read_text()
        assert server.get("/model/info").status_code == 200
        key = keys("create", "--name", "branch", "--scope", "score")
        time.sleep(STALE)
        assert statuses(server, "/model/info", "none") == {401}
        assert statuses(server, "/model/info", key) == {200}
        assert statuses(server, "/decisions", key) == {403}
        assert statuses(server, "/metrics", key) == {403}
        assert statuses(server, "/health", "none") == {200}
        keys("revoke", key.split("_")[1])
        time.sleep(STALE)
        assert statuses(server, "/model/info", key) == {401}
        assert statuses(server, "/model/info", "none") == {
            401
        }  # no key is left, and the door is shut


def test_row_27_a_secret_stands_in_no_log(guarded, key):
    for right in (GIVEN, key):
        assert statuses(guarded, "/model/info", right) == {200}
    assert statuses(guarded, "/model/info", f"wrong-{GIVEN}") == {401}
    log = guarded.log.read_text()
    assert "Keys are off" not in log
    assert '"key_id":"environment"' in log
    assert f'"key_id":"{key.split("_")[1]}"' in log
    assert "environment-secret" not in log
    assert key.split("_")[2] not in log


@pytest.mark.parametrize("by", ["key", "address"])
def test_row_28_a_burst_is_let_through_as_far_as_the_rate_says_by_all_workers_together(
    guarded, key, by
):
    sent, right = (bearer(key), 200) if by == "key" else ({"X-Forwarded-For": "198.51.100.7"}, 401)
    found = answers(guarded, "/model/info", sent, MOST + 40)
    assert Counter(answer.status_code for answer in found) == {right: MOST, 429: 40}
    refused = [answer for answer in found if answer.status_code == 429]
    assert all(1 <= int(answer.headers["Retry-After"]) <= 86_400 for answer in refused)
    assert all(answer.headers["RateLimit-Remaining"] == "0" for answer in refused)
    assert answers(guarded, "/health", sent, 1)[0].status_code == 200


def test_the_numbers_are_those_of_all_workers_and_a_killed_one_s_are_kept(guarded, key, example):
    def counted():
        text = guarded.get("/metrics", headers=bearer(key)).text
        found = re.search(
            r'requests_total\{method="POST",route="/predict",status="200"\} (\S+)', text
        )
        return float(found[1]) if found else 0.0

    def decide(_number=0):
        assert guarded.post(example, headers=bearer(key)).status_code == 200

    before = counted()
    with ThreadPoolExecutor(8) as clients:
        list(clients.map(decide, range(30)))
    assert {counted() - before for _ in range(8)} == {30}
    workers = psutil.Process(guarded.process.pid).children()
    workers[0].kill()
    psutil.wait_procs(workers[:1], timeout=10)
    until(lambda: guarded.get("/health").status_code == 200, 10)
    decide()
    assert counted() - before == 31
