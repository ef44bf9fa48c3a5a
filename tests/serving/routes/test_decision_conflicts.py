"""The forms of a decision's page, when the decision as it stands refuses them."""

import pytest

from tests.serving.page_forms import post_form
from tests.serving.routes.pages_client import append, log_of, read, text_of

REVIEW = {"outcome": "ACCEPTED", "reviewer": "A. Martin", "reason": "An error, since corrected."}
NO_LOAN = "No loan was granted: no outcome can be recorded."


def submit(client, decision_id, form, **fields):
    path = f"/decisions/{decision_id}"
    return post_form(client, f"{path}/add-{form}", path, **fields)


def review(app, decision_id, outcome="REFUSED", reviewer="B. Singh"):
    reason = "The employer denies it."
    return log_of(app).add_review(decision_id, outcome=outcome, reviewer=reviewer, reason=reason)


@pytest.mark.parametrize(
    "columns", [{}, {"probability": 0.05, "kind": "what-if"}], ids=["refused", "what-if"]
)
def test_outcome_needs_a_granted_loan(app, client, columns):
    decision_id = append(app, **columns)
    page = read(client, f"/decisions/{decision_id}")
    assert NO_LOAN in page
    assert "Save the outcome" not in page
    answer = submit(client, decision_id, "outcome", loan_outcome="0")
    assert answer.status_code == 409
    assert "Nothing was stored: the application is refused" in text_of(answer)
    assert log_of(app).find(decision_id).outcomes == []


@pytest.mark.parametrize(
    ("probability", "outcome", "offered"), [(0.2, "ACCEPTED", True), (0.05, "REFUSED", False)]
)
def test_a_person_decides_whether_there_is_a_loan(app, client, probability, outcome, offered):
    decision_id = append(app, probability)
    review(app, decision_id, outcome)
    assert ("Save the outcome" in read(client, f"/decisions/{decision_id}")) == offered


def test_review_after_an_unseen_one_says_what_was_decided(app, client):
    decision_id = append(app)
    review(app, decision_id)
    answer = submit(client, decision_id, "review", **REVIEW, after="")
    assert answer.status_code == 409
    page = text_of(answer)
    assert "B. Singh reviewed this decision meanwhile, on" in page
    assert "and refused the application. The employer denies it. Your text is kept" in page
    assert "Save my review nevertheless" in page


def test_invalid_review_still_names_the_review_that_was_seen(app, client):
    decision_id = append(app)
    review(app, decision_id)
    answer = submit(client, decision_id, "review", **{**REVIEW, "reason": ""}, after="")
    assert answer.status_code == 422
    assert 'name="after" value=""' in answer.text
