"""A decision log that an app wrote through every route, and ways to change it."""

import dataclasses
import shutil
import sqlite3

import pytest

from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.features.applicant_store import write_applicant_store
from credit_scoring.serving.app_factory import DATABASE, create_app
from credit_scoring.serving.service import EXTENSION
from credit_scoring.settings import load_settings
from tests.server_process import ROOT, scratch_settings

APPLICANT = "100002"
MODEL = ROOT / "models/latest"
GOLDEN_ROWS = read_bundle(MODEL).manifest.golden_rows
DECISIONS = 5 + len(GOLDEN_ROWS)  # of `written_log`: one per route, and the batch


@pytest.fixture(scope="session")
def written_log(tmp_path_factory):
    """A log with decisions of every route, one of them reviewed, and their ids by request."""
    folder = tmp_path_factory.mktemp("log")
    rows = {row["name"]: row["features"] for row in GOLDEN_ROWS}
    store = folder / "applicants.sqlite"
    typical = rows["typical"]
    write_applicant_store(
        store,
        list(typical),
        [(APPLICANT, list(typical.values()))],
        made_at="2026-11-21T12:00:00Z",
        source="",
    )
    settings = load_settings(scratch_settings(folder))
    app = create_app(dataclasses.replace(settings, model_path=MODEL, applicants_path=store))
    ids = _request_decisions(app.test_client(), rows)
    app.extensions[EXTENSION].log._writer.close()
    app.extensions[DATABASE].dispose()
    return folder / "decisions.db", ids


def _request_decisions(client, rows):
    """The decision_id of every route's answer; of the batch, that of the high-risk applicant."""
    requests = {
        "predict": ("/predict", rows["typical"]),
        "refused": ("/predict", rows["high risk"]),
        "explain": ("/predict/explain", {"features": rows["high risk"], "what_would_change": True}),
        "applicant": (f"/applicants/{APPLICANT}/predict", {}),
        "what-if": (
            f"/applicants/{APPLICANT}/predict",
            {"overrides": {"AMT_CREDIT": rows["high risk"]["AMT_CREDIT"]}},
        ),
    }
    ids = {
        name: client.post(path, json=body).json["decision_id"]
        for name, (path, body) in requests.items()
    }
    batch = client.post("/predict/batch", json={"applicants": [*rows.values()]}).json["predictions"]
    review = {"outcome": "ACCEPTED", "reviewer": "A. Martin", "reason": "a guarantor"}
    assert client.post(f"/decisions/{ids['refused']}/review", json=review).status_code == 201
    return {**ids, "batch": next(row["decision_id"] for row in batch if row["score"])}


@pytest.fixture
def log_file(written_log, tmp_path, monkeypatch):
    """A copy of the log, set as DATABASE_URL."""
    file = shutil.copy(written_log[0], tmp_path / "decisions.db")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    monkeypatch.setenv("CREDIT_SCORING_MODEL_PATH", str(MODEL))
    return file


@pytest.fixture
def ids(written_log):
    return written_log[1]


@pytest.fixture
def tamper(log_file):
    """Changes the log bypassing the program, and the triggers that forbid it."""

    def run(statement, *values):
        connection = sqlite3.connect(log_file)
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement, values).rowcount == 1
        connection.commit()
        connection.close()

    return run
