"""The page of the HTTP API: a list of routes, and Swagger UI to try one."""

import re

import pytest

from tests.pages.conftest import DESKTOP, PHONE
from tests.pages.page_checks import check_focus, check_page

HEAVY = re.compile(r"/static/swagger-ui/")
FORM = "#operations-{}-{}"


def open_form(page, root, tag, operation):
    """Open a route of the list and press "Try it"; returns the selector of its form."""
    page.goto(f"{root}/docs")
    page.click(f"#{operation} summary")
    page.click(f"#{operation} .actions button")
    form = FORM.format(tag, operation)
    page.locator(f"{form} .execute").wait_for()
    return form


@pytest.mark.parametrize(("width", "dark"), [(DESKTOP, False), (PHONE, True)])
def test_a_route_is_tried_and_every_state_is_sound(new_page, demo_url, width, dark):
    page = new_page(width, dark=dark)
    form = open_form(page, demo_url, "Decisions", "post_predict")
    page.click(f"{FORM.format('Log', 'get_decisions')} .opblock-summary-control")
    with page.expect_response("**/predict") as answer:
        page.locator(form).get_by_role("button", name="Execute").click()
    assert answer.value.json()["decision"] in {"ACCEPTED", "REFUSED"}
    page.locator(f"{form} .live-responses-table").wait_for()
    check_page(page)
    page.click(".btn.authorize")
    page.locator(".modal-ux").wait_for()
    assert page.locator(".modal-ux .auth-container").count() == 1
    check_page(page)


def test_first_view_is_without_swagger_ui(page, demo_url):
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(f"{demo_url}/docs")
    page.click("#post_predict summary")
    page.locator("#post_predict", has_text="Idempotency-Key").wait_for()
    check_page(page)
    page.wait_for_load_state("networkidle")
    assert [url for url in requested if HEAVY.search(url)] == []


def test_form_opens_with_the_keyboard_and_has_the_focus(page, demo_url):
    page.goto(f"{demo_url}/docs")
    page.focus("#get_health summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#operations-Service-get_health .opblock-summary-control:focus").wait_for()
    check_focus(page, repeated=".opblock-control-arrow")


def test_interrupted_form_says_so_and_is_loaded_again(page, demo_url):
    page.guards.allow(503)
    page.route(HEAVY, lambda route: route.fulfill(status=503))
    page.goto(f"{demo_url}/docs")
    page.click("#get_health summary")
    page.click("#get_health .actions button")
    page.locator("#loading", has_text="could not be loaded").wait_for()
    page.unroute(HEAVY)
    page.click("#get_health .actions button")
    page.locator("#operations-Service-get_health .execute").wait_for()


def test_list_can_be_read_without_scripts(new_page, demo_url):
    page = new_page(PHONE, language="fr", java_script_enabled=False)
    page.goto(f"{demo_url}/docs")
    page.click("#get_decisions summary")
    assert page.locator("#get_decisions dl").first.is_visible()
    assert page.locator("#get_decisions .actions").is_hidden()


def test_page_follows_the_scheme_of_the_device(page, demo_url):
    """Swagger UI has a class for the dark scheme; it is switched while the page is open."""
    open_form(page, demo_url, "Service", "get_health")
    assert not page.evaluate("document.documentElement.matches('.dark-mode')")
    page.emulate_media(color_scheme="dark")
    page.locator("html.dark-mode").wait_for()
