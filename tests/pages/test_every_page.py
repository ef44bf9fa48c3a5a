"""Every page: languages, widths, light and dark, forced colours, and the way of the focus."""

import pytest

from tests.pages.conftest import DESKTOP, PHONE
from tests.pages.every_page import PAGES
from tests.pages.page_checks import check_focus, check_page

EVERY_PAGE = pytest.mark.parametrize("each", PAGES, ids=lambda each: each.name)
VIEWS = {
    "desktop": (DESKTOP, "en", False),
    "dark desktop": (DESKTOP, "fr", True),
    "phone": (PHONE, "fr", False),
    "dark phone": (PHONE, "en", True),
}


@EVERY_PAGE
@pytest.mark.parametrize("view", VIEWS)
def test_page_has_no_defect(new_page, demo_url, each, view):
    width, language, dark = VIEWS[view]
    page = new_page(width, language, dark=dark)
    each.open(page, demo_url)
    assert page.get_attribute("html", "lang") == language
    check_page(page)


@EVERY_PAGE
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_focus_reaches_every_control_and_is_never_covered(new_page, demo_url, each, width):
    page = new_page(width)
    each.open(page, demo_url)
    check_focus(page, repeated=each.repeated)


@EVERY_PAGE
def test_keyboard_skips_to_the_content(page, demo_url, each):
    each.open(page, demo_url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.skip')")
    page.keyboard.press("Enter")
    page.locator("#main:focus").wait_for()
