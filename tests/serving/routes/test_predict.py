"""The JSON routes with Flask's test client: answers, error shape, headers, no values in the log."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_scoring.serving.service import Service
from tests.serving.small_bundle import EXAMPLE, RATIO, features

DECISION = [
    "probability",
    "score",
    "threshold",
    "decision",
    "risk_level",
    "credit_score",
    "model_version",
]


def post(client, features, **arguments):
    return client.post("/predict", json={"features": features}, **arguments)


def decision(answer):
    """The decision without its id."""
    return [answer.json[name] for name in DECISION]


def test_health_names_the_model(client, app):
    answer = client.get("/health")
    version = app.extensions["credit_scoring"].bundle.manifest.version
    assert (answer.status_code, answer.json) == (200, {"status": "ok", "model_version": version})


def test_root_answers_links_to_programs(client):
    answer = client.get("/", headers={"Accept": "application/json"})
    assert answer.json["links"]["predict"] == "/predict"
    assert client.get("/").json == answer.json  # curl's Accept: */*
    for link in {each for each in answer.json["links"].values() if not each.startswith("/predict")}:
        assert client.get(link).status_code == 200


def test_model_info_describes_model_and_quality(client):
    info = client.get("/model/info").json
    assert info["algorithm"] == "LightGBM"
    assert info["features"] == len(EXAMPLE)
    assert set(info["metrics"]["held_out"]["roc_auc"]) == {"value", "low", "high"}
    assert {"value", "low", "high", "theoretical", "rule"} <= set(info["threshold"])
    assert "golden_rows" not in info


def test_model_features_describe_the_request(client):
    answer = client.get("/model/features").json
    rows = {row["name"]: row for row in answer["features"]}
    assert list(rows) == [feature.name for feature in features() if feature.is_requested]
    assert rows["EXT_SOURCE_2"]["type"] == "number"
    assert (rows["EXT_SOURCE_2"]["minimum"], rows["EXT_SOURCE_2"]["maximum"]) == (0, 1)
    assert rows["CNT_CHILDREN"]["type"] == "integer"
    assert rows["NAME_CONTRACT_TYPE"]["levels"] == ["Cash loans", "Revolving loans"]
    assert [row["name"] for row in answer["derived"]] == [RATIO]


def test_decision_has_the_documented_order(client, app):
    answer = post(client, EXAMPLE)
    assert answer.status_code == 200
    assert list(json.loads(answer.data)) == [*DECISION, "decision_id"]
    golden = app.extensions["credit_scoring"].bundle.manifest.golden_rows[0]
    assert answer.json["probability"] == golden["probability"]
    assert answer.json["decision"] == ("REFUSED" if answer.json["score"] else "ACCEPTED")


def test_bare_features_get_the_same_decision(client):
    assert decision(client.post("/predict", json=EXAMPLE)) == decision(post(client, EXAMPLE))


@pytest.mark.parametrize("income", [1e-46, 1e-40, 1e-300])
def test_tiny_amount_gets_a_decision(client, income):
    assert post(client, {**EXAMPLE, "AMT_INCOME_TOTAL": income}).status_code == 200


def test_missing_mark_decides_like_null(client):
    marked = post(client, {**EXAMPLE, "DAYS_EMPLOYED": 365243, "ORGANIZATION_TYPE": "XNA"})
    unknown = post(client, {**EXAMPLE, "DAYS_EMPLOYED": None, "ORGANIZATION_TYPE": None})
    assert decision(marked) == decision(unknown)


@pytest.mark.parametrize(
    ("call", "arguments", "status", "title"),
    [
        ("GET /nowhere", {}, 404, "Not Found"),
        ("GET /predict", {}, 405, "Method Not Allowed"),
        ("POST /health", {}, 405, "Method Not Allowed"),
        (
            "POST /predict",
            {"data": "{}", "content_type": "text/plain"},
            415,
            "Unsupported media type",
        ),
        ("POST /predict", {"data": "{", "content_type": "application/json"}, 400, "Malformed body"),
        ("POST /predict", {"json": []}, 422, "Not an object"),
        ("POST /predict", {"json": {}}, 422, "Features refused"),
        ("POST /predict", {"json": {"a": "x" * (1 << 16)}}, 413, "Request Entity Too Large"),
    ],
)
def test_every_error_is_a_problem(client, call, arguments, status, title):
    method, path = call.split()
    answer = client.open(path, method=method, **arguments)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    problem = json.loads(answer.data)
    assert problem["status"] == status
    assert problem["title"].lower() == title.lower() or status == 413
    assert problem["type"].startswith(("about:blank", "urn:credit-scoring:"))
    assert problem["detail"]
    assert answer.headers["X-Request-ID"]


def test_wrong_method_names_the_allowed_ones(client):
    assert {"POST", "OPTIONS"} == set(re.split(", ?", client.get("/predict").headers["Allow"]))


def test_refusal_names_field_message_and_value(client):
    answer = post(client, {**EXAMPLE, "EXT_SOURCE_2": 57})
    assert answer.json["errors"] == [
        {
            "field": "EXT_SOURCE_2",
            "message": "EXT_SOURCE_2 is 57: expected a number from 0 to 1",
            "value": 57,
        }
    ]
    assert answer.json["type"] == "urn:credit-scoring:features-refused"


def test_nan_and_infinity_are_named_in_valid_json(client):
    body = json.dumps(
        {"features": {**EXAMPLE, "EXT_SOURCE_2": float("nan"), "AMT_CREDIT": float("-inf")}}
    )
    answer = client.post("/predict", data=body, content_type="application/json")
    assert answer.status_code == 422
    found = json.loads(answer.data, parse_constant=pytest.fail)
    assert [error["field"] for error in found["errors"]] == ["EXT_SOURCE_2", "AMT_CREDIT"]


@pytest.mark.parametrize("given", ["abc-123", "0f8f:9_x/y+z=", "a" * 128])
def test_valid_request_id_is_returned(client, given):
    assert client.get("/health", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "a b", "é", "a" * 129, "<script>", '"'])
def test_invalid_request_id_is_replaced(client, given):
    made = client.get("/health", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{32}", made)


@pytest.mark.parametrize("path", ["/", "/health", "/nowhere", "/static/page.css"])
def test_every_answer_has_security_headers(client, path):
    with client.get(path) as answer:
        headers = answer.headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_server_error_reveals_no_values(client, monkeypatch, capsys):
    def fail(_self, features):
        try:
            float(features["NAME_CONTRACT_TYPE"] + "canary")
        except ValueError as error:
            raise RuntimeError(f"cannot score {features}") from error

    monkeypatch.setattr(Service, "decide", fail)
    answer = post(client, EXAMPLE, headers={"X-Request-ID": "trace-me"})
    assert answer.status_code == 500
    assert answer.content_type == "application/problem+json"
    assert "trace-me" in answer.json["detail"]
    assert "Traceback" not in answer.text
    logged, line = map(json.loads, capsys.readouterr().err.splitlines())
    assert logged["request_id"] == line["request_id"] == "trace-me"
    assert (
        'raise RuntimeError(f"cannot score {features}")' in logged["exception"]
    )  # the place, not the message
    assert "canary" not in logged["exception"].replace('"canary"', "")
    assert "Cash loans" not in logged["exception"] + answer.text


NAMES = st.sampled_from([*EXAMPLE, RATIO, "unknown"])
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.lists(st.integers(), max_size=2),
    st.sampled_from([365243, 10**400, 1e30, -1e30, 1e-40, 1e-300, "XNA", "Cash loans", "\ud800"]),
)
FUZZ = settings(max_examples=150)


@FUZZ
@given(changes=st.dictionaries(st.one_of(NAMES, st.text(max_size=8)), ODD, max_size=6))
def test_generated_features_never_get_a_500(client, changes):
    answer = client.post(
        "/predict", data=json.dumps({**EXAMPLE, **changes}), content_type="application/json"
    )
    assert answer.status_code in (200, 422)
    json.loads(answer.data, parse_constant=pytest.fail)


@FUZZ
@given(
    body=st.one_of(
        st.binary(max_size=80), st.text(alphabet='{}[]",:0123456789.eE-+tfn\\u ', max_size=40)
    )
)
def test_generated_bodies_get_a_4xx(client, body):
    answer = client.post("/predict", data=body, content_type="application/json")
    assert answer.status_code in (400, 422)
    json.loads(answer.data, parse_constant=pytest.fail)
