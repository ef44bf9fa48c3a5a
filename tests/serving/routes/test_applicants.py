"""Stored applicants: their features, the decisions on them, and what-if decisions."""

import dataclasses

import pytest

from credit_scoring.features.applicant_store import write_applicant_store
from tests.serving.small_bundle import EXAMPLE


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "applicants.sqlite"
    write_applicant_store(
        path,
        list(EXAMPLE),
        [("100002", list(EXAMPLE.values()))],
        made_at="2026-11-21T12:00:00+00:00",
        source="",
    )
    return path


@pytest.fixture(scope="module")
def stored_app(make_app, app_settings, store):
    return make_app(dataclasses.replace(app_settings, applicants_path=store))


@pytest.fixture
def stored(stored_app):
    return stored_app.test_client()


def log_row(client, answer):
    return client.get(f"/decisions/{answer.json['decision_id']}").json


def test_stored_features_are_answered(stored):
    assert stored.get("/applicants/100002").json == {
        "applicant_id": "100002",
        "made_at": "2026-11-21T12:00:00+00:00",
        "features": EXAMPLE,
    }


def test_decision_equals_that_on_the_features(stored):
    answer = stored.post("/applicants/100002/predict", json={})
    assert answer.status_code == 200
    assert answer.json["probability"] == stored.post("/predict", json=EXAMPLE).json["probability"]
    row = log_row(stored, answer)
    assert (row["kind"], row["applicant_id"], row["inputs"]) == ("applicant", "100002", EXAMPLE)


@pytest.mark.parametrize("body", [{"overrides": {"AMT_CREDIT": 900000}}, {"AMT_CREDIT": 900000}])
def test_overrides_make_a_what_if_decision(stored, body):
    changed = {**EXAMPLE, "AMT_CREDIT": 900000}
    answer = stored.post("/applicants/100002/predict", json=body)
    assert answer.json["probability"] == stored.post("/predict", json=changed).json["probability"]
    row = log_row(stored, answer)
    assert (row["kind"], row["applicant_id"], row["inputs"]) == ("what-if", "100002", changed)
    found = stored.get("/decisions?applicant_id=100002").json["decisions"]
    assert found[0]["decision_id"] == answer.json["decision_id"]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"EXT_SOURCE_2": 57}, "EXT_SOURCE_2 is 57: expected a number from 0 to 1"),
        (
            {"AMT_CREDIT": None},
            (
                "AMT_CREDIT is null: "
                "expected a number greater than 0 and at most 1000000000 (currency)"
            ),
        ),
        (
            {"AMT_CREDITS": 5},
            "AMT_CREDITS is not a feature of this model (did you mean AMT_CREDIT?): remove it",
        ),
    ],
)
def test_overrides_are_validated(stored, overrides, message):
    answer = stored.post("/applicants/100002/predict", json={"overrides": overrides})
    assert answer.status_code == 422
    assert answer.json["detail"] == message


def test_overrides_must_be_an_object(stored):
    answer = stored.post("/applicants/100002/predict", json={"overrides": [1]})
    assert answer.status_code == 422
    assert answer.json["detail"].startswith(
        'overrides is a list: expected an object such as {"overrides"'
    )


def test_idempotency_key_repeats_the_answer(stored):
    headers = {"Idempotency-Key": "what-if-1"}
    one, other = (
        stored.post("/applicants/100002/predict", json={}, headers=headers) for _ in range(2)
    )
    assert one.data == other.data
    assert other.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    "applicant", ["7", "0100002", "100002.0", "%00", "é", "' OR 1=1 --", "x" * 5000]
)
@pytest.mark.parametrize("ending", ["", "/predict"])
def test_unknown_applicant_is_404(stored, applicant, ending):
    answer = stored.open(
        f"/applicants/{applicant}{ending}", method="POST" if ending else "GET", json={}
    )
    assert answer.status_code == 404
    assert answer.json["title"] == "No such applicant"
    assert len(answer.data) < 500


@pytest.mark.parametrize("path", ["/applicants/1", "/applicants/1/predict"])
def test_missing_store_is_501_with_the_remedy(client, path):
    answer = client.open(path, method="POST" if path.endswith("predict") else "GET", json={})
    assert answer.status_code == 501
    assert (
        "create one with python model.py applicants and set CREDIT_SCORING_APPLICANTS_PATH to it"
        in answer.json["detail"]
    )


def test_damaged_store_is_503(stored, store):
    whole = store.read_bytes()
    store.write_bytes(whole[:100])
    answer = stored.get("/applicants/100002")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "python model.py applicants" in answer.json["detail"]
    assert str(store) not in answer.json["detail"]
    store.write_bytes(whole)
    assert stored.get("/applicants/100002").status_code == 200


def test_store_of_another_model_is_501(stored, store):
    whole = store.read_bytes()
    write_applicant_store(store, ["salary"], [("100002", [1])], made_at="", source="")
    answer = stored.post("/applicants/100002/predict", json={})
    store.write_bytes(whole)
    assert answer.status_code == 501
    assert "made for another model" in answer.json["detail"]
