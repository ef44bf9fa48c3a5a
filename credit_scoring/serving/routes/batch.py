"""POST /predict/batch: many applicants, validated separately, scored and committed together."""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from flask import Blueprint, Request, Response, current_app, request

from credit_scoring.errors import FieldError, RequestError
from credit_scoring.scoring.validation.error_budget import MAX_ERRORS, ErrorBudget
from credit_scoring.scoring.validation.messages import quote
from credit_scoring.serving.commit import commit_and_answer
from credit_scoring.serving.durations import in_model
from credit_scoring.serving.middleware.authentication import requires_scope
from credit_scoring.serving.middleware.problems import errors_as_json, problem_slug
from credit_scoring.serving.monitoring.refused_requests import count_refusal
from credit_scoring.serving.requests.body_shape import BodyShape
from credit_scoring.serving.requests.json_body import (
    JsonObject,
    exceeds_values,
    parse_json_object,
    read_json,
)
from credit_scoring.serving.requests.raw_records import has_raw_records, require_features_of_tables
from credit_scoring.serving.requests.request_models import BatchRequest, validate
from credit_scoring.serving.service import PendingDecisions, Service, decision_answer, service

batch = Blueprint("batch", __name__)
batch_lock = Lock()  # one batch per process at a time: more would compete for the interpreter
MAX_BATCH_ERRORS = 10_000  # in one answer; after them, one error per refused applicant
REFUSED = "Batch refused"


@batch.post("/predict/batch")
@requires_scope("score")
def predict_batch() -> Response:
    """Decide on many applicants; the answer lists the refused ones separately."""
    request.max_content_length = current_app.config["MAX_BATCH_BYTES"]
    with batch_lock:
        max_size = current_app.config["MAX_BATCH_SIZE"]
        shape = service().shapes["applicants"]
        body = read_batch(request, max_size, shape)
        applicants = applicants_of(body, max_size, shape)
        return commit_and_answer(body, lambda: decide_batch(service(), applicants))


def read_batch(http_request: Request, max_size: int, shape: BodyShape) -> JsonObject:
    """The body of a batch; RequestError 422 if its values would fill the memory.

    An applicant may have unknown names, as many as an answer lists.
    """
    data = read_json(http_request)
    feature_count = len(shape.names)
    most = max_size * (feature_count + MAX_ERRORS)
    if exceeds_values(data, most):
        limit = f"at most {max_size} applicants of {feature_count} features"
        raise _refusal(f"the body has more than {most} values: expected {limit} per request")
    return parse_json_object(data, shape.example)


def applicants_of(body: JsonObject, max_size: int, shape: BodyShape) -> list[Any]:
    """The applicants of a batch, from 1 to `max_size`; RequestError 422 otherwise."""
    if shape.wrapper not in body:
        shape.refuse_envelope(body, ErrorBudget())
    applicants = validate(BatchRequest, body, REFUSED, shape.example).applicants
    if not 1 <= len(applicants) <= max_size:
        count = len(applicants)
        raise _refusal(f"applicants has {count} items: expected from 1 to {max_size} per request")
    return applicants


def decide_batch(current: Service, applicants: Sequence[Any]) -> PendingDecisions:
    """The pending decisions on the valid `applicants`; the answer refers to each by its index."""
    valid, numbers, errors = _validate_batch(current, applicants)
    applicants = list(valid.values())
    decisions = in_model(current.scorer.score_all, applicants, numbers) if valid else []
    entries = [
        current.log_entry(features, decision, "batch")
        for features, decision in zip(valid.values(), decisions, strict=True)
    ]
    predictions = [
        {"index": index, **decision_answer(entry)}
        for index, entry in zip(valid, entries, strict=True)
    ]
    return PendingDecisions(entries, {"predictions": predictions, "errors": errors})


def _validate_batch(
    current: Service, applicants: Sequence[Any]
) -> tuple[dict[int, Mapping[str, Any]], Any, list[dict[str, Any]]]:
    """The features of the valid applicants by index, their numbers if all passed, the errors."""
    valid: dict[int, Mapping[str, Any]] = {}
    errors: list[dict[str, Any]] = []
    budget = ErrorBudget(errors=MAX_BATCH_ERRORS)
    certainly_valid, numbers = current.schema.batch_validator.certainly_valid(applicants)
    for index, applicant in enumerate(applicants):
        try:
            features = _features(applicant, budget)
            is_valid = certainly_valid[index]
            valid[index] = features if is_valid else current.schema.validate(features, budget)
        except RequestError as error:
            errors.append({"index": index, "errors": errors_as_json(error.errors)})
            count_refusal(problem_slug(error.title), [each.field for each in error.errors])
    return valid, numbers, errors


def _features(applicant: Any, budget: ErrorBudget) -> JsonObject:
    if not isinstance(applicant, dict):
        raise _refusal(f"the applicant is {quote(applicant)}: expected an object")
    current = service()
    if has_raw_records(applicant, current.schema.names):
        require_features_of_tables(current.schema.names)
        raise _refusal(
            "the applicant has raw records: expected features. POST /predict takes raw records, "
            "of one applicant per request"
        )
    return current.shapes["features"].unwrap(applicant, budget)


def _refusal(message: str) -> RequestError:
    errors = (FieldError("applicants", message),)
    return RequestError(message, status=422, title=REFUSED, errors=errors)
