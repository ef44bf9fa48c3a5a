"""Row 29 of docs/reliability.md: what is sent about an applicant stands in no log line and in no error."""

import json

import pytest
import requests

from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.features.applicant_store import write_store
from tests.reliability.raw import HEAD, exchange
from tests.running import DEPLOYED, ROOT, served

NUMBER = 31337.25  # a value that no model, no threshold and no time has
CANARY = "canary"
APPLICANT = f"{CANARY}-1"


@pytest.fixture(scope="module")
def running(trained_folder, marked, tmp_path_factory):
    folder = tmp_path_factory.mktemp("personal")
    store = folder / "applicants.sqlite"
    write_store(
        store, list(marked), [(APPLICANT, list(marked.values()))], made_at="2026-11-21", source=""
    )
    place = {
        "DATABASE_URL": f"sqlite:///{folder}/decisions.db",
        "CREDIT_SCORING_APPLICANTS_PATH": str(store),
    }
    with served(DEPLOYED, trained_folder, folder / "log", **place) as server:
        yield server


@pytest.fixture(scope="module")
def marked(trained_folder):
    """Valid features, two of which are the canary's number."""
    return {
        **read_manifest(trained_folder).example("typical"),
        "AMT_CREDIT": NUMBER,
        "AMT_INCOME_TOTAL": NUMBER,
    }


def test_row_29_on_every_route_that_takes_a_body(running, marked):
    known = running.post(marked).json()["decision_id"]
    wrong = {**marked, "EXT_SOURCE_2": 57, CANARY: CANARY, f"{CANARY}2": NUMBER}
    raw = json.loads((ROOT / "examples/raw.json").read_text(encoding="utf-8"))
    raw["application"]["AMT_INCOME_TOTAL"] = NUMBER
    review = {"outcome": "ACCEPTED", "reviewer": CANARY, "reason": f"{CANARY} {NUMBER}"}
    calls = [
        ("/predict", marked, 200),
        ("/predict", {"features": wrong}, 422),
        ("/predict", raw, 200),
        ("/predict", {**raw, "bureau": [{CANARY: NUMBER}]}, 422),
        ("/predict/batch", {"applicants": [marked, wrong, CANARY]}, 200),
        ("/predict/explain", {"features": marked, "what_would_change": True}, 200),
        ("/predict/explain", {"features": wrong}, 422),
        (f"/applicants/{APPLICANT}/predict", {}, 200),
        (f"/applicants/{APPLICANT}/predict", {"overrides": {"AMT_CREDIT": CANARY}}, 422),
        (f"/applicants/{CANARY}/predict", {}, 404),
        (f"/decisions/{known}/review", review, 201),
        (f"/decisions/{known}/review", {**review, "outcome": CANARY}, 422),
        (f"/decisions/{known}/outcome", {"outcome": NUMBER}, 422),
        (f"/{CANARY}?name={CANARY}", marked, 404),
    ]
    for number, (path, body, status) in enumerate(calls):
        sent = {
            "Idempotency-Key": f"{CANARY}{number}",
            "User-Agent": CANARY,
            "X-Request-ID": "shown",
        }
        answer = requests.post(f"{running.url}{path}", json=body, headers=sent, timeout=10)
        assert answer.status_code == status, (path, answer.text)
    log = running.log.read_text()
    assert log.count('"request_id":"shown"') == len(calls)
    assert CANARY not in log
    assert "31337" not in log


def test_row_29_a_query_s_and_a_path_s_values_are_not_logged(running):
    for path in (
        f"/decisions?applicant_id={CANARY}",
        f"/applicants/{CANARY}",
        f"/?lang={CANARY}",
        f"/%0A{CANARY}",
    ):
        running.get(path)
    assert CANARY not in running.log.read_text()


def test_row_29_a_refusal_names_the_field_at_fault_and_no_other_s_value(running, marked):
    answer = requests.post(
        f"{running.url}/predict", json={**marked, "EXT_SOURCE_2": 57}, timeout=10
    )
    assert answer.status_code == 422
    assert "31337" not in answer.text


def test_row_29_a_body_that_is_taken_for_a_request_is_neither_logged_nor_answered(running, marked):
    body = json.dumps({**marked, CANARY: CANARY}).encode() + b"\r\n\r\n"
    for data in (
        body,
        HEAD + b"Content-Length: 2\r\n\r\n{}" + body,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body,
    ):
        answer = exchange(running, data)
        assert b"canary" not in answer
        assert b"31337" not in answer
    log = running.log.read_text()
    assert CANARY not in log
    assert "31337" not in log
    assert "a malformed request was refused" in log
