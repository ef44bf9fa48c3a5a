"""POST /explanation: the parts of the page at `/` that explain a decision, as HTML."""

from flask import Blueprint, Response

from credit_scoring.serving.durations import in_model
from credit_scoring.serving.flask_objects import current_request
from credit_scoring.serving.middleware.authentication import requires_scope
from credit_scoring.serving.pages.explanation import PAGE, explanation_view
from credit_scoring.serving.pages.language import page_language
from credit_scoring.serving.pages.page import for_people_only, render_page
from credit_scoring.serving.requests.json_body import read_json_object
from credit_scoring.serving.requests.raw_records import features_of_body
from credit_scoring.serving.service import service

explanation_page = Blueprint("explanation_page", __name__)


@explanation_page.post("/explanation")
@for_people_only
@requires_scope("score")
def explanation() -> Response:
    """Explain the score of one applicant, from a body as that of /predict. Nothing is stored."""
    current = service()
    body = read_json_object(current_request(), current.shapes["features"].example)
    features = current.schema.validate(features_of_body(body, current))
    view = in_model(explanation_view, current, features, page_language())
    return render_page("decide/explanation_parts.html", PAGE, view=view)
