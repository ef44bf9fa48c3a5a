"""Release and web process as each platform runs them: database, start, decisions, log, stop."""

import contextlib
import json
import os
import socket

import psutil
import psycopg
import pytest
import requests

from tests.platforms.deployments import DEPLOYMENTS
from tests.platforms.replay import KEY, check_out, read_only, run, serve, terminate
from tests.reliability.load_clients import read_response
from tests.server_process import PATIENCE, ROOT, free_port

CANARY = "CANARY"
AUTHORIZATION = {"Authorization": f"Bearer {KEY}"}
MAX_PSS = 260 << 20  # bytes of all processes, with 512 MB of a small plan
FEATURES = json.loads((ROOT / "examples/predict.json").read_text())["features"]


@pytest.fixture(params=DEPLOYMENTS)
def deployment(request):
    return DEPLOYMENTS[request.param]


@pytest.fixture
def checkout(deployment, tmp_path):
    folder = tmp_path / "app"
    check_out(folder, deployment.ignore_file)
    with read_only(folder):
        if deployment.writable:
            folder.chmod(0o755)
            (folder / deployment.writable).mkdir()
            folder.chmod(0o555)
        yield folder


@pytest.fixture
def environment(deployment, checkout, cluster, serving_python):
    """Nothing of the test's environment: a variable that a platform lacks is missing here, too."""
    port = str(free_port())
    with cluster.database() as url:
        yield {
            "HOME": str(checkout),
            "PATH": os.pathsep.join([str(serving_python.parent), os.defpath]),
            "DATABASE_URL": url.replace("postgresql://", "postgres://"),
            **{name: text.replace("{port}", port) for name, text in deployment.variables.items()},
        }


@pytest.fixture
def released(deployment, checkout, environment):
    """The environment after the release."""
    release = run(deployment.release, checkout, environment)
    assert release.returncode == 0, release.stdout
    assert "was migrated from nothing to" in release.stdout
    return environment


@pytest.fixture
def server(deployment, checkout, released, tmp_path):
    with serve(deployment.web, checkout, released, tmp_path / "log") as server:
        yield server


def post(server, deployment, path="/predict", **body):
    """The response to a client's request with a key, as the platform's proxy forwards it."""
    headers = {**deployment.forwarded, **AUTHORIZATION, "User-Agent": CANARY}
    url = f"{server.url}{path}?{CANARY}"
    return requests.post(url, json=body, headers=headers, timeout=PATIENCE)


def stored_decisions(environment):
    with psycopg.connect(environment["DATABASE_URL"]) as connection:
        return connection.execute("SELECT count(*) FROM decisions").fetchone()[0]


def test_release_is_repeatable_and_fails_without_a_database(deployment, checkout, released):
    again = run(deployment.release, checkout, released)
    assert (again.returncode, "was already up to date" in again.stdout) == (0, True)
    unreachable = f"postgres://tests@127.0.0.1:{free_port()}/nothing"
    failed = run(deployment.release, checkout, {**released, "DATABASE_URL": unreachable})
    assert failed.returncode == 1
    assert "PostgreSQL cannot be reached" in failed.stdout
    assert "Traceback" not in failed.stdout


def test_web_process_waits_for_the_release(deployment, checkout, environment, tmp_path):
    """Without it, it stops with one message, so that the platform keeps the old version."""
    started = run(deployment.web, checkout, environment)
    assert started.returncode == 1
    assert "run python model.py migrate" in started.stdout
    assert not [*tmp_path.glob("app/instance/*")]


def test_web_process_decides_in_small_memory(deployment, server, released):
    assert server.get("/health/ready").status_code == 200
    assert server.post(FEATURES).status_code == 401
    response = post(server, deployment, features=FEATURES)
    assert response.status_code == 200
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
    for _ in range(4):
        batch = post(server, deployment, "/predict/batch", applicants=[FEATURES] * 1000)
        assert batch.status_code == 200
    assert stored_decisions(released) == 4001
    master = psutil.Process(server.process.pid)
    processes = [master, *master.children(recursive=True)]
    assert len(processes) == 3  # no shell stays in between
    assert sum(process.memory_full_info().pss for process in processes) < MAX_PSS


def test_proxy_reaches_the_service_by_its_protocol(deployment, server):
    """By IPv4 everywhere: `Server.wait` uses it."""
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with contextlib.ExitStack() as stack:
        if not deployment.uses_ipv6:
            stack.enter_context(pytest.raises(ConnectionRefusedError))
        socket.create_connection(("::1", server.port)).close()


def test_log_reveals_no_request_and_names_what_is_lost(deployment, server):
    assert post(server, deployment, f"/{CANARY}").status_code == 404
    assert post(server, deployment, features={CANARY: CANARY}).status_code == 422
    terminate(server.process, every_process=deployment.terminates_every_process)
    assert server.process.wait(PATIENCE) == 0
    log = server.log.read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["status"] for line in lines if line["event"] == "request"][-2:] == [404, 422]
    assert CANARY not in log
    assert "192.0.2.7" not in log
    assert KEY not in log
    assert ("models cannot be swapped" in log) == (deployment.writable is None)
    assert "is lost at its next restart" not in log  # PostgreSQL


def test_request_in_progress_is_answered_after_sigterm(deployment, server, released):
    """100 Continue says that a worker has begun to read the request."""
    body = json.dumps({"features": FEATURES}).encode()
    head = (
        f"POST /predict HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Expect: 100-continue\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1 << 10).startswith(b"HTTP/1.1 100 Continue")
        terminate(server.process, every_process=deployment.terminates_every_process)
        connection.sendall(body)
        status, _, decision = read_response(connection, bytearray())
    assert status == 200
    assert decision["decision_id"]
    assert server.process.wait(PATIENCE) == 0
    assert stored_decisions(released) == 1
    assert "Traceback" not in server.log.read_text()
