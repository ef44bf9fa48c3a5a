"""/decisions/{id} as a page: what it shows, and the forms for a review and an outcome."""

import re

import pytest

from credit_scoring.decisions.shadow_scores import ShadowScore, ShadowScoreWriter
from credit_scoring.serving.app_factory import DATABASE
from tests.serving.page_forms import HTML, post_form
from tests.serving.routes.pages_client import append, damage, erase, log_of, read, text_of
from tests.serving.small_bundle import EXAMPLE

REVIEW = {"outcome": "ACCEPTED", "reviewer": "A. Martin", "reason": "An error,\r\nsince corrected."}


@pytest.fixture
def refusal(app):
    return append(app)


def submit(client, decision_id, form, **fields):
    path = f"/decisions/{decision_id}"
    return post_form(client, f"{path}/add-{form}", path, **fields)


def test_page_shows_the_decision_its_reasons_and_inputs(client, refusal):
    page = read(client, f"/decisions/{refusal}")
    assert "Applicant 100002" in page
    assert "probability of default, 20.0%, reaches the threshold of 9.0%" in page
    assert "You paid late twice. Your external score is 0.2." in page
    assert "Amount of the loan 450,000 AMT_CREDIT = 450000.0" in page
    assert "3.3 years" in page
    assert "Other values 1 values, 1 not known own_column null own_column = null" in page
    assert "another model than the one in use" in page
    assert "so the page does not show how its points add up" in page


def test_page_is_in_the_language_of_the_browser(client, refusal):
    page = read(client, f"/decisions/{refusal}", "fr")
    assert "La probabilité de défaut selon le modèle, 20,0 %, atteint le seuil de 9,0 %" in page
    assert "Vous avez payé deux fois en retard." in page
    assert "Montant du crédit demandé 450 000" in page


def test_decision_of_the_served_model_says_so(client):
    decision_id = client.post("/predict", json=EXAMPLE).json["decision_id"]
    page = read(client, f"/decisions/{decision_id}")
    assert "the model in use" in page
    assert "of which" in page  # the time in the model
    assert "How the score adds up" in page


def test_what_if_is_marked(app, client):
    page = read(client, f"/decisions/{append(app, kind='what-if')}")
    assert "Nobody applied with these values" in page
    assert "A what-if is not an application, so no letter is due." in page


def test_challengers_are_shown_as_without_effect(app, client, refusal):
    score = ShadowScore(
        decision_id=refusal, challenger_digest="c" * 64, challenger_version="c" * 12,
        probability=0.04, threshold=0.08, score=0,
    )  # fmt: skip
    ShadowScoreWriter(app.extensions[DATABASE]).append([score])
    page = read(client, f"/decisions/{refusal}")
    assert "Challenger cccccccccccc Accepted scored in the background, without effect: 4.0%" in page


def test_erased_data_is_said_plainly(app, client, refusal):
    erase(app, refusal)
    page = read(client, f"/decisions/{refusal}")
    assert page.count("The personal data was erased on") == 2
    assert "it can no longer be reviewed" in page
    assert "the reasons are no longer known" in page
    assert "Save the review" not in page


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("inputs", "The stored values cannot be read: another program changed them."),
        ("reasons", "The stored reasons cannot be read: another program changed them."),
    ],
)
def test_damaged_values_are_said_plainly(app, client, refusal, column, text):
    damage(app, refusal, column)
    page = read(client, f"/decisions/{refusal}")
    assert text in page
    assert "Restore a backup, then print the letter" in page


@pytest.mark.parametrize("column", ["decision", "risk_level", "kind"])
def test_unknown_word_in_the_log_does_not_break_the_pages(app, client, refusal, column):
    damage(app, refusal, column)
    assert "Principal reasons" in read(client, f"/decisions/{refusal}")
    assert "100002" in read(client, "/decisions?q=100002")


