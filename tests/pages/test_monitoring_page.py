"""The page of monitoring in a browser: refreshing without disturbing, sorting, choosing days."""

import time

import pytest
import requests

from credit_scoring.bundle.read_bundle import read_manifest
from tests.monitoring.drawn_log import write_counts
from tests.pages.conftest import BUNDLE, PHONE
from tests.pages.page_checks import check_page
from tests.server_process import DEPLOYED, PATIENCE, run_server

PERIOD = 30_000  # milliseconds between two refreshes
PLACE_OF_FOCUS = "document.activeElement.getBoundingClientRect().top"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """An app with sixty days of counts, which counts new decisions at once."""
    folder = tmp_path_factory.mktemp("monitoring")
    url = f"sqlite:///{folder}/log.db"
    write_counts(url, read_manifest(BUNDLE), moved=("EXT_SOURCE_2",))
    variables = {"DATABASE_URL": url, "CREDIT_SCORING_MONITORING_SECONDS": "1"}
    with run_server(DEPLOYED, BUNDLE, folder / "log", **variables) as server:
        yield server


@pytest.fixture
def opened(page, server):
    """The page, whose clock runs only if a test says so."""
    return open_page(page, server)


def open_page(page, server):
    page.clock.install()
    page.goto(f"{server.url}/monitoring")
    page.locator("#refresh").wait_for()
    return page


def decisions(server):
    return requests.get(f"{server.url}/monitoring/summary", timeout=PATIENCE).json()["volume"][
        "decisions"
    ]


def decide(server):
    """Decide on an applicant and wait until it is counted; the number of decisions now."""
    before = decisions(server)
    features = read_manifest(BUNDLE).golden_rows[0]["features"]
    assert server.post(features).status_code == 200
    for _ in range(PATIENCE * 20):
        if (now := decisions(server)) > before:
            return now
        time.sleep(0.05)
    return pytest.fail("the decision was not counted")


def figure(page):
    return page.locator("#decisions .note").first


def expect_decisions(page, number):
    page.get_by_text(f"{number:,} decisions: ").first.wait_for(timeout=PATIENCE * 1000)


def next_refresh(page):
    with page.expect_response("**/monitoring*"):
        page.clock.run_for(PERIOD)


def test_decision_made_meanwhile_appears_and_nothing_else_changes(opened, server):
    """Focus, scroll positions, opened details and what somebody is typing stay."""
    page = opened
    page.locator("#all-rules summary").click()
    page.locator("#own-dates summary").click()
    page.fill("#since", "2026-01-05")
    page.evaluate("document.getElementById('features').scrollTop = 700")
    link = page.locator("#features a").nth(9)
    link.focus()
    name = link.get_attribute("id")
    place = page.evaluate(PLACE_OF_FOCUS)
    page.evaluate("window.mark = document.querySelector('#decisions .chart')")
    number = decide(server)
    next_refresh(page)
    expect_decisions(page, number)
    assert page.evaluate("document.activeElement.id") == name
    assert page.evaluate(PLACE_OF_FOCUS) == pytest.approx(place, abs=1)
    assert page.locator("#all-rules").get_attribute("open") is not None
    assert page.input_value("#since") == "2026-01-05"
    assert page.evaluate("window.mark.isConnected"), "charts are changed, not replaced"


def test_paused_page_is_not_refreshed_until_it_resumes(opened, server):
    page = opened
    before = figure(page).text_content()
    page.focus("#refresh-toggle")
    page.keyboard.press("Enter")
    assert page.locator("#refresh-state").text_content() == "Refreshing is paused"
    number = decide(server)
    page.clock.run_for(5 * PERIOD)
    assert figure(page).text_content() == before
    with page.expect_response("**/monitoring*"):
        page.keyboard.press("Enter")
    expect_decisions(page, number)


