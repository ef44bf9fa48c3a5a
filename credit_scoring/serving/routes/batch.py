"""Many applicants in one request: checked one by one, scored and stored together."""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from flask import Blueprint, Response, current_app, request

from credit_scoring.errors import FieldError, RequestError
from credit_scoring.serving.commit import committed
from credit_scoring.serving.middleware.authentication import asks
from credit_scoring.serving.middleware.problems import listed
from credit_scoring.serving.requests.json_body import Object, features_of, read_object
from credit_scoring.serving.requests.messages import MOST_ERRORS, plain, shown
from credit_scoring.serving.requests.raw_records import is_raw
from credit_scoring.serving.service import Made, Service, answer_of, service

batch = Blueprint("batch", __name__)
one_at_a_time = (
    Lock()
)  # of a process: side by side they would only take the interpreter, and memory, from each other
EXAMPLE = 'expected a list of objects such as {"applicants": [{"EXT_SOURCE_2": 0.62}]}'
MOST_IN_ALL = 10_000  # errors in one answer; beyond, a refused applicant has one, which tells how many there are


@batch.post("/predict/batch")
@asks("score")
def predict_batch() -> Response:
    """The decisions on many applicants; those that are refused are listed beside them."""
    request.max_content_length = current_app.config["MAX_BATCH_BYTES"]
    with one_at_a_time:
        asked = read_object(request)
        applicants = applicants_of(asked, current_app.config["MAX_BATCH_SIZE"])
        return committed(asked, lambda: decided(service(), applicants))


def applicants_of(body: Object, most: int) -> list[Any]:
    """The list under "applicants", from one to `most`; RequestError 422 where it is no such list."""
    others = [name for name in body if name != "applicants"]
    if others:
        raise _refused(
            *(
                FieldError(plain(n), f'{shown(n)} stands beside "applicants": remove it')
                for n in others[:MOST_ERRORS]
            )
        )
    applicants = body.get("applicants")
    if not isinstance(applicants, list):
        found = shown(applicants) if "applicants" in body else "missing"
        raise _refused(FieldError("applicants", f"applicants is {found}: {EXAMPLE}"))
    if not 1 <= len(applicants) <= most:
        message = f"applicants holds {len(applicants)}: expected from 1 to {most} in a request"
        raise _refused(FieldError("applicants", message))
    return applicants


def decided(current: Service, applicants: Sequence[Any]) -> Made:
    """The decisions on those applicants that can be decided on; each answer names the applicant by its index."""
    good: dict[int, Mapping[str, Any]] = {}
    errors: list[dict[str, Any]] = []
    named = 0
    plainly_right, numbers = current.schema.at_once.plainly_right(applicants)
    for index, (applicant, is_right) in enumerate(zip(applicants, plainly_right, strict=True)):
        try:
            features = _features(applicant)
            good[index] = features if is_right else current.schema.check(features)
        except RequestError as error:
            found = (
                error.errors
                if named < MOST_IN_ALL
                else (FieldError(error.errors[0].field, str(error)),)
            )
            named += len(found)
            errors.append({"index": index, "errors": listed(found)})
    numbers = numbers if len(good) == len(applicants) else None
    decisions = current.scorer.score_all(list(good.values()), numbers) if good else []
    entries = [current.entry(f, d, "batch") for f, d in zip(good.values(), decisions, strict=True)]
    predictions = [
        {"index": index, **answer_of(entry)} for index, entry in zip(good, entries, strict=True)
    ]
    return Made(entries, {"predictions": predictions, "errors": errors})


def _features(applicant: Any) -> Object:
    if not isinstance(applicant, dict):
        raise _refused(
            FieldError("applicants", f"the applicant is {shown(applicant)}: expected an object")
        )
    if is_raw(applicant, service().schema.names):
        raise _refused(FieldError("applicants", "the applicant comes with raw records: POST /predict takes them, one "
                                  "applicant at a time; a batch takes features"))  # fmt: skip
    return features_of(applicant)


def _refused(*errors: FieldError) -> RequestError:
    return RequestError(errors[0].message, status=422, title="Batch refused", errors=errors)
