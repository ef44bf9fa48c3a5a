"""POST /what-if: the probability of an application that nobody made. Nothing is stored."""

from flask import Blueprint, jsonify
from flask.wrappers import Response

from credit_scoring.serving.flask_objects import current_request
from credit_scoring.serving.middleware.authentication import requires_scope
from credit_scoring.serving.middleware.metrics import count_what_if
from credit_scoring.serving.requests.json_body import read_json_object
from credit_scoring.serving.requests.raw_records import features_of_body
from credit_scoring.serving.service import service

what_if = Blueprint("what_if", __name__)


@what_if.post("/what-if")
@requires_scope("score")
def score_what_if() -> Response:
    """Score one applicant without a decision: the decision's fields and `answers.WhatIf`.

    With `overrides` next to `features`, the price of the loan applied for is held.
    """
    current = service()
    shape = current.shapes["features"]
    body = read_json_object(current_request(), shape.example)
    application, overrides = shape.split(body, current.shapes["overrides"])
    features = features_of_body(application, current)
    decision = (
        current.decide_changed(features, overrides) if overrides else current.decide(features)
    )
    count_what_if(decision)
    return jsonify({**decision.as_dict(), "what_if": True})
