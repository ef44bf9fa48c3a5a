"""Row 27 of docs/reliability.md: a service that others can reach requires a key from the start."""

import os
import subprocess
import sys

import pytest

from credit_scoring.settings.platforms import PLATFORMS
from tests.reliability.load_clients import wait_until
from tests.server_process import DEPLOYED, PATIENCE, ROOT, environment, run_server

EVERYWHERE = {"HOST": "0.0.0.0"}  # noqa: S104
NO_KEY = "No key exists, so requests get status 401"
PROTECTED = ("/model/info", "/decisions", "/metrics")
PUBLIC = ("/", "/docs", "/openapi.json", "/health", "/health/live", "/health/ready")


def assert_closed(server, example):
    assert server.post(example).status_code == 401
    assert {server.get(path).status_code for path in PROTECTED} == {401}
    assert {server.get(path).status_code for path in PUBLIC} == {200}


def create_key(model, database):
    command = [sys.executable, "model.py", "keys", "create", "--name", "me", "--scope", "admin"]
    variables = environment(model, DATABASE_URL=database)
    process = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=True
    )
    return {"Authorization": f"Bearer {process.stdout.strip()}"}


def test_row_27_lost_database_leaves_an_exposed_service_closed(model, example, tmp_path):
    """After a restart with an empty database, also until a key is created while it runs."""
    database = f"sqlite:///{tmp_path}/decisions.db"
    create_key(model, database)
    with run_server(DEPLOYED, model, tmp_path / "a", DATABASE_URL=database, **EVERYWHERE) as server:
        assert_closed(server, example)
        assert NO_KEY not in server.log.read_text()
    for file in tmp_path.glob("decisions.db*"):
        file.unlink()
    with run_server(DEPLOYED, model, tmp_path / "b", DATABASE_URL=database, **EVERYWHERE) as server:
        assert_closed(server, example)
        log = server.log.read_text()
        assert NO_KEY in log
        assert "python model.py keys create" in log
        key = create_key(model, database)
        wait_until(lambda: server.post(example, headers=key).status_code == 200, seconds=PATIENCE)
        assert_closed(server, example)


@pytest.mark.parametrize(
    ("command", "variables"),
    [
        ((*DEPLOYED, "--bind", "[::]:{port}"), {}),
        (DEPLOYED, {"GUNICORN_CMD_ARGS": "--bind 0.0.0.0:{port}"}),
        (DEPLOYED, {"DYNO": "web.1"}),
        (DEPLOYED, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}),
        (DEPLOYED, {"CREDIT_SCORING_KEYS": "on"}),
        ((*DEPLOYED, "--config", os.devnull, "--preload", "--bind", "0.0.0.0:{port}"), {}),
    ],
    ids=["option", "GUNICORN_CMD_ARGS", "Heroku", "Kubernetes", "on", "other configuration"],
)
def test_row_27_exposed_service_requires_a_key(model, example, tmp_path, command, variables):
    """HOST is 127.0.0.1 in each case: the address that counts is the one that is bound."""
    with run_server(command, model, tmp_path / "log", **variables) as server:
        assert_closed(server, example)


@pytest.mark.parametrize("variables", [{}, {**EVERYWHERE, "CREDIT_SCORING_KEYS": "off"}])
def test_loopback_and_keys_off_are_open(model, example, tmp_path, variables):
    with run_server(DEPLOYED, model, tmp_path / "log", **variables) as server:
        assert server.post(example).status_code == 200
        assert "Keys are off" in server.log.read_text()


def test_key_of_the_environment_has_every_scope(model, example, tmp_path):
    secret = "environment-secret-" * 3
    variables = {**EVERYWHERE, "CREDIT_SCORING_API_KEY": secret}
    with run_server(DEPLOYED, model, tmp_path / "log", **variables) as server:
        assert_closed(server, example)
        headers = {"Authorization": f"Bearer {secret}"}
        assert server.post(example, headers=headers).status_code == 200
        assert {server.get(path, headers=headers).status_code for path in PROTECTED} == {200}
        assert NO_KEY not in server.log.read_text()


def test_platforms_are_recognised_by_their_variables():
    named = {"DYNO", "SPACE_ID", "K_SERVICE", "RENDER", "FLY_APP_NAME", "KUBERNETES_SERVICE_HOST"}
    assert named <= PLATFORMS.keys()
