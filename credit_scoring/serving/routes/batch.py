"""POST /predict/batch: many applicants, validated separately, scored and committed together."""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from flask import Blueprint, Response, current_app, request

from credit_scoring.errors import FieldError, RequestError
from credit_scoring.serving.commit import commit_and_answer
from credit_scoring.serving.middleware.authentication import requires_scope
from credit_scoring.serving.middleware.body_limit import body_limit
from credit_scoring.serving.middleware.problems import errors_as_json
from credit_scoring.serving.requests.json_body import JsonObject, read_json_object, unwrap_features
from credit_scoring.serving.requests.messages import quote
from credit_scoring.serving.requests.raw_records import has_raw_records
from credit_scoring.serving.requests.request_models import BatchRequest, validate
from credit_scoring.serving.service import PendingDecisions, Service, decision_answer, service

batch = Blueprint("batch", __name__)
batch_lock = Lock()  # one batch per process at a time: more would compete for the interpreter
MAX_ERRORS = 10_000  # errors in one answer; after them, one message per refused applicant
REFUSED = "Batch refused"


@batch.post("/predict/batch")
@body_limit("MAX_BATCH_BYTES")
@requires_scope("score")
def predict_batch() -> Response:
    """Decide on many applicants; the answer lists the refused ones separately."""
    with batch_lock:
        body = read_json_object(request)
        applicants = applicants_of(body, current_app.config["MAX_BATCH_SIZE"])
        return commit_and_answer(body, lambda: decide_batch(service(), applicants))


def applicants_of(body: JsonObject, max_size: int) -> list[Any]:
    """The applicants of a batch, from 1 to `max_size`; RequestError 422 otherwise."""
    applicants = validate(BatchRequest, body, title=REFUSED).applicants
    if not 1 <= len(applicants) <= max_size:
        count = len(applicants)
        raise _refusal(f"applicants has {count} items: expected from 1 to {max_size} per request")
    return applicants


def decide_batch(current: Service, applicants: Sequence[Any]) -> PendingDecisions:
    """The pending decisions on the valid `applicants`; the answer refers to each by its index."""
    valid, numbers, errors = _validate_batch(current, applicants)
    decisions = current.scorer.score_all(list(valid.values()), numbers) if valid else []
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
    error_count = 0
    certainly_valid, numbers = current.schema.batch_validator.certainly_valid(applicants)
    for index, applicant in enumerate(applicants):
        try:
            features = _features(applicant)
            is_valid = certainly_valid[index]
            valid[index] = features if is_valid else current.schema.validate(features)
        except RequestError as error:
            summary = FieldError(error.errors[0].field, str(error))
            listed = error.errors if error_count < MAX_ERRORS else (summary,)
            error_count += len(listed)
            errors.append({"index": index, "errors": errors_as_json(listed)})
    return valid, numbers, errors


def _features(applicant: Any) -> JsonObject:
    if not isinstance(applicant, dict):
        raise _refusal(f"the applicant is {quote(applicant)}: expected an object")
    if has_raw_records(applicant, service().schema.names):
        raise _refusal(
            "the applicant has raw records: expected features. POST /predict takes raw records, "
            "of one applicant per request"
        )
    return unwrap_features(applicant)


def _refusal(message: str) -> RequestError:
    errors = (FieldError("applicants", message),)
    return RequestError(message, status=422, title=REFUSED, errors=errors)
