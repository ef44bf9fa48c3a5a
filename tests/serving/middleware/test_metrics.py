"""Metrics: what is counted, with which labels, and nothing about an applicant."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from credit_scoring.serving.middleware.metrics import REGISTRY
from tests.server_process import ROOT
from tests.serving.small_bundle import EXAMPLE


def samples(client):
    """The value of every sample, by name and labels."""
    text = client.get("/metrics").text
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def increase_of(client, metric, **labels):
    """A function that returns by how much a metric has increased since this call."""
    key = (metric, *sorted(labels.items()))
    before = samples(client).get(key, 0)
    return lambda: samples(client).get(key, 0) - before


@pytest.mark.parametrize(("features", "status"), [(EXAMPLE, "200"), ({}, "422")])
def test_requests_are_counted_by_route_method_and_status(client, features, status):
    labels = {"route": "/predict", "method": "POST", "status": status}
    increase = increase_of(client, "credit_scoring_requests_total", **labels)
    client.post("/predict", json=features)
    assert increase() == 1


def test_requests_without_route_are_counted_together(client):
    labels = {"route": "none", "method": "GET", "status": "404"}
    increase = increase_of(client, "credit_scoring_requests_total", **labels)
    client.get("/a/b")
    assert increase() == 1


def test_durations_are_counted_in_buckets(client):
    histogram = "credit_scoring_request_seconds"
    count = increase_of(client, f"{histogram}_count", route="/predict")
    bucket = increase_of(client, f"{histogram}_bucket", route="/predict", le="10.0")
    seconds = increase_of(client, f"{histogram}_sum", route="/predict")
    client.post("/predict", json=EXAMPLE)
    assert count() == 1
    assert bucket() == 1
    assert seconds() > 0


def test_decisions_are_counted_by_outcome_and_model(client, app):
    version = app.extensions["credit_scoring"].bundle.manifest.version
    outcome = client.post("/predict", json=EXAMPLE).json["decision"]
    labels = {"decision": outcome, "model_version": version}
    increase = increase_of(client, "credit_scoring_decisions_total", **labels)
    client.post("/predict", json=EXAMPLE)
    assert increase() == 1
    client.post("/predict/batch", json={"applicants": [EXAMPLE] * 3})
    assert increase() == 4
    client.post("/predict", json={**EXAMPLE, "AMT_CREDIT": "much"})
    assert increase() == 4


def test_what_ifs_are_counted_apart_from_decisions(client, app):
    version = app.extensions["credit_scoring"].bundle.manifest.version
    outcome = client.post("/predict", json=EXAMPLE).json["decision"]
    labels = {"decision": outcome, "model_version": version}
    decisions = increase_of(client, "credit_scoring_decisions_total", **labels)
    client.post("/what-if", json=EXAMPLE)
    what_ifs = increase_of(client, "credit_scoring_what_ifs_total", **labels)
    client.post("/what-if", json=EXAMPLE)
    client.post("/what-if", json={**EXAMPLE, "AMT_CREDIT": "much"})
    assert (what_ifs(), decisions()) == (1, 0)


def test_replayed_response_is_not_counted_again(client):
    def decision_count():
        name = "credit_scoring_decisions_total"
        return sum(value for labels, value in samples(client).items() if labels[0] == name)

    before = decision_count()
    for _ in range(2):
        client.post("/predict", json=EXAMPLE, headers={"Idempotency-Key": "metrics"})
    assert decision_count() - before == 1


@pytest.mark.parametrize(
    ("problem", "body"),
    [
        ("features-refused", {"json": {**EXAMPLE, "EXT_SOURCE_2": 57}}),
        ("unsupported-media-type", {"data": "x"}),
    ],
)
def test_problems_are_counted_by_type(client, problem, body):
    increase = increase_of(client, "credit_scoring_problems_total", problem=problem)
    client.post("/predict", **body)
    assert increase() == 1


def test_model_is_named(client, app):
    manifest = app.extensions["credit_scoring"].bundle.manifest
    labels = {"version": manifest.version, "algorithm": manifest.algorithm}
    assert samples(client)["credit_scoring_model_info", *sorted(labels.items())] == 1


def test_clients_cannot_add_labels(client):
    before = len(samples(client))
    for number in range(20):
        client.open("/predict", method=f"ODD{number}")
        client.get(f"/path/{number}")
        client.get(f"/decisions/01939a9e-0000-7000-8000-{number:012}")
        client.post("/predict", json={f"name{number}": 1})
    assert len(samples(client)) - before < 45  # at most three routes with their buckets


def test_metrics_contain_nothing_about_applicants(client):
    client.post("/predict", json={**EXAMPLE, "bureau_active_debt_sum": 31337.25})
    client.post("/predict", json={**EXAMPLE, "canary": 1})
    text = client.get("/metrics").text
    assert "31337" not in text
    assert "canary" not in text
    documented = {label for _, labels in documented_metrics() for label in labels}
    assert set(re.findall(r'(\w+)="', text)) <= documented | {"le"}
    assert not [label for label in documented if "applicant" in label or "decision_id" in label]


def documented_metrics():
    """The name and the labels of each metric in docs/deployment.md."""
    page = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(credit_scoring_\w+)` \|([^|]*)\|", page, re.MULTILINE)
    return {
        (name.removesuffix("_total"), tuple(filter(None, labels.strip().split(", "))))
        for name, labels in rows
    }


def test_every_metric_and_its_labels_are_documented():
    metrics = {(metric._name, metric._labelnames) for metric in REGISTRY._collector_to_names}
    assert documented_metrics() == metrics | {
        ("credit_scoring_model_info", ("version", "algorithm"))
    }