def test_review_is_saved_once_and_shown(app, client, refusal):
    answer = submit(client, refusal, "review", **REVIEW)
    assert (answer.status_code, answer.location) == (303, f"../../decisions/{refusal}?saved=review")
    (review,) = log_of(app).find(refusal).reviews
    assert (review.outcome, review.reviewer) == ("ACCEPTED", "A. Martin")
    assert review.reason == "An error,\nsince corrected."
    page = read(client, f"/decisions/{refusal}?saved=review")
    assert "Decided by A. Martin on" in page
    assert "The model had refused." in page
    assert "The review is saved." in page
    assert "the letter of refusal no longer applies" in page


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"outcome": ""}, "outcome", "Choose to accept or to refuse"),
        ({"outcome": "MAYBE"}, "outcome", "Choose to accept or to refuse"),
        ({"reviewer": " "}, "reviewer", "Write your name, on one line of at most 128"),
        ({"reviewer": "x" * 129}, "reviewer", "Write your name, on one line of at most 128"),
        ({"reason": ""}, "reason", "Write why, in at most 2,000 characters"),
        ({"reason": "y" * 2001}, "reason", "Write why, in at most 2,000 characters"),
    ],
    ids=["no decision", "unknown decision", "no name", "long name", "no reason", "long reason"],
)
def test_invalid_review_keeps_what_was_typed(app, client, refusal, fields, field, message):
    answer = submit(client, refusal, "review", **{**REVIEW, **fields})
    assert answer.status_code == 422
    assert f'id="wrong-review-{field}">{message}' in answer.text
    assert f'<a href="#review-{field}">' in answer.text
    kept = {"reviewer": 'value="A. Martin"', "reason": ">An error,\nsince corrected.<"}
    assert all(text in answer.text for name, text in kept.items() if name not in fields)
    assert ('value="ACCEPTED" id="review-outcome" checked' in answer.text) == (field != "outcome")
    assert log_of(app).find(refusal).reviews == []


def test_review_that_is_sent_twice_is_saved_once(app, client, refusal):
    answers = [submit(client, refusal, "review", **REVIEW, after="") for _ in range(2)]
    assert [answer.location.partition("?")[2] for answer in answers] == ["saved=review"] * 2
    assert len(log_of(app).find(refusal).reviews) == 1


def test_review_of_somebody_else_meanwhile_is_shown_and_what_was_typed_stays(app, client, refusal):
    page = client.get(f"/decisions/{refusal}", headers=HTML).text
    assert '<input type="hidden" name="after" value="">' in page
    other = log_of(app).add_review(refusal, outcome="REFUSED", reviewer="B. Roy", reason="No.")
    answer = submit(client, refusal, "review", **REVIEW, after="")
    assert answer.status_code == 409
    assert "not saved: B. Roy reviewed this decision meanwhile" in text_of(answer)
    assert ">An error,\nsince corrected.</textarea>" in answer.text
    assert log_of(app).find(refusal).reviews == [other]
    newest = re.search('name="after" value="([^"]+)"', answer.text)[1]
    assert submit(client, refusal, "review", **REVIEW, after=newest).status_code == 303
    assert len(log_of(app).find(refusal).reviews) == 2


def test_unknown_review_before_is_refused(app, client, refusal):
    assert submit(client, refusal, "review", **REVIEW, after="x").status_code == 409
    assert log_of(app).find(refusal).reviews == []


def test_outcome_is_saved_and_shown(app, client):
    granted = append(app, 0.05)
    answer = submit(client, granted, "outcome", loan_outcome="1")
    assert answer.location.endswith("?saved=outcome")
    assert [row.outcome for row in log_of(app).find(granted).outcomes] == [1]
    assert "The outcome is saved." in read(client, f"/decisions/{granted}?saved=outcome")


def test_outcome_that_was_not_chosen_is_refused(app, client):
    answer = submit(client, append(app, 0.05), "outcome")
    assert answer.status_code == 422
    assert "Choose one of the two" in text_of(answer)


def test_form_of_another_site_is_refused(app, client, refusal):
    path = f"/decisions/{refusal}/add-review"
    assert client.post(path, data=REVIEW, headers=HTML).status_code == 403
    assert log_of(app).find(refusal).reviews == []


def test_form_on_an_erased_or_unknown_decision_is_refused(app, client, refusal):
    erase(app, refusal)
    assert submit(client, refusal, "review", **REVIEW).status_code == 422
    unknown = "01a1feb9-223f-7f5d-8f7b-a696c40619f3"
    fields = {**REVIEW, "page": f"/decisions/{refusal}"}
    assert post_form(client, f"/decisions/{unknown}/add-review", **fields).status_code == 404


def test_refused_form_can_be_loaded_again(client, refusal):
    for form in ("review", "outcome"):
        assert "Principal reasons" in read(client, f"/decisions/{refusal}/add-{form}")
