"""In a browser: the log is filtered and searched, a decision is reviewed, by mouse and keyboard."""

import pytest
import requests

from tests.pages.page_checks import check_page
from tests.server_process import PATIENCE

WORDS = {
    "en": {
        "search": "Search", "accept": "Accept the application", "name": "Your name",
        "reason": "Reason", "save": "Save the review", "saved": "The review is saved.",
        "letter": "Letter in English", "overridden": "model: refused",
        "wrong": "2 fields need your attention:",
    },
    "fr": {
        "search": "Rechercher", "accept": "Accepter la demande", "name": "Votre nom",
        "reason": "Motif", "save": "Enregistrer le réexamen",
        "saved": "Le réexamen est enregistré.", "letter": "Lettre en français",
        "overridden": "modèle\u00a0: refusé", "wrong": "2 champs sont à revoir\u00a0:",
    },
}  # fmt: skip


def newest_refusals(url):
    query = {"decision": "REFUSED", "reviewed": "false", "limit": 20}
    return requests.get(f"{url}/decisions", query, timeout=PATIENCE).json()["decisions"]


def press_until_focused(page, locator):
    """Press Tab until the element has the focus."""
    for _ in range(200):
        if locator.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not reach {locator}")


def test_search_by_applicant_opens_the_decision_and_its_letter(page, demo_url):
    refused = newest_refusals(demo_url)[0]
    page.goto(f"{demo_url}/decisions")
    page.get_by_label("Applicant number or decision id").fill(refused["applicant_id"])
    page.get_by_role("button", name="Search").click()
    assert page.get_by_role("rowheader").count() >= 1
    page.locator(f"a[href$='{refused['decision_id']}']").click()
    page.get_by_role("heading", name="Principal reasons").wait_for()
    page.get_by_role("link", name="Letter in French").click()
    assert "Madame, Monsieur," in page.inner_text(".sheet")
    assert page.get_attribute("html", "lang") == "en"  # the page's language stays


def test_filters_stay_while_the_pages_turn(page, demo_url):
    page.goto(f"{demo_url}/decisions?limit=5")
    page.get_by_label("Model’s decision").select_option("REFUSED")
    page.get_by_role("button", name="Search").click()
    first = page.locator("tbody tr").first.inner_text()
    page.get_by_role("link", name="Older").click()
    assert page.get_by_label("Model’s decision").input_value() == "REFUSED"
    assert page.locator("tbody tr").first.inner_text() != first
    page.get_by_role("link", name="Newer").click()
    assert page.locator("tbody tr").first.inner_text() == first
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) > 1
    assert all(",REFUSED," in line for line in lines[1:])


@pytest.mark.parametrize("language", WORDS)
def test_decision_is_overridden_with_the_keyboard_alone(new_page, demo_url, language):
    words, page = WORDS[language], new_page(language=language)
    page.guards.allow(422)
    refused = newest_refusals(demo_url)[-1 if language == "fr" else -2]
    page.goto(f"{demo_url}/decisions/{refused['decision_id']}")

    press_until_focused(page, page.get_by_label(words["accept"]))
    page.keyboard.press("Space")
    press_until_focused(page, page.get_by_role("button", name=words["save"]))
    page.keyboard.press("Enter")
    errors = page.locator(".errors")
    errors.wait_for()
    assert errors.evaluate("element => element === document.activeElement")
    assert words["wrong"] in errors.inner_text()
    assert page.get_by_label(words["accept"]).is_checked()
    check_page(page)

    press_until_focused(page, page.get_by_label(words["name"]))
    page.keyboard.type("Ada Martin")
    page.keyboard.press("Tab")
    page.keyboard.type("The bank was late, not the applicant.")
    press_until_focused(page, page.get_by_role("button", name=words["save"]))
    page.keyboard.press("Enter")
    page.get_by_text(words["saved"]).wait_for()
    assert page.get_by_role("link", name=words["letter"]).count() == 0
    check_page(page)

    page.reload()  # sends nothing again
    assert page.locator(".history li").count() == 2
    page.goto(f"{demo_url}/decisions?q={refused['applicant_id']}&reviewed=true")
    assert words["overridden"] in page.inner_text("tbody")


def test_outcome_is_recorded_with_the_mouse(page, demo_url):
    query = {"decision": "ACCEPTED", "reviewed": "false", "limit": 1}
    answer = requests.get(f"{demo_url}/decisions", query, timeout=PATIENCE)
    (granted,) = answer.json()["decisions"]
    page.goto(f"{demo_url}/decisions/{granted['decision_id']}")
    page.get_by_label("Default", exact=True).check()
    page.get_by_role("button", name="Save the outcome").click()
    page.get_by_text("The outcome is saved.").wait_for()
    assert "Outcome of the loan: Default" in page.inner_text(".history")


def test_inputs_unfold(page, demo_url):
    page.goto(f"{demo_url}/decisions/{newest_refusals(demo_url)[0]['decision_id']}")
    page.locator("details.inputs summary").first.click()
    page.get_by_text("Amount of the loan", exact=True).wait_for()
    check_page(page)


def test_long_words_stay_inside_a_narrow_window(new_page, demo_url):
    decision_id = newest_refusals(demo_url)[-1]["decision_id"]
    review = {"outcome": "ACCEPTED", "reviewer": "W" * 128, "reason": "W" * 2000}
    address = f"{demo_url}/decisions/{decision_id}"
    requests.post(f"{address}/review", json=review, timeout=PATIENCE).raise_for_status()
    page = new_page(width=320)
    page.goto(address)
    for long_text in (".tagline a", ".reasons li"):
        page.locator(long_text).first.evaluate("place => { place.textContent = 'W'.repeat(500) }")
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.locator(".person").evaluate("it => it.scrollWidth <= it.clientWidth")
