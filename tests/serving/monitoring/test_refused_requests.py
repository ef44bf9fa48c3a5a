"""Refused requests: counted by kind and feature, without a client's texts, within bounds."""

import dataclasses
import itertools
from datetime import date
from http import HTTPStatus

import pytest

from credit_scoring.errors import StorageError
from credit_scoring.monitoring.counts_store import read_refused
from credit_scoring.serving.app_factory import DATABASE
from credit_scoring.serving.middleware.problems import problem_slug
from credit_scoring.serving.monitoring import refused_requests
from credit_scoring.serving.monitoring.refused_requests import REFUSED, RefusedRequests
from tests.serving.small_bundle import EXAMPLE

CANARY = "canary-4711"


@pytest.fixture
def refused(app):
    """What the block of the test adds to the database, by kind and field."""
    counter = app.extensions[REFUSED]

    def stored():
        counter.flush()
        return {(row.kind, row.field): row.number for row in read_refused(app.extensions[DATABASE])}

    before = stored()

    def added():
        return {
            key: number - before.get(key, 0)
            for key, number in stored().items()
            if number > before.get(key, 0)
        }

    return added


def test_request_and_each_wrong_feature_are_counted(client, refused):
    client.post("/predict", json={**EXAMPLE, "EXT_SOURCE_2": 57, "AMT_CREDIT": "much"})
    client.post("/predict/explain", json={"features": {**EXAMPLE, "EXT_SOURCE_2": 57}})
    assert refused() == {
        ("features-refused", ""): 2,
        ("features-refused", "EXT_SOURCE_2"): 2,
        ("features-refused", "AMT_CREDIT"): 1,
    }


def test_names_of_clients_are_not_kept(client, refused):
    client.post("/predict", json={**EXAMPLE, CANARY: 1, f"{CANARY}2": 1})
    assert refused() == {("features-refused", ""): 1, ("features-refused", "(unknown)"): 1}


def test_a_hundred_thousand_names_are_one_row(client, refused):
    """Each request has as many other names as its size allows."""
    names = itertools.count()
    for _ in range(50):
        features = {f"{CANARY}{next(names)}": 1 for _ in range(2000)}
        assert client.post("/predict", json=features).status_code == 422
    assert next(names) == 100_000
    assert {key[1] for key in refused()} <= {"", "(unknown)", *EXAMPLE}
    assert refused()["features-refused", ""] == 50


def test_derived_feature_of_a_request_is_unknown(client, refused):
    client.post("/predict", json={**EXAMPLE, "application_credit_per_income": 1})
    assert refused()["features-refused", "(unknown)"] == 1


def test_refused_applicants_of_a_batch_are_counted_each(client, refused):
    wrong = {**EXAMPLE, "EXT_SOURCE_2": 57}
    client.post("/predict/batch", json={"applicants": [EXAMPLE, wrong, wrong, 5]})
    assert refused() == {
        ("features-refused", ""): 2,
        ("features-refused", "EXT_SOURCE_2"): 2,
        ("batch-refused", ""): 1,
        ("batch-refused", "(unknown)"): 1,
    }


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("malformed-body", {"data": "{", "content_type": "application/json"}),
        ("unsupported-media-type", {"data": "x"}),
        (problem_slug(HTTPStatus(413).phrase), {"json": {"a": "x" * (1 << 16)}}),
    ],
)
def test_refusal_without_a_feature_is_counted_by_kind(client, refused, kind, arguments):
    client.post("/predict", **arguments)
    assert refused() == {(kind, ""): 1}


def test_other_requests_are_not_counted(client, refused):
    client.post("/predict", json=EXAMPLE)
    client.get("/predict")
    client.get("/decisions?limit=0")
    client.post("/nothing", json={})
    client.post("/decisions/01939a9e-0000-7000-8000-000000000000/review", json={})
    assert refused() == {}


def test_refused_keys_are_not_counted(make_app, app_settings):
    app = make_app(dataclasses.replace(app_settings, keys="on"))
    assert app.test_client().post("/predict", json={}).status_code == 401
    assert app.extensions[REFUSED]._numbers == {}


def test_numbers_are_kept_while_the_database_is_away(monkeypatch):
    stored = []

    def fail(*_arguments):
        raise StorageError("away")

    counter = RefusedRequests(None)
    counter.add("features-refused", ["A"], {"A"})
    with monkeypatch.context() as patch:
        patch.setattr(refused_requests, "add_refused", fail)
        with pytest.raises(StorageError):
            counter.flush()
    counter.add("features-refused", ["A"], {"A"})
    monkeypatch.setattr(refused_requests, "add_refused", lambda _engine, rows: stored.append(rows))
    counter.flush()
    assert {key[1:]: number for key, number in stored[0].items()} == {
        ("features-refused", ""): 2,
        ("features-refused", "A"): 2,
    }
    assert all(isinstance(key[0], date) for key in stored[0])


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(refused_requests, "MAX_NUMBERS", 10)
    counter = RefusedRequests(None)
    for number in range(100):
        counter.add(f"kind{number}", [], ())
    counter.add("kind1", [], ())
    assert len(counter._numbers) == 10
    assert max(counter._numbers.values()) == 2


def test_several_processes_add_up(engine):
    for _ in range(2):
        counter = RefusedRequests(engine)
        counter.add("features-refused", ["A", "B"], {"A"})
        counter.flush()
        counter.flush()
    numbers = {row.field: row.number for row in read_refused(engine)}
    assert numbers == {"": 2, "A": 2, "(unknown)": 2}
