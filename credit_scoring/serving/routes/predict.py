"""POST /predict: the decision on one applicant."""

from flask import Blueprint, Response

from credit_scoring.serving.commit import commit_and_answer
from credit_scoring.serving.flask_objects import current_request
from credit_scoring.serving.middleware.authentication import requires_scope
from credit_scoring.serving.requests.json_body import read_json_object
from credit_scoring.serving.requests.raw_records import applicant_id_of, features_of_body
from credit_scoring.serving.service import PendingDecisions, service

predict = Blueprint("predict", __name__)


@predict.post("/predict")
@requires_scope("score")
def predict_one() -> Response:
    """Decide on one applicant, from features or raw records."""
    current = service()
    body = read_json_object(current_request(), current.shapes["features"].example)

    def decide() -> PendingDecisions:
        features = features_of_body(body, current)
        return current.predict(features, applicant_id=applicant_id_of(body, current))

    return commit_and_answer(body, decide)
