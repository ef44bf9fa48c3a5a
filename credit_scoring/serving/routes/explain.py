"""Why an applicant was decided on so: contributions, principal reasons, and what would have changed a refusal."""

from typing import Any

from flask import Blueprint, Response, request

from credit_scoring.errors import FieldError, RequestError
from credit_scoring.serving.commit import committed
from credit_scoring.serving.middleware.authentication import asks
from credit_scoring.serving.requests.json_body import Object, read_object
from credit_scoring.serving.requests.messages import echoed, shown
from credit_scoring.serving.requests.raw_records import applicant_of, inputs_of
from credit_scoring.serving.service import Made, Service, answer_of, service

explain = Blueprint("explain", __name__)
WHAT_IF = "what_would_change"


@explain.post("/predict/explain")
@asks("score")
def predict_explain() -> Response:
    """The decision on one applicant, once it is in the log, with its explanation."""
    asked = read_object(request)
    body, what_if = split(asked)
    return committed(
        asked,
        lambda: explained(
            service(), inputs_of(body), what_if=what_if, applicant_id=applicant_of(body)
        ),
    )


def split(asked: Object) -> tuple[Object, bool]:
    """A request's body without the question what would change, and whether that is asked; RequestError 422."""
    body = dict(asked)
    what_if = body.pop(WHAT_IF, False)
    if not isinstance(what_if, bool):
        message = f"{WHAT_IF} is {shown(what_if)}: expected true or false"
        error = FieldError(WHAT_IF, message, echoed(what_if))
        raise RequestError(message, status=422, title="Request refused", errors=(error,))
    return body, what_if


def explained(
    current: Service,
    features: dict[str, Any],
    *,
    what_if: bool = False,
    applicant_id: str | None = None,
) -> Made:
    """The decision as `Service.predict` makes it, and why; with `what_if` what would have changed a refusal."""
    decision = current.decide(features)
    explanation = current.explainer.explain(features)
    reasons = current.explainer.reasons_of(explanation, decision)
    entry = current.entry(features, decision, "explain", reasons, applicant_id=applicant_id)
    answer = {
        **answer_of(entry),
        **explanation.as_dict(),
        "principal_reasons": [reason.as_dict() for reason in reasons],
        "factors": [factor.as_dict() for factor in current.explainer.factors(explanation)],
    }
    if what_if:
        answer[WHAT_IF] = current.counterfactuals.search(features, decision).as_dict()
    return Made([entry], answer)
