"""Every decision is stored with the time it took, per applicant, and the model's part of it."""

from time import sleep

import pytest

from credit_scoring.serving.durations import MODEL_SECONDS, in_model, measured
from credit_scoring.serving.flask_objects import request_state
from tests.serving.small_bundle import EXAMPLE

PAUSE = 0.02  # seconds
BODIES = {
    "/predict": EXAMPLE,
    "/predict/explain": {**EXAMPLE, "what_would_change": True},
    "/predict/batch": {"applicants": [EXAMPLE] * 4},
}


def stored_durations(client, answer):
    """The durations of the first decision of an answer."""
    decision = answer.json.get("predictions", [answer.json])[0]
    stored = client.get(f"/decisions/{decision['decision_id']}").json
    return stored["handler_ms"], stored["model_ms"]


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("with_key", [False, True])
def test_durations_are_stored(client, path, with_key):
    headers = {"Idempotency-Key": path} if with_key else {}
    answer = client.post(path, json=BODIES[path], headers=headers)
    assert answer.status_code == 200, answer.json
    handler_ms, model_ms = stored_durations(client, answer)
    assert 0 < model_ms < handler_ms


def test_page_of_decisions_has_durations(client):
    client.post("/predict", json=EXAMPLE)
    (newest,) = client.get("/decisions?limit=1").json["decisions"]
    assert 0 < newest["model_ms"] < newest["handler_ms"]


def test_durations_are_per_applicant(app):
    """A model that takes 20 ms for four applicants takes 5 ms for each."""
    with app.app_context():
        request_state().update({MODEL_SECONDS: 0.02, "start_time": -1e6})  # long ago
        alone, of_four = measured(1), measured(4)
    assert (alone.model_ms, of_four.model_ms) == (20.0, 5.0)
    assert of_four.handler_ms == pytest.approx(alone.handler_ms / 4)


def test_failed_model_calls_are_counted(app):
    def fail():
        sleep(PAUSE)
        raise ZeroDivisionError

    with app.test_request_context():
        app.preprocess_request()
        with pytest.raises(ZeroDivisionError):
            in_model(fail)
        durations = measured(1)
    assert durations.handler_ms >= durations.model_ms >= PAUSE * 1000
