"""POST /what-if: scored and validated as /predict, and nothing is stored."""

import dataclasses

import pytest
from sqlalchemy import MetaData, func, select

from credit_scoring.serving.app_factory import DATABASE
from credit_scoring.serving.monitoring.refused_requests import REFUSED
from credit_scoring.serving.service import EXTENSION
from credit_scoring.settings import load_settings
from tests.priced_bundle import (
    CONTRACT_TYPE,
    LOAN_AMOUNTS,
    REVOLVING,
    requests,
    write_priced_bundle,
)
from tests.server_process import scratch_settings
from tests.serving.small_bundle import EXAMPLE

INVALID = [
    {**EXAMPLE, "AMT_CREDIT": "450000"},
    {**EXAMPLE, "EXT_SOURCE_2": 57},
    {**EXAMPLE, "surprise": 1},
    {"features": {**EXAMPLE, "NAME_CONTRACT_TYPE": None}},
    {},
    [],
]


def rows_by_table(app):
    """The number of rows of every table in the app's database."""
    engine = app.extensions[DATABASE]
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(table))
            for name, table in tables.tables.items()
        }


@pytest.mark.parametrize("body", [EXAMPLE, {"features": EXAMPLE}], ids=["bare", "wrapped"])
def test_the_answer_is_the_decision_without_an_id(client, body):
    decided = client.post("/predict", json=body).json
    answer = client.post("/what-if", json=body)
    assert answer.status_code == 200
    del decided["decision_id"]
    assert answer.json == {**decided, "what_if": True}


def test_raw_records_are_no_features_of_this_model(client):
    refused = client.post("/what-if", json={"application": {}})
    assert refused.status_code == client.post("/predict", json={"application": {}}).status_code


@pytest.mark.parametrize("overrides", [{}, {"AMT_CREDIT": 300000.0, "EXT_SOURCE_2": None}], ids=len)
def test_overrides_are_the_changed_application(client, overrides):
    """The model has no price to hold."""
    answer = client.post("/what-if", json={"features": EXAMPLE, "overrides": overrides})
    assert answer.status_code == 200
    assert answer.json == client.post("/what-if", json={**EXAMPLE, **overrides}).json


@pytest.mark.parametrize(
    ("features", "overrides", "field"),
    [
        ({**EXAMPLE, "AMT_CREDIT": "450000"}, {"AMT_CREDIT": 450000}, "AMT_CREDIT"),
        ({**EXAMPLE, "EXT_SOURCE_2": 57}, {"EXT_SOURCE_3": 58}, "EXT_SOURCE_2"),
        (EXAMPLE, {"EXT_SOURCE_3": 57}, "EXT_SOURCE_3"),
        (EXAMPLE, {"surprise": 1}, "surprise"),
        (EXAMPLE, {"AMT_CREDIT": None}, "AMT_CREDIT"),
        ({}, {"AMT_CREDIT": 1}, "AMT_CREDIT"),
    ],
)
def test_both_applications_are_validated(client, features, overrides, field):
    refused = client.post("/what-if", json={"features": features, "overrides": overrides})
    assert refused.status_code == 422
    assert field in [error["field"] for error in refused.json["errors"]]


@pytest.mark.parametrize("body", INVALID, ids=range(len(INVALID)))
def test_validation_is_that_of_predict(client, body):
    refused = client.post("/what-if", json=body)
    assert refused.status_code in (400, 422)
    assert refused.json == client.post("/predict", json=body).json


def test_nothing_reaches_the_database(app, client):
    """Neither a decision, nor a key for repetition, nor a number of refused requests."""
    monitored = app.extensions[REFUSED]
    client.post("/predict", json=EXAMPLE)
    monitored.flush()
    before = rows_by_table(app)
    assert before["decisions"] > 0
    changed = {"features": EXAMPLE, "overrides": {"AMT_CREDIT": 300000}}
    for body in (EXAMPLE, changed, *INVALID):
        client.post("/what-if", json=body, headers={"Idempotency-Key": "a"})
    monitored.flush()
    assert rows_by_table(app) == before


def test_only_the_scope_score_is_required(app):
    assert app.view_functions["what_if.score_what_if"].scope == "score"


@pytest.fixture(scope="module")
def priced_app(make_app, tmp_path_factory):
    folder = tmp_path_factory.mktemp("priced")
    settings = load_settings(scratch_settings(folder))
    bundle = write_priced_bundle(folder / "bundle")
    return make_app(dataclasses.replace(settings, model_path=bundle))


def answer_of(app, features, **overrides):
    body = {"features": features, "overrides": overrides}
    return app.test_client().post("/what-if", json=body).json


def test_the_price_of_the_loan_applied_for_is_held(priced_app):
    """A smaller loan moves ratios and nothing else; as a new application it has another price."""
    scorer = priced_app.extensions[EXTENSION].scorer
    held = set()
    for features in requests(20):
        smaller = {name: 0.83 * (features[name] or 1000) for name in LOAN_AMOUNTS}
        answer = answer_of(priced_app, features, **smaller)
        (expected,) = scorer.score_changes([{**features, **smaller}], features)
        as_new = priced_app.test_client().post("/what-if", json={**features, **smaller}).json
        assert answer["probability"] == expected.probability
        held.add(answer["probability"] == as_new["probability"])
    assert False in held


def test_a_loan_of_another_type_has_its_own_price(priced_app):
    features = next(row for row in requests(20) if row[CONTRACT_TYPE] == "Cash loans")
    revolving = {**features, CONTRACT_TYPE: REVOLVING}
    as_new = priced_app.test_client().post("/what-if", json=revolving).json
    assert answer_of(priced_app, features, **{CONTRACT_TYPE: REVOLVING}) == as_new
