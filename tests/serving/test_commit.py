"""Idempotency-Key: which keys are accepted, which bodies are the same, which answers are kept."""

import json
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from credit_scoring.database.table_definitions import kept_answers
from credit_scoring.serving.app_factory import DATABASE
from credit_scoring.serving.commit import HEADER, KEY_PATTERN
from tests.serving.small_bundle import EXAMPLE

REFUSED = {"applicants": [{**EXAMPLE, "NAME": "canary-4711"}] * 50}


def predict(client, *keys):
    headers = [(HEADER, key) for key in keys]
    return client.post("/predict", json=EXAMPLE, headers=headers)


@pytest.mark.parametrize("keys", [("a1", "b2"), ("a1", "a1"), ("a1,b2",), ("a1, b2",), (",",)])
def test_repeated_idempotency_key_is_refused(client, keys):
    """WSGI joins repeated headers by a comma, so that "a1,b2" may be two keys."""
    answer = predict(client, *keys)
    assert answer.status_code == 400
    assert answer.json["title"] == "Idempotency key refused"
    (error,) = answer.json["errors"]
    assert error["field"] == HEADER
    assert "send the header once" in error["message"]


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256])
def test_invalid_idempotency_key_is_refused(client, key):
    answer = predict(client, key)
    assert answer.status_code == 422
    assert "expected 1 to 255 visible characters" in answer.json["errors"][0]["message"]


@pytest.mark.parametrize(
    "key", ["+-./", '"quoted"', "0b9f7a52-4f5e-4c8e-9d1c-2f6f3a7f8f10", "x" * 255]
)
def test_visible_characters_are_an_idempotency_key(client, key):
    assert predict(client, key).status_code == 200


def test_documented_pattern_is_the_apps(client):
    parameters = client.get("/openapi.json").json["components"]["parameters"]
    assert parameters[HEADER]["schema"]["pattern"] == f"^{KEY_PATTERN.pattern}$"


@pytest.fixture
def kept_count(app):
    """The number of kept answers."""

    def count():
        with app.extensions[DATABASE].connect() as connection:
            return connection.execute(select(func.count()).select_from(kept_answers)).scalar()

    return count


def test_batch_without_a_decision_keeps_no_answer(client, kept_count):
    before = kept_count()
    key = {HEADER: "refused-batch"}
    for _ in range(2):
        answer = client.post("/predict/batch", json=REFUSED, headers=key)
        assert (answer.status_code, answer.json["predictions"]) == (200, [])
        assert len(answer.json["errors"]) == 50
        assert "Idempotent-Replayed" not in answer.headers
    assert kept_count() == before
    corrected = client.post("/predict/batch", json={"applicants": [EXAMPLE]}, headers=key)
    assert len(corrected.json["predictions"]) == 1
    assert kept_count() == before + 1


def predict_credit(client, key, number):
    """The answer for a body with `number`, as written, for the amount of the credit."""
    text = json.dumps({"features": {**EXAMPLE, "AMT_CREDIT": "NUMBER"}})
    return client.post(
        "/predict",
        data=text.replace('"NUMBER"', number),
        content_type="application/json",
        headers={HEADER: key},
    )


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("450000", "450000.0", True),
        ("450000.00", "4.5e5", True),
        ("450000.50", "450000.5", True),
        ("450000", "450000.5", False),
        ("1", "true", False),
        ("450000", '"450000"', False),
    ],
)
def test_equal_numbers_are_the_same_request(client, first, second, same):
    key = str(uuid4())
    made, again = (predict_credit(client, key, number) for number in (first, second))
    assert made.status_code == 200
    if same:
        assert (again.headers["Idempotent-Replayed"], again.data) == ("true", made.data)
    else:
        assert again.status_code == 422
        assert "was used for another request" in again.json["detail"]


def test_equal_numbers_are_the_same_batch(client):
    """Also next to an applicant that is refused because of NaN."""
    bodies = (
        {"applicants": [{**EXAMPLE, "AMT_CREDIT": credit}, {"AMT_CREDIT": float("nan")}]}
        for credit in (450000, 450000.0)
    )
    headers = {HEADER: str(uuid4())}
    made, again = (client.post("/predict/batch", json=body, headers=headers) for body in bodies)
    assert len(made.json["predictions"]) == len(made.json["errors"]) == 1
    assert (again.headers["Idempotent-Replayed"], again.data) == ("true", made.data)
