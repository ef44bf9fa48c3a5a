"""A working day on the pages, in both languages, with the mouse and with the keyboard alone.

Signs in, decides on a stored applicant, asks what would change the decision, reads a letter,
overrides a decision, notes an outcome, exports the log, moves the threshold, looks into the model
and its monitoring, opens a route of the API and signs out. The guards of `new_page` hold all along.
"""

import pytest

from tests.pages.conftest import run_demo
from tests.pages.hands import HANDS

KEY = "a-key-for-the-walk-of-the-tests-0123456789"
APPLICANT = "100002"


@pytest.fixture(scope="module")
def walk_url(tmp_path_factory, demo_files):
    folder = tmp_path_factory.mktemp("walk")
    with run_demo(folder, *demo_files, CREDIT_SCORING_API_KEY=KEY) as url:
        yield url


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("hand", HANDS)
def test_a_working_day(new_page, walk_url, hand, language):
    page = new_page(language=language)
    act = HANDS[hand](page)
    sign_in(page, act, walk_url)
    decide(page, act)
    override(page, act)
    export(page, act)
    move_the_threshold(page, act)
    look_into_the_model(page, act)
    monitor(page, act)
    open_a_route(page, act)
    sign_out(page, act)
    assert page.get_attribute("html", "lang") == language


def open_page(page, act, name):
    """Follow the link of the navigation."""
    act.press(f"nav.pages a[href$={name}]")
    page.locator("nav.pages [aria-current=page]").wait_for()


def sign_in(page, act, root):
    page.goto(f"{root}/decisions")
    page.locator("#key").wait_for()
    act.write("#key", KEY)
    act.press(".sign-in .primary")
    page.wait_for_url("**/decisions")
    act.press(".brand")


def decide(page, act):
    act.write("#applicant-number", APPLICANT)
    act.press("#find button")
    page.locator("#origin", has_text=APPLICANT).wait_for()
    act.press("#submit")
    page.locator("#decision .verdict").wait_for()
    first = page.inner_text("#decision .verdict")
    act.press("[data-kind=refused]")
    act.press("#submit")
    page.locator("#decision.refused .verdict").wait_for()
    assert first
    page.locator(".what-if[data-before*=REFUSED] input[type=range]").first.wait_for()
    act.slide(".what-if .control:not([hidden]) input[type=range]")
    page.locator(".what-if [data-is=probability]", has_text="%").wait_for()


def override(page, act):
    """Read the letter of a refusal, accept the applicant instead, and note the outcome."""
    open_page(page, act, "decisions")
    act.choose("#decision", "REFUSED")
    act.press(".filters .primary")
    page.wait_for_url("**decision=REFUSED**")
    act.press(".decisions .when a")
    act.press("a[href*='letter=fr']")
    page.wait_for_url("**/letter**")
    page.go_back()
    act.check("[name=outcome][value=ACCEPTED]")
    act.write("#review-reviewer", "Ada")
    act.write("#review-reason", "The documents show a higher income.")
    act.press("form[action*=review] .primary")
    page.locator(".person", has_text="Ada").wait_for()
    act.check("[name=loan_outcome][value='0']")
    act.press("form[action*=outcome] button")
    page.locator("dl .badge").first.wait_for()


def export(page, act):
    open_page(page, act, "decisions")
    with page.expect_download() as download:
        act.press("a[download]")
    text = download.value.path().read_text(encoding="utf-8")
    assert len(text.splitlines()) > 420
    assert "The documents show a higher income." in text


def move_the_threshold(page, act):
    open_page(page, act, "threshold")
    page.locator("#threshold-page.live").wait_for()
    before = page.inner_text("#slider-value")
    act.slide("#slider")
    assert page.inner_text("#slider-value") != before


def look_into_the_model(page, act):
    open_page(page, act, "model")
    act.write("#search", "EXT_SOURCE_2")
    page.locator("code:visible", has_text="EXT_SOURCE_2").first.wait_for()


def monitor(page, act):
    open_page(page, act, "monitoring")
    act.press("#refresh-toggle")
    act.press("#period-7")
    page.locator("#period-7[aria-current]").wait_for()
    act.press("#features a[href*='features/']")
    page.wait_for_url("**/monitoring/features/**")


def open_a_route(page, act):
    act.press("footer a[href$=docs]")
    act.press("#get_health summary")
    act.press("#get_health .actions button")
    page.locator("#operations-Service-get_health .execute").wait_for()


def sign_out(page, act):
    act.press(".signed-in button")
    page.locator("#key").wait_for()
    page.go_back()
    assert page.locator(".signed-in").count() == 0
