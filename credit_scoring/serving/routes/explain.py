"""POST /predict/explain: the decision on one applicant and its reasons."""

from typing import Any

from flask import Blueprint, Response, request

from credit_scoring.errors import FieldError, RequestError
from credit_scoring.scoring.validation.messages import quote
from credit_scoring.serving.commit import commit_and_answer
from credit_scoring.serving.durations import in_model
from credit_scoring.serving.middleware.authentication import requires_scope
from credit_scoring.serving.requests.json_body import JsonObject, read_json_object
from credit_scoring.serving.requests.raw_records import applicant_id_of, features_of_body
from credit_scoring.serving.requests.request_models import ExplainOptions, validate
from credit_scoring.serving.service import PendingDecisions, Service, decision_answer, service

explain = Blueprint("explain", __name__)


@explain.post("/predict/explain")
@requires_scope("score")
def predict_explain() -> Response:
    """Decide on one applicant and explain the decision."""
    current = service()
    body = read_json_object(request, current.shapes["features"].example)
    applicant, options = split_options(body)

    def decide() -> PendingDecisions:
        features = features_of_body(applicant, current)
        applicant_id = _applicant_id(applicant, options, current)
        return explain_decision(current, features, options, applicant_id=applicant_id)

    return commit_and_answer(body, decide)


def split_options(body: JsonObject) -> tuple[JsonObject, ExplainOptions]:
    """Split `body` into the applicant and the options; RequestError 422 for an invalid option."""
    names = ExplainOptions.model_fields
    options = {name: value for name, value in body.items() if name in names}
    applicant = {name: value for name, value in body.items() if name not in names}
    return applicant, validate(ExplainOptions, options)


def _applicant_id(applicant: JsonObject, options: ExplainOptions, current: Service) -> str | None:
    """The applicant of the options, or of the raw records; RequestError 422 if they differ."""
    recorded = applicant_id_of(applicant, current)
    stated = options.applicant_id
    if stated and recorded and stated != recorded:
        message = f"applicant_id is {quote(stated)}: expected {recorded}, as in the records"
        error = FieldError("applicant_id", message, stated)
        raise RequestError(message, status=422, title="Request refused", errors=(error,))
    return stated or recorded


def explain_decision(
    current: Service,
    features: dict[str, Any],
    options: ExplainOptions,
    *,
    applicant_id: str | None = None,
) -> PendingDecisions:
    """The pending decision on one applicant, with an `answers.ExplanationAnswer` in its answer."""
    decision = current.decide(features)
    explanation = in_model(current.explainer.explain, features)
    reasons = current.explainer.reasons_of(explanation, decision)
    entry = current.log_entry(features, decision, "explain", reasons, applicant_id=applicant_id)
    answer = {
        **decision_answer(entry),
        **explanation.as_dict(),
        "principal_reasons": reasons,
        "factors": current.explainer.factors(explanation),
    }
    if options.what_would_change:
        changes = in_model(current.counterfactuals.search, features, decision)
        answer["what_would_change"] = changes.as_dict()
    return PendingDecisions([entry], answer)
