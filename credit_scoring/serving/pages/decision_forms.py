"""The forms of the page of one decision: a review, and the outcome of the loan."""

from dataclasses import asdict
from http import HTTPStatus
from uuid import UUID

from flask import Response, g, redirect, request

from credit_scoring.errors import RequestError
from credit_scoring.serving.pages.decision_detail import (
    Form,
    decision_detail_page,
    find_decision,
    is_loan_granted,
)
from credit_scoring.serving.pages.page import link
from credit_scoring.serving.requests.request_models import OutcomeRequest, ReviewRequest, validate
from credit_scoring.serving.service import service

REVIEW_FIELDS = ("outcome", "reviewer", "reason")
AFTER = "after"  # a hidden field: the id of the review in force when the page was made


def submit_review(decision_id: UUID) -> Response:
    """Add the review of the form.

    The page with what was typed if a field is invalid, or if somebody else reviewed meanwhile.
    """
    values = {name: _typed(name) for name in REVIEW_FIELDS}
    try:
        review = validate(ReviewRequest, _filled(values))
    except RequestError as error:
        return _refused(decision_id, "review", {**values, AFTER: _typed(AFTER)}, error)
    try:
        service().log.add_review(
            str(decision_id), **review.model_dump(), key_id=g.get("key_id", ""),
            after=request.form.get(AFTER),
        )  # fmt: skip
    except RequestError as error:
        if error.status != HTTPStatus.CONFLICT:
            raise
        return _after_another(decision_id, values, error)
    return _see(decision_id, "review")


def _after_another(decision_id: UUID, values: dict[str, str], error: RequestError) -> Response:
    """The page with the other review and what was typed; a form sent twice is saved once."""
    stored = find_decision(decision_id)
    if not stored.reviews:  # no page has sent this form
        raise error
    last = asdict(stored.reviews[-1])
    if all(last[name] == value for name, value in values.items()):
        return _see(decision_id, "review")
    form = Form(name="review", values=values, problem="overtaken")
    return decision_detail_page(stored, form)


def submit_outcome(decision_id: UUID) -> Response:
    """Add the outcome of the form; if none was chosen or no loan was granted, the page says so."""
    stored = find_decision(decision_id)
    if not is_loan_granted(stored):
        form = Form(name="outcome", values={}, problem="not_granted")
        return decision_detail_page(stored, form)
    values = {"loan_outcome": _typed("loan_outcome")}
    number = {"0": 0, "1": 1}.get(values["loan_outcome"])
    try:
        outcome = validate(OutcomeRequest, {} if number is None else {"outcome": number})
    except RequestError as error:
        return _refused(decision_id, "outcome", values, error)
    service().log.add_outcome(str(decision_id), outcome=outcome.outcome, key_id=g.get("key_id", ""))
    return _see(decision_id, "outcome")


def _typed(name: str) -> str:
    """A field's text; a form writes line breaks as CR LF."""
    return request.form.get(name, "").replace("\r\n", "\n").strip()


def _filled(values: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _refused(decision_id: UUID, name: str, values: dict[str, str], error: RequestError) -> Response:
    wrong = frozenset(field.field for field in error.errors)
    form = Form(name=name, values=values, wrong=wrong)
    return decision_detail_page(find_decision(decision_id), form)


def _see(decision_id: UUID, saved: str) -> Response:
    """Redirect to the decision, so that loading the page again sends nothing twice."""
    place = link("decisions.decision", decision_id=decision_id, saved=saved)
    response: Response = redirect(place, HTTPStatus.SEE_OTHER)  # type: ignore[assignment]
    return response
