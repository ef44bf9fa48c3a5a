"""Monitoring in the deployed server: two workers count each decision once; a stop is tidy."""

import contextlib
import json
import sqlite3

from tests.server_process import DEPLOYED, run_server, wait_until
from tests.serving.small_bundle import EXAMPLE

REQUESTS = 40


def rows(log, query):
    with contextlib.closing(sqlite3.connect(f"{log}.db")) as connection:
        return connection.execute(query).fetchall()


def test_workers_count_each_decision_once_and_a_stop_stores_refusals(bundle_folder, tmp_path):
    log = tmp_path / "log"
    variables = {"CREDIT_SCORING_KEYS": "off", "CREDIT_SCORING_MONITORING_SECONDS": "1"}
    with run_server(DEPLOYED, bundle_folder, log, **variables) as server:
        for _ in range(REQUESTS):
            assert server.post(EXAMPLE).status_code == 200
        wait_until(lambda: rows(log, "SELECT count(*) FROM uncounted") == [(0,)])
        summary = server.get("/monitoring/summary").json()
        assert summary["volume"]["decisions"] == REQUESTS
        assert summary["latency"]["handler_ms"]["p50"] > 0
        shown = "credit_scoring_uncounted_records 0.0"
        wait_until(lambda: shown in server.get("/metrics").text)
        for _ in range(REQUESTS):
            assert server.post({**EXAMPLE, "EXT_SOURCE_2": 57}).status_code == 422
    stored = dict(rows(log, "SELECT field, sum(number) FROM refused_requests GROUP BY field"))
    assert stored == {"": REQUESTS, "EXT_SOURCE_2": REQUESTS}
    (counts,) = rows(log, "SELECT counts FROM monitoring_counts")
    assert sum(json.loads(counts[0])["kinds"].values()) == REQUESTS
    assert "monitoring has failed" not in log.read_text()
