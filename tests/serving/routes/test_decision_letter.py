"""The letter to a refused applicant: when there is one, what it says, and what is left blank."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from credit_scoring.serving.pages.letter import LENDER, Lender
from credit_scoring.serving.pages.notation import day
from credit_scoring.serving.service import EXTENSION
from credit_scoring.settings import load_settings
from tests.serving.routes.pages_client import INPUTS, append, damage, erase, log_of, read

NAME, CONTACT = "Bank of the Alps", "Customer service, 04 50 00 00 00"
SETTINGS = {
    "CREDIT_SCORING_LENDER_NAME": NAME,
    "CREDIT_SCORING_LENDER_ADDRESS": "12 Lilac Street; 74000 Annecy;",
    "CREDIT_SCORING_LENDER_CONTACT": CONTACT,
    "CREDIT_SCORING_DATA_SOURCES": "Credit Bureau Ltd., Lyon.",
    "CREDIT_SCORING_LETTER_NOTICE": "The ombudsman is at 1 Quay Street.",
    "CREDIT_SCORING_CONTEST_DAYS": "30",
}
LENDER_OF_TESTS = Lender.of(load_settings(SETTINGS))


@pytest.fixture
def lender(app, monkeypatch):
    monkeypatch.setitem(app.config, LENDER, LENDER_OF_TESTS)


def letter(client, decision_id, language="en", page_language="en"):
    return read(client, f"/decisions/{decision_id}/letter?letter={language}", page_language)


def review(app, decision_id, outcome, reason="Own words,\n\nof the reviewer."):
    log_of(app).add_review(decision_id, outcome=outcome, reviewer="A. Martin", reason=reason)


@pytest.mark.usefixtures("lender")
def test_letter_says_all_that_is_due(app, client):
    decision_id = append(app)
    text = letter(client, decision_id)
    for part in (
        NAME, "12 Lilac Street 74000 Annecy", f"Reference: {decision_id}", "number: 100002",
        "You paid late twice. Your external score is 0.2.", "The decision was automated.",
        "No person took part in it.", "information from outside sources",
        "The outside sources are: Credit Bureau Ltd., Lyon. They did not make this decision",
        "Ask for a person.", "Contest the decision.", f"Contact: {CONTACT}",
        "The ombudsman is at 1 Quay Street.",
    ):  # fmt: skip
        assert part in text
    deadline = day(datetime.now(UTC).date() + timedelta(days=30), "en")
    assert f"by {deadline}, 30 days after the date of this letter" in text
    assert "Not set yet" not in text


@pytest.mark.usefixtures("lender")
def test_letter_names_no_probability_limit_or_points(app, client):
    text = letter(client, append(app))
    assert not any(secret in text for secret in ("20.0%", "9.0%", "limit", "points", "threshold"))


@pytest.mark.usefixtures("lender")
@pytest.mark.parametrize(("language", "page_language"), [("fr", "en"), ("en", "fr")])
def test_language_of_the_letter_is_independent_of_the_page(app, client, language, page_language):
    text = letter(client, append(app), language, page_language)
    titles = {"en": "Letter to the applicant", "fr": "Lettre au demandeur"}
    reasons = {"en": "You paid late twice.", "fr": "Vous avez payé deux fois en retard."}
    assert titles[page_language] in text
    assert reasons[language] in text
    assert ("La décision a été prise de façon automatisée." in text) == (language == "fr")


def test_missing_settings_are_blanks_with_a_warning(app, client):
    text = letter(client, append(app))
    assert "Not set yet, so left blank: the lender’s name, its address, its contact, the" in text
    assert "4 details of the lender are not set: fill them in below." in text
    html = client.get(f"/decisions/{append(app)}/letter", headers={"Accept": "text/html"}).text
    for label in ("Name of the lender", "Address of the lender", "name and address of the source"):
        assert f'aria-label="{label}"' in html


@pytest.mark.usefixtures("lender")
def test_sources_are_named_only_if_they_were_used(app, client):
    text = letter(client, append(app, inputs={**INPUTS, "EXT_SOURCE_2": None}))
    assert "We used what you told us in your application." in text
    assert "outside sources" not in text
    own = letter(client, append(app, inputs={"AMT_CREDIT": 1.0, "instalments_late_mean": 0.1}))
    assert "in your application and the records of your earlier credits with us." in own


@pytest.mark.usefixtures("lender")
def test_person_who_confirms_a_refusal_made_the_decision(app, client):
    decision_id = append(app)
    review(app, decision_id, "REFUSED")
    text = letter(client, decision_id)
    assert "A member of our staff then reviewed it and made this decision on" in text
    assert "ask for another member of our staff" in text
    assert "No person took part" not in text
    assert "You paid late twice." in text
    assert "Own words" not in text  # the file's, not the applicant's


@pytest.mark.usefixtures("lender")
@pytest.mark.parametrize("columns", [{"probability": 0.05}, {"reasons": []}], ids=["accepted", "-"])
def test_person_who_refuses_without_the_models_reasons_gives_their_own(app, client, columns):
    decision_id = append(app, **columns)
    review(app, decision_id, "REFUSED")
    text = letter(client, decision_id)
    assert "this decision Own words, of the reviewer. How" in text
    assert "The reason is in the reviewer’s own words." in text


def test_there_is_no_letter_without_a_refusal_or_its_reasons(app, client):
    overridden, erased, damaged = (append(app) for _ in range(3))
    review(app, overridden, "ACCEPTED")
    erase(app, erased)
    damage(app, damaged, "reasons")
    for decision_id, why in (
        (append(app, 0.05), "The application is accepted"),
        (overridden, "A person accepted the application"),
        (append(app, kind="what-if"), "A what-if is not an application"),
        (erased, "The personal data was erased"),
        (damaged, "A part of the record cannot be read"),
        (append(app, reasons=[]), "The model has no reason that may be stated. Review the"),
    ):
        text = letter(client, decision_id)
        assert f"No letter {why}" in text
        assert "Dear applicant" not in text


def test_letter_of_a_model_of_generated_data_is_an_example(app, client, monkeypatch):
    data = app.extensions[EXTENSION].bundle.manifest.data
    note = "Do not send it to anybody."
    for is_generated in (True, False):
        monkeypatch.setitem(data, "generated_sample", is_generated)
        assert (note in letter(client, append(app))) == is_generated


@pytest.mark.parametrize(
    ("columns", "outcome", "note", "reason"),
    [
        ({}, None, "as the letter says it.", "You paid late twice."),
        ({}, "REFUSED", "as the letter says it.", "You paid late twice."),
        ({}, "ACCEPTED", "so no letter states it.", "You paid late twice."),
        ({"probability": 0.05}, "REFUSED", "The model accepted, so it states", "Own words, of the"),
        ({"reasons": []}, "REFUSED", "The model has no reason that may", "Own words, of the"),
    ],
    ids=["model", "confirmed", "overridden", "refused by a person", "no reasons"],
)
def test_page_shows_the_reasons_that_the_letter_prints(app, client, columns, outcome, note, reason):
    decision_id = append(app, **columns)
    if outcome:
        review(app, decision_id, outcome)
    page = read(client, f"/decisions/{decision_id}")
    reasons = page.partition("Principal reasons")[2].partition("Letter to the applicant")[0]
    assert note in reasons
    assert reason in reasons
    assert outcome == "ACCEPTED" or reason in letter(client, decision_id)


def test_last_review_decides_on_the_letter(app, client):
    decision_id = append(app)
    review(app, decision_id, "ACCEPTED")
    review(app, decision_id, "REFUSED")
    assert "Dear applicant" in letter(client, decision_id)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_letters_of_an_unknown_decision_are_404(client, language):
    unknown = "01a1feb9-223f-7f5d-8f7b-a696c40619f3"
    answer = client.get(f"/decisions/{unknown}/letter?lang={language}")
    assert answer.status_code == 404


def test_empty_parts_of_the_address_are_left_out():
    assert LENDER_OF_TESTS.address == ("12 Lilac Street", "74000 Annecy")
    assert LENDER_OF_TESTS.missing == []
    assert replace(LENDER_OF_TESTS, contact="").missing == ["contact"]
