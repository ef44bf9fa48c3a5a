"""POST /what-if: scored and validated as /predict, and nothing is stored."""

import pytest
from sqlalchemy import MetaData, func, select

from credit_scoring.serving.app_factory import DATABASE
from credit_scoring.serving.monitoring.refused_requests import REFUSED
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
    for body in (EXAMPLE, *INVALID):
        client.post("/what-if", json=body, headers={"Idempotency-Key": "a"})
    monitored.flush()
    assert rows_by_table(app) == before


def test_only_the_scope_score_is_required(app):
    assert app.view_functions["what_if.score_what_if"].scope == "score"