def test_hidden_page_waits_until_it_is_seen_again(opened, server):
    page = opened
    set_hidden(page, hidden=True)
    before = figure(page).text_content()
    number = decide(server)
    page.clock.run_for(5 * PERIOD)
    assert figure(page).text_content() == before
    set_hidden(page, hidden=False)
    with page.expect_response("**/monitoring*"):
        page.clock.run_for(1)
    expect_decisions(page, number)


def set_hidden(page, *, hidden):
    page.evaluate(
        """hidden => {
          Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
          document.dispatchEvent(new Event('visibilitychange'));
        }""",
        hidden,
    )


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ({"status": 503, "body": "{}"}, "the server answered with the status 503"),
        ({"status": 200, "body": "<main>Sign in</main>"}, "you are signed out"),
    ],
    ids=["503", "signed out"],
)
def test_failed_refresh_says_so_and_keeps_the_figures(opened, failure, reason):
    page = opened
    page.guards.allow(503)
    before = figure(page).text_content()
    time_before = page.get_attribute("#live", "data-time")
    page.route("**/monitoring", lambda route: route.fulfill(content_type="text/html", **failure))
    next_refresh(page)
    problem = page.locator("#refresh-problem")
    problem.wait_for()
    assert reason in problem.text_content()
    assert problem.text_content().endswith(f"The figures are those of {time_before} UTC.")
    assert figure(page).text_content() == before
    page.unroute("**/monitoring")
    page.click("#refresh-now")
    problem.wait_for(state="hidden")


def first_feature(page):
    return page.locator("#features tbody tr code").first.text_content()


def test_table_is_sorted_by_mouse_and_by_keyboard_without_leaving_the_page(opened):
    page = opened
    page.evaluate("window.mark = 1")
    assert first_feature(page) == "EXT_SOURCE_2"
    page.click("#sort-name")
    page.locator("#sort-name[aria-current]").wait_for()
    assert first_feature(page) != "EXT_SOURCE_2"
    page.focus("#sort-psi")
    page.keyboard.press("Enter")
    page.locator("#sort-psi[aria-current]").wait_for()
    assert first_feature(page) == "EXT_SOURCE_2"
    assert page.evaluate("[window.mark, document.activeElement.id]") == [1, "sort-psi"]
    assert page.url.endswith("sort=psi#drift")
    page.go_back()
    page.locator("#sort-name[aria-current]").wait_for()


def test_days_are_chosen_and_unusable_ones_take_the_focus(opened):
    page = opened
    page.click("#period-7")
    page.locator("#period-7[aria-current]").wait_for()
    page.locator("#own-dates summary").click()
    page.guards.allow(422)
    page.fill("#since", "2026-05-02")
    page.fill("#until", "2026-05-01")
    page.click(".own button")
    page.locator("#date-errors").wait_for()
    assert page.evaluate("document.activeElement.id") == "date-errors"
    assert page.get_attribute("#until", "aria-invalid") == "true"
    check_page(page)


def test_feature_opens_with_its_bins_and_days(opened):
    page = opened
    page.locator("#features a").first.click()
    page.locator(".heat-map").wait_for()
    assert page.locator("main code").first.text_content() == "EXT_SOURCE_2"
    page.locator("summary", has_text="Shares by day").click()
    check_page(page)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_page_with_everything_opened_has_no_defect(new_page, server, language):
    page = open_page(new_page(PHONE, language, dark=language == "fr"), server)
    for details in page.locator("main details").all():
        details.locator("summary").click()
    check_page(page)


def test_verdicts_are_in_view_on_a_phone(new_page, server):
    """The columns of figures are reached by scrolling the table; the caption stays in view."""
    page = open_page(new_page(PHONE), server)
    table = page.locator("#features")
    right = PHONE - table.bounding_box()["x"]
    for part in ("tbody .badge", "caption"):
        box = table.locator(part).first.bounding_box()
        assert box["x"] + box["width"] <= right


def test_page_works_without_javascript(new_page, server):
    page = new_page(java_script_enabled=False)
    page.goto(f"{server.url}/monitoring")
    page.click("#sort-name")
    assert page.locator("#sort-name[aria-current]").is_visible()
    assert page.locator("#refresh").is_hidden()
