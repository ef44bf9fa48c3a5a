"""The page that decides starts from a stored applicant, an example or an empty form."""

import json

import pytest

from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.features.applicant_store import write_applicant_store
from tests.pages.conftest import BUNDLE
from tests.server_process import DEPLOYED, run_server

NUMBER = "100147"
MADE_AT = "2026-11-03T23:30:00+00:00"
EXAMPLES = {row["name"]: row["features"] for row in read_manifest(BUNDLE).golden_rows}
STORED = {**EXAMPLES["high risk"], "EXT_SOURCE_2": 0.28864330053329468, "DAYS_EMPLOYED": -1146}


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """The address of a running app with one stored applicant."""
    folder = tmp_path_factory.mktemp("start")
    store = folder / "applicants.sqlite"
    rows = [(NUMBER, list(STORED.values()))]
    write_applicant_store(store, list(STORED), rows, made_at=MADE_AT, source="a test")
    variables = {"CREDIT_SCORING_APPLICANTS_PATH": str(store)}
    with run_server(DEPLOYED, BUNDLE, folder / "log", **variables) as server:
        yield server.url


def find(page, url, number, language="en"):
    page.goto(f"{url}/?lang={language}")
    page.fill("#applicant-number", number)
    page.press("#applicant-number", "Enter")


def found(page):
    page.locator("#origin", has_text=NUMBER).wait_for()


def decide(page):
    """Press Decide; the body that was sent and the answer."""
    with page.expect_response("**/predict/explain") as response:
        page.click("#submit")
    page.locator("#decision .verdict").wait_for()
    return json.loads(response.value.request.post_data), response.value.json()


@pytest.mark.parametrize("field", ["#applicant-number", "#f-AMT_CREDIT"])
def test_enter_before_the_script_runs_loses_nothing(page, url, field):
    """The browser does not send the form: the text stays, and no value gets into the address."""
    held = []

    def hold(route):
        held.append(route)

    page.route("**/decide/decide.js*", hold)
    page.goto(url, wait_until="commit")
    page.fill("#applicant-number", NUMBER)
    page.press(field, "Enter")
    page.evaluate("() => new Promise(done => setTimeout(done, 100))")  # a navigation would begin
    assert page.url == f"{url}/"
    held.pop().continue_()
    page.click("#find button")
    found(page)


def known(features):
    return {name: value for name, value in features.items() if value is not None}


def test_a_stored_applicant_is_decided_on_unchanged_under_its_number(page, url):
    find(page, url, NUMBER)
    found(page)
    assert page.inner_text("#origin") == f"Applicant {NUMBER}, with the history of 3 November 2026."
    body, answer = decide(page)
    assert body["features"] == known(STORED)
    stored = page.request.get(f"{url}/decisions/{answer['decision_id']}").json()
    assert stored["applicant_id"] == NUMBER


def test_the_json_editor_keeps_the_applicant(page, url):
    find(page, url, NUMBER)
    found(page)
    page.click("#tab-json")
    body, _ = decide(page)
    assert body["applicant_id"] == NUMBER


@pytest.mark.parametrize(
    ("language", "number", "message"),
    [
        ("en", "7", "No applicant has the number 7."),
        ("fr", "7", "Aucun demandeur n’a le numéro 7."),
        ("en", "../..", "No applicant has the number ../..."),
        ("en", " ", "Enter the applicant number."),
    ],
)
def test_an_unknown_number_is_said_next_to_the_field(page, url, language, number, message):
    page.guards.allow(404)
    find(page, url, number, language)
    page.locator("#e-applicant-number:not([hidden])").wait_for()
    assert page.inner_text("#e-applicant-number") == message
    assert page.evaluate("document.activeElement.id") == "applicant-number"
    page.click(".chip.refused")
    assert page.locator("#e-applicant-number").is_hidden()
    assert page.get_attribute("#applicant-number", "aria-invalid") is None


def test_the_generated_sample_gives_an_example_number(page, url):
    page.goto(url)
    assert page.inner_text("#h-applicant-number") == f"For example {NUMBER}, an invented applicant."


def test_without_a_store_the_page_does_not_ask_for_a_number(page, app_url):
    page.goto(app_url)
    assert page.locator("#find").count() == 0
    assert "this server stores none" in page.inner_text("#applicant")


def test_examples_come_out_as_their_names_say(page, app_url):
    page.goto(app_url)
    answers = {}
    for kind in ("accepted", "close", "refused"):
        page.click(f".chip.{kind}")
        body, answers[kind] = decide(page)
        assert "applicant_id" not in body
    assert answers["accepted"]["decision"] == "ACCEPTED"
    assert answers["refused"]["decision"] == "REFUSED"
    close = answers["close"]
    assert close["probability"] == pytest.approx(close["threshold"], rel=0.1)


def test_an_empty_form_has_no_history_and_asks_for_the_application_only(page, app_url):
    page.goto(app_url)
    page.click(".chip[data-kind=new]")
    page.click("#submit")
    page.locator("#errors:not([hidden])").wait_for()
    assert page.inner_text("#errors p") == "3 fields need your attention:"
    page.fill("#f-AMT_CREDIT", "450,000")
    page.fill("#f-AMT_INCOME_TOTAL", "150,000")
    page.select_option("#f-NAME_CONTRACT_TYPE", "Cash loans")
    body, _ = decide(page)
    assert body["features"]["previous_count"] == 0
    assert "DAYS_EMPLOYED" not in body["features"]


def test_changes_are_counted_and_undone(page, app_url):
    page.goto(app_url)
    assert page.locator("#reset").is_hidden()
    before = page.input_value("#f-AMT_CREDIT")
    page.fill("#f-AMT_CREDIT", "1")
    page.fill("#f-DAYS_EMPLOYED", "9")
    assert "2 values changed." in page.inner_text("#origin")
    page.click("#reset")
    assert page.inner_text("#origin").endswith("accepts.")
    assert page.input_value("#f-AMT_CREDIT") == before


def test_what_is_typed_before_the_script_runs_stays(page, app_url):
    held = []
    page.route("**/decide/decide.js*", lambda route: held.append(route))  # noqa: PLW0108 - playwright marks it
    page.goto(app_url, wait_until="commit")
    page.fill("#f-AMT_CREDIT", "300,000")
    page.fill("#f-DAYS_EMPLOYED", "3")
    page.locator("#submit:disabled").wait_for()
    held.pop().continue_()
    page.locator("#submit:enabled").wait_for()
    assert page.input_value("#f-AMT_CREDIT") == "300,000"
    assert page.input_value("#f-DAYS_EMPLOYED") == "3"
    assert page.get_attribute(".chip[data-kind=new]", "aria-pressed") == "true"
    assert page.inner_text("#origin").endswith("2 values changed.")
