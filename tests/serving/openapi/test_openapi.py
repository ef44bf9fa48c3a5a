"""The OpenAPI document agrees with the app: its routes, answers and example requests."""

import json
from hashlib import sha256
from pathlib import Path
from urllib.parse import urljoin

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from credit_scoring.serving.middleware.authentication import PUBLIC
from credit_scoring.serving.openapi.document import operations, routes
from credit_scoring.serving.routes import openapi
from tests.api_contract import ApiContract
from tests.serving.small_bundle import EXAMPLE

STATIC = Path(openapi.__file__).parents[1] / "pages/static"
DIGESTS = {  # of swagger-ui-dist 5.35.0
    "swagger-ui-bundle.js": "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2",
    "swagger-ui.css": "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d",
}


@pytest.fixture(scope="module")
def contract(app):
    return ApiContract(app.test_client().get("/openapi.json").json)


def test_document_is_valid(contract):
    OpenAPIV31SpecValidator(contract.document).validate()
    assert contract.document["openapi"].startswith("3.1")


def test_document_has_exactly_the_routes(app, contract):
    documented = {
        f"{method.upper()} {path}"
        for path, row in contract.document["paths"].items()
        for method in row
    }
    assert documented == {route for route, _ in routes(app)} == set(operations()["operations"])


def test_every_route_declares_its_scope(app, contract):
    for route, scope in routes(app):
        security = contract.operation(route).get("security")
        token = {} if route.startswith("GET ") else {"token": []}
        schemes = [{"key": [scope]}, {"session": [scope], **token}]
        assert security == (None if scope == PUBLIC else schemes), route


def test_request_schema_is_the_loaded_models(contract):
    features = contract.document["components"]["schemas"]["Features"]
    assert list(features["properties"]) == [*EXAMPLE]
    assert {"enum": [365243], "description": "a sentinel value: missing"} in features["properties"][
        "DAYS_EMPLOYED"
    ]["anyOf"]
    assert "application_record" in contract.document["components"]["schemas"]


def test_examples_are_answered_as_documented(client, contract):
    decision = client.post("/predict", json=EXAMPLE).json["decision_id"]
    count = 0
    for route, examples in contract.examples():
        method, path = route.split()
        for body in examples:
            answer = client.open(
                path.replace("{decision_id}", decision).replace("{applicant_id}", "1"),
                method=method,
                json=body,
            )
            contract.check(route, answer)
            assert answer.status_code in ((501,) if "applicant" in path else (200, 201)), (
                route,
                answer.text,
            )
            count += 1
    assert count >= 8


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("GET /", {}),
        ("GET /", {"headers": {"Accept": "text/html"}}),
        ("GET /health", {}),
        ("GET /health/live", {}),
        ("GET /health/ready", {}),
        ("GET /openapi.json", {}),
        ("GET /docs", {}),
        ("GET /metrics", {}),
        ("GET /model/info", {}),
        ("GET /model/features", {}),
        ("POST /predict", {"json": EXAMPLE}),
        ("POST /predict", {"json": EXAMPLE, "headers": {"Idempotency-Key": "one"}}),
        ("POST /predict", {"json": {**EXAMPLE, "EXT_SOURCE_2": 57}}),
        ("POST /predict", {"json": {"a": "x" * (1 << 16)}}),
        ("POST /predict", {"data": "{", "content_type": "application/json"}),
        ("POST /predict", {"data": "{}", "content_type": "text/plain"}),
        ("POST /predict", {"json": {}, "headers": {"Content-Encoding": "gzip"}}),
        ("POST /predict", {"json": EXAMPLE, "headers": {"Idempotency-Key": "one,two"}}),
        ("POST /predict/batch", {"json": {"applicants": [EXAMPLE, {}, 5, {"application": {}}]}}),
        ("POST /predict/batch", {"json": {"applicants": []}}),
        ("POST /predict/explain", {"json": {"features": EXAMPLE, "what_would_change": True}}),
        (
            "POST /predict/explain",
            {
                "json": {
                    **EXAMPLE,
                    "EXT_SOURCE_2": 0.01,
                    "AMT_CREDIT": 9e8,
                    "what_would_change": True,
                }
            },
        ),
        ("GET /applicants/{applicant_id}", {"path": "/applicants/1"}),
        ("GET /decisions", {}),
        ("GET /decisions", {"path": "/decisions?limit=0"}),
        ("GET /decisions/{decision_id}", {"path": "/decisions/7"}),
    ],
)
def test_answers_are_as_documented(client, contract, call, arguments):
    method, path = call.split()
    arguments = dict(arguments)
    contract.check(call, client.open(arguments.pop("path", path), method=method, **arguments))


def test_review_and_outcome_are_as_documented(client, contract):
    made = client.post("/predict", json=EXAMPLE).json["decision_id"]
    review = {"outcome": "REFUSED", "reviewer": "Ada", "reason": "why not"}
    for ending, body in (("review", review), ("outcome", {"outcome": 1})):
        route = f"POST /decisions/{{decision_id}}/{ending}"
        contract.check(route, client.post(f"/decisions/{made}/{ending}", json=body))
        contract.check(route, client.post(f"/decisions/{made}/{ending}", json={}))
    contract.check("GET /decisions/{decision_id}", client.get(f"/decisions/{made}"))
    contract.check("GET /decisions", client.get("/decisions?limit=1"))


class TestDocsPage:
    def test_page_has_no_inline_or_foreign_code(self, client):
        html = client.get("/docs").text
        assert "<script>" not in html
        assert "style=" not in html
        for address in (
            part.split('"')[0] for part in html.split('src="')[1:] + html.split('href="')[1:]
        ):
            assert "//" not in address
            with client.get(urljoin("/docs", address)) as answer:
                assert answer.status_code == 200, address

    @pytest.mark.parametrize(("name", "digest"), DIGESTS.items())
    def test_files_are_those_of_swagger_ui(self, name, digest):
        assert sha256((STATIC / "swagger-ui" / name).read_bytes()).hexdigest() == digest

    def test_licence_is_included(self):
        assert "Apache License" in (STATIC / "swagger-ui/LICENSE").read_text()


def test_document_is_made_once_per_model(app, client):
    first = client.get("/openapi.json").data
    kept = app.extensions[openapi.CACHE].text
    assert json.loads(first)
    client.get("/openapi.json")
    assert app.extensions[openapi.CACHE].text is kept
