"""The deployed service on PostgreSQL while the database server is down."""

import json
import subprocess
import sys
from time import sleep

import pytest

from credit_scoring.database.engine import open_database
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.decisions.write_probe import PERIOD
from tests.reliability.load_clients import LoadClients, wait_until
from tests.server_process import DEPLOYED, PATIENCE, ROOT, environment, free_port, run_server

MODEL = ROOT / "models/latest"


@pytest.fixture(scope="module")
def example():
    manifest = json.loads((MODEL / "model.json").read_text(encoding="utf-8"))
    return manifest["golden_rows"][0]["features"]


def readiness(server):
    return server.get("/health/ready").status_code


def test_stopped_database_costs_503s_and_no_decision(cluster, postgresql_url, example, tmp_path):
    with run_server(DEPLOYED, MODEL, tmp_path / "log", DATABASE_URL=postgresql_url) as server:
        assert readiness(server) == 200
        with LoadClients(server, example, 4) as report:
            wait_until(lambda: len(report.decisions) > 20, seconds=PATIENCE)
            cluster.stop()
            try:
                wait_until(lambda: 503 in report.statuses, seconds=PATIENCE)
                sleep(2 * PERIOD)  # each worker remembers its last probe for one period
                answer = server.get("/health/ready")
                assert (answer.status_code, answer.json()["title"]) == (503, "Storage unavailable")
                assert int(answer.headers["Retry-After"]) > 0
                assert server.get("/health/live").status_code == 200
                assert "decision" not in server.post(example).json()
            finally:
                cluster.start()
            wait_until(lambda: readiness(server) == 200, seconds=PATIENCE)
            count = len(report.decisions)
            wait_until(lambda: len(report.decisions) > count + 20, seconds=PATIENCE)
    assert report.statuses == {200, 503}
    assert all("retry-after" in headers for status, headers, _ in report.responses if status == 503)
    engine = open_database(postgresql_url)
    stored = {row.decision_id: row.probability for row in DecisionLog(engine).iterate()}
    engine.dispose()
    answered = {key: body["probability"] for key, body in report.decisions.items()}
    assert answered.items() <= stored.items()


def test_unmigrated_database_stops_the_start(cluster):
    with cluster.database() as url:
        variables = environment(MODEL, PORT=str(free_port()), DATABASE_URL=url)
        process = subprocess.run(
            [sys.executable, "app.py"],
            cwd=ROOT,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    assert process.returncode == 1
    assert "the database needs migration" in process.stderr
    assert "run python model.py migrate" in process.stderr
