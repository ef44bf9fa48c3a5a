"""Row 29 of docs/reliability.md: personal data is neither logged nor repeated in other errors."""

import json

import pytest
import requests

from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.features.applicant_store import write_applicant_store
from tests.reliability.raw_http import HEAD, exchange
from tests.server_process import DEPLOYED, PATIENCE, ROOT, run_server

NUMBER = 31337.25  # not the value of a model, a threshold or a time
CANARY = "canary"
APPLICANT = f"{CANARY}-1"


@pytest.fixture(scope="module")
def running(trained_folder, marked, tmp_path_factory):
    folder = tmp_path_factory.mktemp("personal")
    store = folder / "applicants.sqlite"
    write_applicant_store(
        store, list(marked), [(APPLICANT, list(marked.values()))], made_at="2026-11-21", source=""
    )
    variables = {
        "DATABASE_URL": f"sqlite:///{folder}/decisions.db",
        "CREDIT_SCORING_APPLICANTS_PATH": str(store),
    }
    with run_server(DEPLOYED, trained_folder, folder / "log", **variables) as server:
        yield server


@pytest.fixture(scope="module")
def marked(trained_folder):
    """Valid features, two of which have the canary's value."""
    return {
        **read_manifest(trained_folder).example("typical"),
        "AMT_CREDIT": NUMBER,
        "AMT_INCOME_TOTAL": NUMBER,
    }


def test_row_29_bodies_are_not_logged(running, marked):
    decision_id = running.post(marked).json()["decision_id"]
    invalid = {**marked, "EXT_SOURCE_2": 57, CANARY: CANARY, f"{CANARY}2": NUMBER}
    raw = json.loads((ROOT / "examples/raw.json").read_text(encoding="utf-8"))
    raw["application"]["AMT_INCOME_TOTAL"] = NUMBER
    review = {"outcome": "ACCEPTED", "reviewer": CANARY, "reason": f"{CANARY} {NUMBER}"}
    requests_and_statuses = [
        ("/predict", marked, 200),
        ("/predict", {"features": invalid}, 422),
        ("/predict", raw, 200),
        ("/predict", {**raw, "bureau": [{CANARY: NUMBER}]}, 422),
        ("/predict/batch", {"applicants": [marked, invalid, CANARY]}, 200),
        ("/predict/explain", {"features": marked, "what_would_change": True}, 200),
        ("/predict/explain", {"features": invalid}, 422),
        (f"/applicants/{APPLICANT}/predict", {}, 200),
        (f"/applicants/{APPLICANT}/predict", {"overrides": {"AMT_CREDIT": CANARY}}, 422),
        (f"/applicants/{CANARY}/predict", {}, 404),
        (f"/decisions/{decision_id}/review", review, 201),
        (f"/decisions/{decision_id}/review", {**review, "outcome": CANARY}, 422),
        (f"/decisions/{decision_id}/outcome", {"outcome": NUMBER}, 422),
        (f"/{CANARY}?name={CANARY}", marked, 404),
    ]
    for number, (path, body, status) in enumerate(requests_and_statuses):
        headers = {
            "Idempotency-Key": f"{CANARY}{number}",
            "User-Agent": CANARY,
            "X-Request-ID": "shown",
        }
        url = f"{running.url}{path}"
        response = requests.post(url, json=body, headers=headers, timeout=PATIENCE)
        assert response.status_code == status, (path, response.text)
    log = running.log.read_text()
    assert log.count('"request_id":"shown"') == len(requests_and_statuses)
    assert CANARY not in log
    assert "31337" not in log


def test_row_29_paths_and_queries_are_not_logged(running):
    for path in (
        f"/decisions?applicant_id={CANARY}",
        f"/applicants/{CANARY}",
        f"/?lang={CANARY}",
        f"/%0A{CANARY}",
    ):
        running.get(path)
    assert CANARY not in running.log.read_text()


def test_row_29_refusal_omits_other_fields_values(running, marked):
    response = requests.post(
        f"{running.url}/predict", json={**marked, "EXT_SOURCE_2": 57}, timeout=PATIENCE
    )
    assert response.status_code == 422
    assert "31337" not in response.text


def test_row_29_malformed_requests_are_not_logged(running, marked):
    """A body without a head, or beyond its declared length, is parsed as a request."""
    body = json.dumps({**marked, CANARY: CANARY}).encode() + b"\r\n\r\n"
    for data in (
        body,
        HEAD + b"Content-Length: 2\r\n\r\n{}" + body,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body,
    ):
        assert b"31337" not in exchange(running, data)
    log = running.log.read_text()
    assert CANARY not in log
    assert "31337" not in log
    assert "a malformed request was refused" in log
