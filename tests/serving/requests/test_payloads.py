"""Generated payloads get only the declared statuses and shapes, never 500 (reliability row 19).

Schemathesis generates requests to every route from the app's own document, hypothesis generates
applicants: valid, nearly valid and hostile. They are the same in each run. The suite sends some
hundreds; for ten thousand:
TESTS_PAYLOADS=10000 python -m pytest tests/serving/requests/test_payloads.py
"""

import dataclasses
import json
import os
from collections import Counter

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from werkzeug.wrappers import Response

from credit_scoring.features.applicant_store import write_applicant_store
from tests.api_contract import ApiContract
from tests.serving.small_bundle import EXAMPLE, RATIO, features

PAYLOADS = int(os.environ.get("TESTS_PAYLOADS", "200"))
DOCUMENT_PAYLOADS, APPLICANT_PAYLOADS = PAYLOADS // 4, PAYLOADS * 3 // 4
WITH_BODY = max(2, PAYLOADS // 55)  # requests per route and generation mode
WITHOUT_BODY = max(2, WITH_BODY // 9)
APPLICANT = "100002"
DRAWN = 50  # applicants per draw: hypothesis is slow to begin a draw
REPEATABLE = {
    "database": None, "derandomize": True, "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}  # fmt: skip


@pytest.fixture(scope="module")
def app(make_app, app_settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("payloads")
    write_applicant_store(
        folder / "store",
        list(EXAMPLE),
        [(APPLICANT, list(EXAMPLE.values()))],
        made_at="2026-11-21T12:00:00Z",
        source="",
    )
    database = f"sqlite:///{folder}/decisions.db"
    changes = {"applicants_path": folder / "store", "database_url": database, "log_level": "ERROR"}
    return make_app(dataclasses.replace(app_settings, **changes))


@pytest.fixture(scope="module")
def contract(app):
    return ApiContract(app.test_client().get("/openapi.json").json)


def test_generated_requests_are_answered_as_documented(app, contract):
    counts = Counter()
    made = app.test_client().post("/predict", json=EXAMPLE).json["decision_id"]
    known = {"decision_id": made, "applicant_id": APPLICANT, "name": "(score)"}

    def send_requests(operation, mode):
        @settings(
            max_examples=WITH_BODY if operation.method == "post" else WITHOUT_BODY, **REPEATABLE
        )
        @given(case=operation.as_strategy(generation_mode=mode), is_known=st.booleans())
        def send(case, is_known):
            if is_known:
                case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
            answer = case.call()
            headers = {name: ", ".join(values) for name, values in answer.headers.items()}
            contract.check(operation.label, Response(answer.content, answer.status_code, headers))
            counts[operation.label, answer.status_code] += 1

        send()

    for operation in schemathesis.openapi.from_wsgi("/openapi.json", app).get_all_operations():
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            send_requests(operation.ok(), mode)
    assert counts.total() >= DOCUMENT_PAYLOADS
    read_by_schemathesis = {"GET /openapi.json"}
    assert {label for label, _ in counts} == set(contract.routes()) - read_by_schemathesis
    assert max(status for _, status in counts) < 500  # nor the declared 501 and 503


NAMES = st.sampled_from(
    [
        *EXAMPLE,
        RATIO,
        "unknown",
        "features",
        "overrides",
        "application",
        "bureau",
        "what_would_change",
    ]
)
HOSTILE = st.sampled_from([
    365243, 10**400, -(10**400), 1e30, -1e30, 1e308, 1e-40, -0.0, float("nan"), float("inf"), True,
    None, "", "XNA", "Cash loans", "\ud800", "\x00", "é" * 300, [], {}, [[[[]]]],
    {"features": {}}, "0.5", 2**53 + 1,
])  # fmt: skip


def valid(asked):
    """A strategy for the valid values of a feature."""
    feature = asked.feature
    if feature.levels:
        known = st.sampled_from([*feature.levels, *(feature.missing if asked.nullable else ())])
    elif feature.whole:
        known = st.integers(int(feature.minimum), int(feature.maximum))
    else:
        low, high = feature.minimum, feature.maximum
        known = st.floats(
            -1e30 if low is None else low,
            1e30 if high is None else high,
            exclude_min=feature.exclusive_minimum,
        )
    return st.one_of(known, st.none()) if asked.nullable else known


APPLICANTS = st.one_of(
    st.fixed_dictionaries({asked.name: valid(asked) for asked in features() if asked.is_requested}),
    st.builds(lambda name, value: {**EXAMPLE, name: value}, NAMES, HOSTILE),
    st.builds(
        lambda changes: {**EXAMPLE, **changes},
        st.dictionaries(st.text(max_size=9), HOSTILE, max_size=3),
    ),
    st.dictionaries(
        NAMES, st.one_of(HOSTILE, st.floats(), st.integers(), st.text(max_size=9)), max_size=4
    ),
)
ROUTES = (
    "/predict",
    "/predict",
    "/predict/explain",
    "/predict/batch",
    f"/applicants/{APPLICANT}/predict",
)


def test_generated_applicants_are_decided_or_refused(app, contract):
    client, counts = app.test_client(), Counter()

    @settings(max_examples=-(-APPLICANT_PAYLOADS // DRAWN), **REPEATABLE)
    @given(applicants=st.lists(APPLICANTS, min_size=DRAWN, max_size=DRAWN), wrapped=st.booleans())
    def send(applicants, wrapped):
        for number, applicant in enumerate(applicants):
            path = ROUTES[number % len(ROUTES)]
            body = {"features": applicant} if wrapped else applicant
            body = {"applicants": [body, EXAMPLE, applicant]} if path.endswith("batch") else body
            answer = client.post(path, data=json.dumps(body), content_type="application/json")
            contract.check(f"POST {path.replace(APPLICANT, '{applicant_id}')}", answer)
            counts[answer.status_code] += 1

    send()
    assert counts.total() >= APPLICANT_PAYLOADS
    assert set(counts) == {200, 422}
    assert min(counts.values()) > APPLICANT_PAYLOADS / 10
