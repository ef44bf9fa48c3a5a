"""Row 29 of docs/reliability.md: what is sent about an applicant stands in no log line and in no error."""

import json

import pytest
import requests

from tests.reliability.raw import HEAD, exchange
from tests.running import DEPLOYED, served

NUMBER = 31337.25  # a value that no model, no threshold and no time has
CANARY = "canary"


@pytest.fixture(scope="module")
def running(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("personal")
    with served(DEPLOYED, model, folder / "log", DATABASE_URL=f"sqlite:///{folder}/decisions.db") as server:
        yield server


@pytest.fixture(scope="module")
def marked(example):
    """Valid features of which every number without an upper bound, if there is one, is the canary's."""
    return {**example, "AMT_CREDIT": NUMBER, "AMT_INCOME_TOTAL": NUMBER}


def test_row_29_on_every_route_that_takes_a_body(running, marked):
    known = requests.post(f"{running.url}/predict", json=marked, timeout=10).json().get("decision_id", "x")
    wrong = {**marked, "EXT_SOURCE_2": 57, CANARY: CANARY, f"{CANARY}2": NUMBER}
    review = {"outcome": "ACCEPTED", "reviewer": CANARY, "reason": f"{CANARY} {NUMBER}"}
    calls = [
        ("/predict", marked),
        ("/predict", {"features": wrong}),
        ("/predict", {"application": {**marked, "SK_ID_CURR": 1}, "bureau": [{CANARY: NUMBER}]}),
        ("/predict/batch", {"applicants": [marked, wrong, CANARY]}),
        ("/predict/explain", {"features": marked}),
        ("/predict/explain", {"features": wrong, "what_would_change": True}),
        (f"/applicants/{CANARY}/predict", marked),
        (f"/decisions/{known}/review", review),
        (f"/decisions/{known}/review", {**review, "outcome": CANARY}),
        (f"/decisions/{known}/outcome", {"outcome": NUMBER}),
        (f"/{CANARY}?name={CANARY}", marked),
    ]
    headers = {"Idempotency-Key": CANARY, "User-Agent": CANARY, "X-Request-ID": "shown"}
    for path, body in calls:
        answer = requests.post(f"{running.url}{path}", json=body, headers=headers, timeout=10)
        assert answer.status_code < 500, (path, answer.text)
    log = running.log.read_text()
    assert log.count('"request_id":"shown"') == len(calls)
    assert CANARY not in log
    assert "31337" not in log


def test_row_29_a_query_s_and_a_path_s_values_are_not_logged(running):
    for path in (f"/decisions?applicant_id={CANARY}", f"/applicants/{CANARY}", f"/?lang={CANARY}", f"/%0A{CANARY}"):
        running.get(path)
    assert CANARY not in running.log.read_text()


def test_row_29_a_refusal_names_the_field_at_fault_and_no_other_s_value(running, marked):
    answer = requests.post(f"{running.url}/predict", json={**marked, "EXT_SOURCE_2": 57}, timeout=10)
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
