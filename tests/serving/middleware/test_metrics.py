"""The numbers: what is counted, with which labels, and none of an applicant."""

import re

from prometheus_client.parser import text_string_to_metric_families

from credit_scoring.serving.middleware.metrics import OWN
from tests.running import ROOT
from tests.serving.small_bundle import EXAMPLE


def numbers(client):
    """Every sample by name and labels."""
    text = client.get("/metrics").text
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def grown(client, ask, name, **labels):
    """By how much `ask()` makes a number grow."""
    key = (name, *sorted(labels.items()))
    before = numbers(client).get(key, 0)
    ask()
    return numbers(client)[key] - before


def post(client, features, path="/predict"):
    return lambda: client.post(path, json=features)


def test_requests_are_counted_by_route_method_and_status(client):
    name = "credit_scoring_requests_total"
    labels = {"route": "/predict", "method": "POST"}
    assert grown(client, post(client, EXAMPLE), name, **labels, status="200") == 1
    assert grown(client, post(client, {}), name, **labels, status="422") == 1
    assert (
        grown(client, lambda: client.get("/a/b"), name, route="none", method="GET", status="404")
        == 1
    )


def test_times_fall_into_buckets(client):
    labels = {"route": "/predict"}
    assert (
        grown(client, post(client, EXAMPLE), "credit_scoring_request_seconds_count", **labels) == 1
    )
    assert (
        grown(
            client,
            post(client, EXAMPLE),
            "credit_scoring_request_seconds_bucket",
            **labels,
            le="10.0",
        )
        == 1
    )
    assert grown(client, post(client, EXAMPLE), "credit_scoring_request_seconds_sum", **labels) > 0


def test_decisions_are_counted_by_outcome_and_model(client, app):
    version = app.extensions["credit_scoring"].bundle.manifest.version
    outcome = client.post("/predict", json=EXAMPLE).json["decision"]
    labels = {"decision": outcome, "model_version": version}
    name = "credit_scoring_decisions_total"
    assert grown(client, post(client, EXAMPLE), name, **labels) == 1
    assert (
        grown(client, post(client, {"applicants": [EXAMPLE] * 3}, "/predict/batch"), name, **labels)
        == 3
    )
    refused = [post(client, {**EXAMPLE, "AMT_CREDIT": "much"}), post(client, EXAMPLE)]
    assert grown(client, lambda: [ask() for ask in refused], name, **labels) == 1


def test_a_repeated_answer_is_no_second_decision(client):
    def twice():
        for _ in range(2):
            client.post("/predict", json=EXAMPLE, headers={"Idempotency-Key": "metrics"})

    before = sum(
        value
        for (name, *_), value in numbers(client).items()
        if name == "credit_scoring_decisions_total"
    )
    twice()
    after = sum(
        value
        for (name, *_), value in numbers(client).items()
        if name == "credit_scoring_decisions_total"
    )
    assert after - before == 1


def test_problems_are_counted_by_kind(client):
    name = "credit_scoring_problems_total"
    assert (
        grown(
            client, post(client, {**EXAMPLE, "EXT_SOURCE_2": 57}), name, problem="features-refused"
        )
        == 1
    )
    assert (
        grown(
            client,
            lambda: client.post("/predict", data="x"),
            name,
            problem="unsupported-media-type",
        )
        == 1
    )


def test_the_model_is_named(client, app):
    manifest = app.extensions["credit_scoring"].bundle.manifest
    labels = {"version": manifest.version, "algorithm": manifest.algorithm}
    assert numbers(client)["credit_scoring_model_info", *sorted(labels.items())] == 1


def test_no_client_can_make_the_labels_grow(client):
    before = len(numbers(client))
    for number in range(20):
        client.open("/predict", method=f"ODD{number}")
        client.get(f"/path/{number}")
        client.get(f"/decisions/01939a9e-0000-7000-8000-{number:012}")
        client.post("/predict", json={f"name{number}": 1})
    assert len(numbers(client)) - before < 45  # three routes with their buckets, at the most


def test_no_number_tells_of_an_applicant(client):
    client.post("/predict", json={**EXAMPLE, "bureau_active_debt_sum": 31337.25})
    client.post("/predict", json={**EXAMPLE, "canary": 1})
    text = client.get("/metrics").text
    assert "31337" not in text
    assert "canary" not in text
    labels = set(re.findall(r'(\w+)="', text))
    assert labels <= {
        "route",
        "method",
        "status",
        "le",
        "problem",
        "decision",
        "model_version",
        "version",
        "algorithm",
    }


def test_every_number_and_its_labels_are_documented():
    page = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(credit_scoring_\w+)` \|([^|]*)\|", page, re.MULTILINE)
    documented = {
        (name.removesuffix("_total"), tuple(filter(None, labels.strip().split(", "))))
        for name, labels in rows
    }
    counted = {(each._name, each._labelnames) for each in {*OWN._collector_to_names}}
    assert documented == counted | {("credit_scoring_model_info", ("version", "algorithm"))}
