"""The page that decides in each of its states: accessible, on a phone, in the dark, in French."""

import pytest

from tests.pages.conftest import DESKTOP, PHONE
from tests.pages.page_checks import check_focus, check_page

LOOKS = [(DESKTOP, "en", False), (PHONE, "fr", True)]


def show_errors(page):
    page.fill("#f-AMT_CREDIT", "450.00.0")
    page.fill("#f-DAYS_EMPLOYED", "x")
    page.click("#submit")
    page.locator("#errors:not([hidden])").wait_for()


def open_history(page):
    page.click(".chip[data-kind=new]")
    page.click("[data-table=bureau] summary")


def open_json(page):
    page.click("#tab-json")


STATES = {"errors": show_errors, "history": open_history, "JSON": open_json}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("width", "language", "dark"), LOOKS)
def test_every_state_is_accessible(new_page, app_url, state, width, language, dark):
    page = new_page(width, language, dark=dark)
    page.goto(app_url)
    STATES[state](page)
    check_page(page)


def test_the_focus_is_never_behind_the_bar(phone, app_url):
    phone.goto(app_url)
    show_errors(phone)
    check_focus(phone)
