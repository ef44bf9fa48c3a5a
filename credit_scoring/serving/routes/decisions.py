"""/decisions: the decision log, and the reviews and outcomes that are added to it."""

from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, jsonify, request

from credit_scoring.decisions.decision_queries import DETAILS, Filters
from credit_scoring.decisions.records import Outcome, Review
from credit_scoring.serving.answers import DecisionPage
from credit_scoring.serving.middleware.authentication import requires_scope
from credit_scoring.serving.pages.decision_detail import decision_detail_page, find_decision
from credit_scoring.serving.pages.decision_list import decision_list_page
from credit_scoring.serving.pages.page import wants_html
from credit_scoring.serving.requests.json_body import read_json_object
from credit_scoring.serving.requests.request_models import (
    DecisionQuery,
    OutcomeRequest,
    ReviewRequest,
    example_of,
    query_values,
    validate,
)
from credit_scoring.serving.service import service

decisions = Blueprint("decisions", __name__, url_prefix="/decisions")


@decisions.get("")
@requires_scope("review")
def decision_page() -> Response:
    """Decisions, newest first; `next` is the cursor of the next page, null on the last one.

    The HTML page for a browser.
    """
    return decision_list_page() if wants_html() else _vary(jsonify(_decision_page()))


def _decision_page() -> DecisionPage:
    query = validate(DecisionQuery, query_values())
    filters = Filters(**query.model_dump(exclude={"limit", "cursor"}))
    cursor = None if query.cursor is None else str(query.cursor)
    rows = service().log.page(filters, before=cursor, limit=query.limit + 1)
    page = [_summary(row.as_dict()) for row in rows[: query.limit]]
    return {"decisions": page, "next": page[-1]["decision_id"] if len(rows) > len(page) else None}


@decisions.get("/<uuid:decision_id>")
@requires_scope("review")
def decision(decision_id: UUID) -> Response:
    """A decision with everything that reproduces it, its reviews and its outcomes.

    The HTML page for a browser.
    """
    stored = find_decision(decision_id)
    return decision_detail_page(stored) if wants_html() else _vary(jsonify(stored.as_dict()))


@decisions.post("/<uuid:decision_id>/review")
@requires_scope("review")
def add_review(decision_id: UUID) -> tuple[dict[str, Any], HTTPStatus]:
    """Add a person's decision; the model's is kept."""
    review = validate(ReviewRequest, read_json_object(request, example_of(ReviewRequest)))
    row = service().log.add_review(
        str(decision_id), **review.model_dump(), key_id=g.get("key_id", "")
    )
    return _created(decision_id, row)


@decisions.post("/<uuid:decision_id>/outcome")
@requires_scope("review")
def add_outcome(decision_id: UUID) -> tuple[dict[str, Any], HTTPStatus]:
    """Add the outcome of the loan."""
    outcome = validate(OutcomeRequest, read_json_object(request, example_of(OutcomeRequest)))
    row = service().log.add_outcome(
        str(decision_id), outcome=outcome.outcome, key_id=g.get("key_id", "")
    )
    return _created(decision_id, row)


def _vary(response: Response) -> Response:
    response.headers["Vary"] = "Accept"
    return response


def _summary(stored: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in stored.items() if name not in DETAILS}


def _created(decision_id: UUID, row: Review | Outcome) -> tuple[dict[str, Any], HTTPStatus]:
    values = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(row).items()
    }
    return {"decision_id": str(decision_id), **values}, HTTPStatus.CREATED
