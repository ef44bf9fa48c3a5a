"""The service on PostgreSQL as deployed: what the release, the workers and health say while the server is away."""

import json
import subprocess
import sys

import pytest

from credit_scoring.database.engine import open_database
from credit_scoring.decisions.decision_log import DecisionLog
from tests.reliability.load_clients import LoadClients, wait_until
from tests.server_process import DEPLOYED, ROOT, environment, free_port, run_server

MODEL = ROOT / "models/latest"


@pytest.fixture(scope="module")
def example():
    return json.loads((MODEL / "model.json").read_text(encoding="utf-8"))["golden_rows"][0][
        "features"
    ]


def ready(server):
    return server.get("/health/ready").status_code


def test_a_server_that_goes_and_comes_back_costs_503s_and_no_decision(
    cluster, postgresql_url, example, tmp_path
):
    with run_server(DEPLOYED, MODEL, tmp_path / "log", DATABASE_URL=postgresql_url) as server:
        assert ready(server) == 200
        with LoadClients(server, example, 4) as report:
            wait_until(lambda: len(report.decisions) > 20, seconds=10)
            cluster.stop()
            try:
                wait_until(lambda: 503 in report.statuses, seconds=10)
                answer = server.get("/health/ready")
                assert (answer.status_code, answer.json()["title"]) == (503, "Storage unavailable")
                assert int(answer.headers["Retry-After"]) > 0
                assert server.get("/health/live").status_code == 200
                assert "decision" not in server.post(example).json()
            finally:
                cluster.start()
            wait_until(lambda: ready(server) == 200, seconds=10)
            decided = len(report.decisions)
            wait_until(lambda: len(report.decisions) > decided + 20, seconds=10)
    assert report.statuses == {200, 503}
    assert all("retry-after" in headers for status, headers, _ in report.responses if status == 503)
    engine = open_database(postgresql_url)
    stored = {row.decision_id: row.probability for row in DecisionLog(engine).iterate()}
    engine.dispose()
    assert {
        identity: body["probability"] for identity, body in report.decisions.items()
    }.items() <= stored.items()


def test_a_database_without_the_tables_stops_the_start_with_the_remedy(cluster):
    with cluster.database() as url:
        done = subprocess.run(
            [sys.executable, "app.py"], cwd=ROOT, env=environment(MODEL, PORT=str(free_port()), DATABASE_URL=url),
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 1
    assert "the database needs migration" in done.stderr
    assert "run python model.py migrate" in done.stderr
