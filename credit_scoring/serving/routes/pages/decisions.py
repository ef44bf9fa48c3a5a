"""What browsers open next to /decisions: the letter, the CSV file, and the forms' addresses."""

from uuid import UUID

from flask import Blueprint, Response

from credit_scoring.serving.middleware.authentication import requires_scope
from credit_scoring.serving.pages.decision_csv import decision_csv
from credit_scoring.serving.pages.decision_detail import decision_detail_page, find_decision
from credit_scoring.serving.pages.decision_forms import submit_outcome, submit_review
from credit_scoring.serving.pages.letter_page import letter_page
from credit_scoring.serving.pages.page import for_people_only, keeps_drafts

decisions_page = Blueprint("decisions_page", __name__)


@decisions_page.get("/decisions.csv")
@for_people_only
@requires_scope("review")
def export() -> Response:
    """The filtered decisions as CSV."""
    return decision_csv()


@decisions_page.get("/decisions/<uuid:decision_id>/letter")
@for_people_only
@requires_scope("review")
def letter(decision_id: UUID) -> Response:
    """The letter to the applicant."""
    return letter_page(find_decision(decision_id))


@decisions_page.get("/decisions/<uuid:decision_id>/add-review")
@decisions_page.get("/decisions/<uuid:decision_id>/add-outcome", endpoint="reload")
@for_people_only
@requires_scope("review")
def show_again(decision_id: UUID) -> Response:
    """The decision, if the answer to a refused form is loaded again."""
    return decision_detail_page(find_decision(decision_id))


@decisions_page.post("/decisions/<uuid:decision_id>/add-review")
@keeps_drafts
@for_people_only
@requires_scope("review")
def add_review(decision_id: UUID) -> Response:
    """Add the review that the form holds."""
    return submit_review(decision_id)


@decisions_page.post("/decisions/<uuid:decision_id>/add-outcome")
@keeps_drafts
@for_people_only
@requires_scope("review")
def add_outcome(decision_id: UUID) -> Response:
    """Add the outcome that the form holds."""
    return submit_outcome(decision_id)
