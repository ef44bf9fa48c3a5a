"""Every page: languages, widths, light and dark, forced colours, and the way of the focus."""

import pytest

from tests.pages.conftest import DESKTOP, PHONE
from tests.pages.every_page import PAGES
from tests.pages.page_checks import check_focus, check_page

VIEWS = {"desktop": (DESKTOP, "en", False), "dark phone": (PHONE, "fr", True)}
KEYS = {"desktop": ("Tab",), "dark phone": ("Shift+Tab",)}
CUSTOM = ("decide", "docs")  # whose scripts could take the link from the browser


@pytest.mark.parametrize("each", PAGES, ids=lambda each: each.name)
@pytest.mark.parametrize("view", VIEWS)
def test_page_has_no_defect(new_page, demo_url, each, view):
    """Also on the way of the focus: it reaches every control and is never covered."""
    width, language, dark = VIEWS[view]
    page = new_page(width, language, dark=dark)
    each.open(page, demo_url)
    assert page.get_attribute("html", "lang") == language
    check_page(page)
    check_focus(page, repeated=each.repeated, keys=KEYS[view])


@pytest.mark.parametrize("each", [each for each in PAGES if each.name in CUSTOM], ids=CUSTOM)
def test_keyboard_skips_to_the_content(page, demo_url, each):
    each.open(page, demo_url)
    page.keyboard.press("Tab")
    page.locator(".skip:focus").wait_for()
    page.keyboard.press("Enter")
    page.locator("#main:focus").wait_for()
