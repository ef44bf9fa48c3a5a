"""Random requests to every route get a declared status, never 5xx but 503 (reliability row 19).

The suite sends ten thousand; for a million:
TESTS_REQUESTS=1000000 python -m pytest -n 2 tests/serving/requests/test_random_requests.py
"""

import dataclasses
import json
import os
from collections import Counter
from pathlib import Path

import pytest

from credit_scoring.features.applicant_store import write_applicant_store
from tests.api_contract import ApiContract
from tests.serving.requests.random_requests import RandomRequests
from tests.serving.small_bundle import EXAMPLE

REQUESTS = int(os.environ.get("TESTS_REQUESTS", "10000"))
SEEDS = range(2)
APPLICANT = "100002"
RAW = json.loads((Path(__file__).parents[3] / "examples/raw.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def app(make_app, app_settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("random")
    rows = [(APPLICANT, list(EXAMPLE.values()))]
    made_at = "2026-11-21T12:00:00Z"
    write_applicant_store(folder / "store", list(EXAMPLE), rows, made_at=made_at, source="")
    database = f"sqlite:///{folder}/decisions.db"
    changes = {"applicants_path": folder / "store", "database_url": database, "log_level": "ERROR"}
    return make_app(dataclasses.replace(app_settings, **changes))


@pytest.mark.parametrize("seed", SEEDS)
def test_random_requests_get_declared_statuses(app, seed):
    client = app.test_client()
    contract = ApiContract(client.get("/openapi.json").json)
    bodies = dict(contract.examples())
    bodies["POST /predict"] = [*bodies["POST /predict"], RAW]
    made = client.post("/predict", json=EXAMPLE).json["decision_id"]
    known = {"decision_id": made, "applicant_id": APPLICANT, "name": "(score)"}
    requests = RandomRequests(contract, bodies, known, seed)
    counts = Counter()
    for _ in range(REQUESTS // len(SEEDS)):
        route, arguments = requests.draw()
        with client.open(**arguments) as answer:
            status = answer.status_code
        assert str(status) in contract.operation(route)["responses"], (
            route,
            arguments,
            answer.text,
        )
        assert status < 500 or status == 503, (route, arguments)
        counts[route, status] += 1

    assert {route for route, _ in counts} == set(contract.routes())
    assert counts["POST /predict", 200] > REQUESTS / 500
