"""The page of the HTTP API: an opened route, its answer, and the form for the key."""

import pytest

from tests.pages.conftest import DESKTOP, PHONE
from tests.pages.page_checks import check_page

ROUTE = "#operations-Decisions-post_predict"
QUERY = "#operations-Log-get_decisions"


@pytest.mark.parametrize(("width", "dark"), [(DESKTOP, False), (PHONE, True)])
def test_a_route_is_tried_and_every_state_is_sound(new_page, demo_url, width, dark):
    page = new_page(width, dark=dark)
    page.goto(f"{demo_url}/docs")
    for route in (ROUTE, QUERY):
        page.click(f"{route} .opblock-summary-control")
        page.locator(route).get_by_role("button", name="Try it out").click()
    with page.expect_response("**/predict") as answer:
        page.locator(ROUTE).get_by_role("button", name="Execute").click()
    assert answer.value.json()["decision"] in {"ACCEPTED", "REFUSED"}
    page.locator(f"{ROUTE} .live-responses-table").wait_for()
    check_page(page)
    page.click(".btn.authorize")
    page.locator(".modal-ux").wait_for()
    check_page(page)


def test_route_opens_with_the_keyboard(page, demo_url):
    page.goto(f"{demo_url}/docs")
    page.focus(f"{ROUTE} .opblock-summary-control")
    page.keyboard.press("Enter")
    page.locator(f"{ROUTE} .opblock-body").wait_for()


def test_page_follows_the_scheme_of_the_device(page, demo_url):
    """Swagger UI has a class for the dark scheme; it is switched while the page is open."""
    page.goto(f"{demo_url}/docs")
    assert not page.evaluate("document.documentElement.matches('.dark-mode')")
    page.emulate_media(color_scheme="dark")
    page.locator("html.dark-mode").wait_for()
