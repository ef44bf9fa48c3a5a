"""The schemas of queries and small bodies allow what the app accepts, and nothing else."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from credit_scoring.serving.requests.request_models import TIME, UUID_TEXT
from tests.serving.small_bundle import EXAMPLE

REVIEW = {"outcome": "ACCEPTED", "reviewer": "A. Martin", "reason": "An error."}
PROPERTY = settings(max_examples=150)
TEXTS = st.one_of(
    st.text(max_size=9),
    st.text(
        alphabet="ab \t\r\n\x00\x7f\x85\u00a0\u200b\u200d\u2028\u202e\u202f\ufeffé", max_size=4
    ),
    st.integers(120, 135).map("x".__mul__),
    st.sampled_from([1998, 2000, 2001]).map("é".__mul__),
)
TIMES = st.one_of(
    st.from_regex(TIME, fullmatch=True),
    st.datetimes().map(str),
    st.datetimes().map(lambda time: f"{time.isoformat()}Z"),
    st.dates().map(str),
    st.sampled_from([
        "", "2026-02-29", "2024-02-29", "2026-11-31", "20261121", "2026-W47-6", "2026-11-21T14Z",
        "2026-11-21T24:00:00Z", "2026-11-21T23:59:60Z", "2026-11-21t14:00:00z",
        "9999-12-31T23:59:59-23:59", "1971-01-01T00:00:00+23:59", "1970-12-31",
        "2026-11-21 14:00:00Z", "2026-11-21T14:00:00.123456789Z", "\u0662026-11-21",
    ]),
)  # fmt: skip


@pytest.fixture(scope="module")
def document(app):
    return app.test_client().get("/openapi.json").json


@pytest.fixture(scope="module")
def decision_id(app):
    return app.test_client().post("/predict", json=EXAMPLE).json["decision_id"]


def allows(schema, value):
    return Draft202012Validator(schema, format_checker=FormatChecker()).is_valid(value)


def query_schema(document, name):
    parameters = document["paths"]["/decisions"]["get"]["parameters"]
    return next(row["schema"] for row in parameters if row.get("name") == name)


@pytest.mark.parametrize("name", ["reviewer", "reason"])
@PROPERTY
@given(text=TEXTS)
def test_texts_of_a_review(client, document, decision_id, name, text):
    schema = document["components"]["schemas"]["ReviewRequest"]
    body = {**REVIEW, name: text}
    answer = client.post(f"/decisions/{decision_id}/review", json=body)
    assert answer.status_code == (201 if allows(schema, json.loads(json.dumps(body))) else 422)


@pytest.mark.parametrize("name", ["since", "until"])
@PROPERTY
@given(text=TIMES)
def test_times_of_a_query(client, document, name, text):
    answer = client.get(f"/decisions?{urlencode({name: text})}")
    assert answer.status_code == (200 if allows(query_schema(document, name), text) else 422)


@pytest.mark.parametrize("name", ["applicant_id", "model_version"])
@PROPERTY
@given(text=TEXTS)
def test_identifiers_of_a_query(client, document, name, text):
    answer = client.get(f"/decisions?{urlencode({name: text})}")
    assert answer.status_code == (200 if allows(query_schema(document, name), text) else 422)


@PROPERTY
@given(text=st.from_regex(UUID_TEXT) | st.uuids().map(str) | st.uuids().map(lambda u: u.urn))
def test_cursor_of_a_query(client, document, text):
    answer = client.get(f"/decisions?{urlencode({'cursor': text})}")
    assert answer.status_code == (200 if allows(query_schema(document, "cursor"), text) else 422)


def test_french_spaces_are_printable(client, decision_id):
    """Word processors write a no-break space before a colon."""
    reason = "Les retards\u00a0: une erreur de la banque,\ncorrigée le 3\u202fmars."
    answer = client.post(f"/decisions/{decision_id}/review", json={**REVIEW, "reason": reason})
    assert answer.json["reason"] == reason
