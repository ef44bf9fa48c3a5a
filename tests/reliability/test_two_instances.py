"""Row 49 of docs/reliability.md: two instances of the service, as on two machines, one PostgreSQL.

Each has two workers and a model store of its own. They share the database and nothing else.
"""

import itertools
import shutil
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import requests

from credit_scoring.access.api_key import new_key
from credit_scoring.access.key_cache import MAX_AGE
from credit_scoring.access.key_store import KeyStore
from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.database.engine import open_database
from tests.database_fixtures import TEMPLATE
from tests.reliability.load_clients import wait_until
from tests.reliability.model_swaps import REASON, replace_folder, wait_for_version
from tests.server_process import DEPLOYED, PATIENCE, run_server
from tests.serving.small_bundle import EXAMPLE

RATE = 100  # requests per day and key
ADMIN = {"Authorization": f"Bearer {'environment-secret-' * 3}"}
CONNECTIONS = {"first": None, "second": "1"}  # per worker; None: the default, 4 of two workers
MOST_CONNECTIONS = 2 * 4 + 2 * 1


@pytest.fixture(scope="module")
def database(cluster):
    with cluster.database(TEMPLATE) as url:
        yield url


@pytest.fixture(scope="module")
def source(bundles, tmp_path_factory):
    """The folder that both instances are configured to serve."""
    return shutil.copytree(bundles[0], tmp_path_factory.mktemp("source") / "configured")


@pytest.fixture(scope="module")
def instances(database, source, tmp_path_factory):
    def start(name):
        folder = tmp_path_factory.mktemp(name)
        variables = {
            "DATABASE_URL": database,
            "CREDIT_SCORING_MODEL_STORE": str(folder / "models"),
            "CREDIT_SCORING_API_KEY": ADMIN["Authorization"].split()[1],
            "CREDIT_SCORING_RATE_LIMIT": f"{RATE}/day",
            "CREDIT_SCORING_MONITORING_SECONDS": "1",
        }
        if connections := CONNECTIONS[name]:
            variables["CREDIT_SCORING_DATABASE_CONNECTIONS"] = connections
        return run_server(DEPLOYED, source, folder / "log", **variables)

    with start("first") as first, start("second") as second:
        yield first, second


@pytest.fixture(scope="module")
def key_store(database):
    engine = open_database(database)
    yield KeyStore(engine)
    engine.dispose()


@pytest.fixture(scope="module")
def keys(instances, key_store):  # noqa: ARG001 - they run already
    """Keys that are made in the database, with the header that sends each."""
    keys = [new_key("test", ["score"]) for _ in range(5)]
    for key, _ in keys:
        key_store.add(key)
    time.sleep(MAX_AGE)
    return [(key, {"Authorization": f"Bearer {text}"}) for key, text in keys]


@pytest.fixture
def key(keys):
    """A key that has not been used."""
    return keys.pop()


def post(server, path, body, headers):
    return requests.post(f"{server.url}{path}", json=body, headers=headers, timeout=PATIENCE)


def predict(server, headers, features=EXAMPLE):
    return post(server, "/predict", {"features": features}, headers)


def deploy(server, **body):
    return post(server, "/admin/model", {"reason": REASON, **body}, ADMIN)


def select(database, query):
    with psycopg.connect(database) as connection:
        return connection.execute(query).fetchall()


def statuses(instances, headers):
    return {predict(server, headers).status_code for server in instances * 8}


def test_row_49_raced_idempotency_key_gives_one_decision(instances, key, database):
    _, headers = key
    headers = {**headers, "Idempotency-Key": "loan-4711"}
    count = "SELECT count(*) FROM decisions"
    ((before,),) = select(database, count)
    with ThreadPoolExecutor(32) as clients:
        servers = itertools.islice(itertools.cycle(instances), 32)
        responses = list(clients.map(lambda server: predict(server, headers), servers))
    assert {response.status_code for response in responses} == {200}
    assert len({response.text for response in responses}) == 1
    assert select(database, count) == [(before + 1,)]
    for server in instances:
        other = predict(server, headers, {**EXAMPLE, "AMT_CREDIT": EXAMPLE["AMT_CREDIT"] + 1})
        assert other.status_code == 422


def test_row_49_key_is_valid_and_revoked_on_both(instances, key, key_store):
    stored, headers = key
    assert statuses(instances, headers) == {200}
    key_store.revoke(stored.key_id)
    time.sleep(MAX_AGE)
    assert statuses(instances, headers) == {401}


def test_row_49_both_follow_a_deployment_and_a_rollback(instances, source, bundles):
    first, second = (read_manifest(bundle).version for bundle in bundles)
    replace_folder(source, bundles[1])
    assert deploy(instances[0], source=str(source)).json()["to"] == second
    for server in instances:
        wait_for_version(server, second)
    assert deploy(instances[1], version=first).json()["to"] == first
    for server in instances:
        wait_for_version(server, first)


def test_row_49_of_deployments_at_once_one_wins(instances, source, bundles, database):
    second = read_manifest(bundles[1]).version
    replace_folder(source, bundles[1])
    newest = "SELECT max(number) FROM deployments"
    ((before,),) = select(database, newest)
    with ThreadPoolExecutor(2) as clients:
        answers = list(clients.map(lambda one: deploy(one, source=str(source)), instances))
    won = [answer.status_code for answer in answers].count(200)
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert select(database, newest) == [(before + won,)]
    for server in instances:
        wait_for_version(server, second)


def test_row_49_rate_limit_is_of_each_instance(instances, key):
    """docs/security.md says so: each machine counts on its own."""
    _, headers = key
    for server in instances:
        with ThreadPoolExecutor(16) as clients:
            sent = [clients.submit(predict, server, headers) for _ in range(RATE + 10)]
            answers = Counter(future.result().status_code for future in sent)
        assert answers == {200: RATE, 429: 10}


def test_row_49_every_decision_is_counted_once(instances, key, database):
    _, headers = key
    with ThreadPoolExecutor(8) as clients:
        list(clients.map(lambda server: predict(server, headers), instances * 20))
    waiting = "SELECT count(*) FROM uncounted"
    wait_until(lambda: select(database, waiting) == [(0,)], seconds=PATIENCE)
    counted = select(database, "SELECT sum(decisions) FROM monitoring_counts")
    assert counted == select(database, "SELECT count(*) FROM decisions")


def test_row_49_instances_keep_to_their_connections(instances, key, database):
    """One connection per worker is enough for every route: a thread never holds two."""
    _, headers = key
    with ThreadPoolExecutor(32) as clients:
        sent = [clients.submit(predict, server, headers) for server in instances * 32]
        assert {future.result().status_code for future in sent} == {200}
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    ((connections,),) = select(database, query)
    assert 2 < connections <= MOST_CONNECTIONS + 2  # this one, and that of `key_store`
