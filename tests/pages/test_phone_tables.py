"""Tables on a phone: a row is a card, so that nothing has to be scrolled sideways."""

import pytest

from tests.pages.conftest import PHONE
from tests.pages.every_page import PAGES
from tests.pages.page_checks import check_page

OPEN_ALL = "document.querySelectorAll('details').forEach(part => { part.open = true; })"
WIDER = """[...document.querySelectorAll(".scroll")]
  .filter(region => region.scrollWidth > region.clientWidth)
  .map(region => region.getAttribute("aria-label"))"""
WITH_TABLES = {"monitoring", "monitored feature", "model", "threshold", "acceptance"}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_table_is_wider_than_a_phone(new_page, demo_url, language):
    page = new_page(PHONE, language)
    for each in PAGES:
        if each.name in WITH_TABLES:
            each.open(page, demo_url)
            page.evaluate(OPEN_ALL)
            assert page.locator("table").count() > 0
            assert page.evaluate(WIDER) == [], each.name


def test_a_cell_on_a_phone_names_its_column(phone, demo_url):
    phone.goto(f"{demo_url}/monitoring")
    row = phone.locator("#features tbody tr").first
    labels = row.get_by_role("cell").evaluate_all(
        "cells => cells.map(cell => getComputedStyle(cell, '::before').content)"
    )
    assert labels[1:3] == ['"Verdict"', '"PSI, these days"']
    assert row.get_by_role("rowheader").count() == 1
    phone.evaluate(OPEN_ALL)
    check_page(phone)


def test_the_column_of_the_chosen_threshold_is_named_after_it(phone, demo_url):
    phone.goto(f"{demo_url}/threshold?threshold=0.2")
    cell = phone.locator("[data-of=chosen]").first
    before = cell.get_attribute("data-label")
    phone.locator("#threshold-page.live #slider").press("PageUp")
    phone.wait_for_function(
        "old => document.querySelector('[data-of=chosen]').dataset.label != old", arg=before
    )
    assert cell.get_attribute("data-label") == phone.text_content("[data-head=chosen]")
