"""After a decision: the way to its record, and the number that it is stored under."""

import json

import pytest

from tests.pages.key_server import run_with_keys, sign_in


def decide(page):
    with page.expect_response("**/predict/explain") as response:
        page.click("#submit")
    page.locator("#decision .verdict").wait_for()
    return response.value.json()


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Open this decision"), ("fr", "Ouvrir cette décision")]
)
def test_the_decision_leads_to_its_record(new_page, app_url, language, words):
    page = new_page(language=language)
    page.goto(app_url)
    decision_id = decide(page)["decision_id"]
    link = page.locator("#decision .record a")
    assert link.inner_text().startswith(words)
    assert link.get_attribute("href") == f"decisions/{decision_id}"
    link.click()
    page.locator("main .record").wait_for()
    assert page.url.endswith(decision_id)


def test_who_may_not_review_gets_no_link(page, tmp_path):
    with run_with_keys(tmp_path, "score") as (root, keys):
        sign_in(page, root, keys["score"])
        page.goto(root)
        decide(page)
        assert page.locator("#decision .record").count() == 0


def test_a_typed_number_is_stored_with_the_decision(page, app_url):
    page.goto(app_url)
    page.fill("#own-number", " A-17 ")
    decision_id = decide(page)["decision_id"]
    stored = page.request.get(f"{app_url}/decisions/{decision_id}").json()
    assert stored["applicant_id"] == "A-17"


def test_the_json_editor_and_the_form_share_the_number(page, app_url):
    page.goto(app_url)
    page.fill("#own-number", "A-17")
    page.click("#tab-json")
    body = json.loads(page.input_value("#body"))
    assert body["applicant_id"] == "A-17"
    page.fill("#body", json.dumps({**body, "applicant_id": "B-2"}))
    page.click("#tab-form")
    assert page.input_value("#own-number") == "B-2"


def test_another_applicant_begins_without_a_number(page, app_url):
    page.goto(app_url)
    page.fill("#own-number", "A-17")
    page.click(".chip.refused")
    assert page.input_value("#own-number") == ""


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Do not use it for decisions about real people"),
        ("fr", "Ne l’utilisez pas pour des décisions"),
    ],
)
def test_a_model_of_generated_data_says_so(new_page, app_url, language, words):
    page = new_page(language=language)
    page.goto(app_url)
    assert words in page.inner_text("main > .notice")
