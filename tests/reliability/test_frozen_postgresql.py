"""Row 40 of docs/reliability.md: PostgreSQL is frozen, as by a stalled disk, and thaws."""

import psycopg
import pytest

from tests.reliability.load_clients import LoadClients, wait_until
from tests.server_process import DEPLOYED, PATIENCE, run_server

CLIENTS = 160  # more than the threads that may wait for the database


@pytest.fixture
def server(model, postgresql_url, tmp_path):
    with run_server(DEPLOYED, model, tmp_path / "log", DATABASE_URL=postgresql_url) as server:
        yield server


def test_row_40_frozen_postgresql_gives_503_and_live_answers(
    server, cluster, postgresql_url, example
):
    with LoadClients(server, example, CLIENTS) as report:
        wait_until(lambda: len(report.decisions) > CLIENTS, seconds=PATIENCE)
        with cluster.frozen():
            wait_until(lambda: 503 in report.statuses, seconds=PATIENCE)
            count = len(report.responses)
            for _ in range(20):
                assert server.get("/health/live").status_code == 200
            assert server.get("/health/ready").status_code == 503
            wait_until(lambda: len(report.responses) > count + CLIENTS, seconds=PATIENCE)
        count = len(report.decisions)
        wait_until(lambda: len(report.decisions) > count + CLIENTS, seconds=PATIENCE)
        # each worker remembers its last check for a second
        wait_until(lambda: server.get("/health/ready").status_code == 200, seconds=PATIENCE)
    assert report.statuses == {200, 503}
    assert not report.unanswered
    with psycopg.connect(postgresql_url) as connection:
        rows = connection.execute("SELECT decision_id FROM decisions").fetchall()
    assert {decision_id for (decision_id,) in rows} >= report.decisions.keys()
