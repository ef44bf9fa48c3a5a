"""Rows 20 to 22 and 24 of docs/reliability.md: invalid bodies and requests."""

import dataclasses
import json
from collections import defaultdict

import pytest

from credit_scoring.features.applicant_store import write_applicant_store
from credit_scoring.serving.app_factory import DATABASE, create_app
from credit_scoring.serving.service import EXTENSION
from credit_scoring.settings import load_settings
from tests.server_process import scratch_settings

FIELD = "EXT_SOURCE_2"
APPLICANT = "100001"
MAX_NESTING = load_settings({}).max_nesting
DECISION = "01939a9e-0000-7000-8000-000000000000"
BODIES = (
    "/predict",
    "/predict/batch",
    "/predict/explain",
    "/what-if",
    f"/applicants/{APPLICANT}/predict",
    f"/decisions/{DECISION}/review",
    f"/decisions/{DECISION}/outcome",
    "/admin/model",
)


@pytest.fixture(scope="module")
def app(model, example, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad")
    store = folder / "applicants.sqlite"
    write_applicant_store(
        store, list(example), [(APPLICANT, list(example.values()))], made_at="2026-11-21", source=""
    )
    settings = load_settings(scratch_settings(folder))
    app = create_app(dataclasses.replace(settings, model_path=model, applicants_path=store))
    yield app
    app.extensions[EXTENSION].log._writer.close()
    app.extensions[DATABASE].dispose()


@pytest.fixture(scope="module")
def client(app):
    return app.test_client()


def post(client, path, data, content_type="application/json", **headers):
    return client.post(path, data=data, content_type=content_type, headers=headers)


def problem_of(response, *statuses):
    """The problem details of a response whose status is among `statuses`."""
    assert response.status_code in statuses, response.text
    assert response.content_type == "application/problem+json"
    problem = json.loads(response.data, parse_constant=pytest.fail)
    assert problem["status"] == response.status_code
    return problem


def test_every_route_with_a_body_is_tested(app):
    rules = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "POST" in rule.methods and "_page." not in rule.endpoint  # forms have tests of their own
    }
    tested = {
        app.url_map.bind("x").match(path, method="POST", return_rule=True)[0].rule
        for path in BODIES
    }
    assert tested == rules


@pytest.mark.parametrize("path", ["/predict", "/predict/explain"])
@pytest.mark.parametrize(
    "number",
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e999",
        "true",
        "false",
        "1" + "0" * 400,
        "1" + "0" * 5000,
        '"0.5"',
        "[]",
    ],
)
def test_row_20_invalid_number_is_422_naming_the_field(client, example, path, number):
    body = json.dumps({"features": {**example, FIELD: 31337}}).replace("31337", number)
    assert [error["field"] for error in problem_of(post(client, path, body), 422)["errors"]] == [
        FIELD
    ]


@pytest.mark.parametrize("number", ["NaN", "1e999", "true", "1" + "0" * 400])
def test_row_20_invalid_applicant_does_not_fail_a_batch(client, example, number):
    body = json.dumps({"applicants": [example, {**example, FIELD: 31337}]}).replace("31337", number)
    response = post(client, "/predict/batch", body)
    assert response.status_code == 200
    results = json.loads(response.data, parse_constant=pytest.fail)
    assert [prediction["index"] for prediction in results["predictions"]] == [0]
    errors = [(error["index"], error["errors"][0]["field"]) for error in results["errors"]]
    assert errors == [(1, FIELD)]


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \n\t",
        b"null",
        b"[]",
        b"[{}]",
        b"0",
        b"true",
        b'"text"',
        b"NaN",
        b"{",
        b"{}}",
        b'{"a": 1,}',
        b"{'a': 1}",
        b'{"features": {"a": 1, "a": 1}}',
        b'{"outcome": 1, "outcome": 1}',
        b'{"a\\ud800": 1}',
        b'{"outcome": "\\ud800"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": "\xff"}',
        b"\xef\xbb\xbf{}",
        '{"outcome": 1}'.encode("utf-16"),
        '{"outcome": 1}'.encode("utf-16-le"),
        '{"outcome": 1}'.encode("utf-32"),
        b'{"a": "\x00"}',
        b"\x00",
        b"\x80" * 1000,
    ],
)
def test_row_21_invalid_json_object_is_400_or_422(client, path, data):
    problem_of(post(client, path, data), 400, 422)


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    "opening",
    [
        "[",
        '{"features":',
        '{"features":{"a":[',
        '{"applicants":[',
        '{"a":[{"b":[',
        '{"application":[',
    ],
)
def test_row_22_nesting_above_the_limit_is_400(client, path, opening):
    closing = "".join({"[": "]", "{": "}"}.get(char, "") for char in reversed(opening))
    for times in (MAX_NESTING + 1, 1000, 20_000):
        body = f"{opening * times}0{closing * times}"
        assert "nested" in problem_of(post(client, path, body), 400)["detail"]


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/json; charset=utf-16",
        "application/jsonx",
        "*/*",
    ],
)
def test_row_24_other_content_type_is_415(client, path, content_type):
    problem_of(post(client, path, b"{}", content_type), 415)


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd", "gzip, identity", "x"])
def test_row_24_a_compressed_body_is_415(client, path, encoding):
    problem_of(post(client, path, b"{}", **{"Content-Encoding": encoding}), 415)


def test_row_24_other_method_is_405_with_allow(app):
    allowed = defaultdict(set)
    for rule in app.url_map.iter_rules():
        if not rule.arguments:
            allowed[rule.rule] |= rule.methods
    for path, methods in allowed.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} - methods:
            response = app.test_client().open(path, method=method)
            problem_of(response, 405)
            assert set(response.headers["Allow"].split(", ")) == methods
