"""Shadow scoring in the deployed server: a stop works off the queue, a start needs no source."""

import contextlib
import sqlite3

from tests.other_bundle import write_with_threshold
from tests.server_process import DEPLOYED, run_server
from tests.serving.small_bundle import EXAMPLE

REQUESTS = 60


def scored_ids(log):
    with contextlib.closing(sqlite3.connect(f"{log}.db")) as connection:
        return {row[0] for row in connection.execute("SELECT decision_id FROM shadow_scores")}


def test_a_stop_scores_and_stores_what_is_queued(bundle_folder, tmp_path):
    challenger = write_with_threshold(bundle_folder, 0.000001, tmp_path / "strict")
    log = tmp_path / "log"
    variables = {"CREDIT_SCORING_CHALLENGER": str(challenger), "CREDIT_SCORING_KEYS": "off"}
    with run_server(DEPLOYED, bundle_folder, log, **variables) as server:
        ids = {server.post(EXAMPLE).json()["decision_id"] for _ in range(REQUESTS)}
        info = server.get("/model/info").json()["challenger"]
        assert info["status"] == "scoring"
        metrics = server.get("/metrics").text
        assert "credit_scoring_challenger_loaded 2.0" in metrics
    assert len(ids) == REQUESTS
    assert scored_ids(log) == ids


def test_unreachable_source_does_not_stop_the_start(bundle_folder, tmp_path):
    variables = {
        "CREDIT_SCORING_CHALLENGER": "https://127.0.0.1:1/challenger.tar.gz",
        "CREDIT_SCORING_MODEL_HOSTS": "127.0.0.1:1",
        "CREDIT_SCORING_KEYS": "off",
    }
    with run_server(DEPLOYED, bundle_folder, tmp_path / "log", **variables) as server:
        assert server.post(EXAMPLE).status_code == 200
        assert server.get("/health/ready").status_code == 200
        info = server.get("/model/info").json()["challenger"]
        assert info == {"status": "unavailable", "version": None}
    assert "the challenger cannot be loaded" in (tmp_path / "log").read_text()
