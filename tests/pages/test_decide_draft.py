"""Reload, Back and the other language keep what was typed; a fresh visit starts with an example."""

import pytest

from tests.pages.key_server import run_with_keys, sign_in


def type_values(page, url):
    page.goto(url)
    page.click(".chip.refused")
    page.fill("#own-number", "A-17")
    page.fill("#f-AMT_CREDIT", "450,000.5")
    page.fill("#f-DAYS_EMPLOYED", "")
    page.fill("#f-DAYS_EMPLOYED-months", "")


def reload(page):
    page.reload()


def go_back(page):
    page.click(".pages a[href$=threshold]")
    page.locator("#threshold-page").wait_for()
    page.go_back()
    page.locator("#decide-page").wait_for()


WAYS = {"reload": reload, "back": go_back}


@pytest.mark.parametrize("way", WAYS)
def test_typed_values_stay(page, app_url, way):
    type_values(page, app_url)
    WAYS[way](page)
    assert page.input_value("#f-AMT_CREDIT") == "450,000.5"
    assert page.input_value("#f-DAYS_EMPLOYED") == ""
    assert page.input_value("#own-number") == "A-17"
    assert page.get_attribute(".chip.refused", "aria-pressed") == "true"
    assert page.inner_text("#origin").endswith("refuses. 2 values changed.")


def test_a_text_that_is_no_duration_stays(page, app_url):
    page.goto(app_url)
    page.fill("#f-DAYS_EMPLOYED", "4.5")
    page.fill("#f-DAYS_EMPLOYED-months", "")
    page.reload()
    assert page.input_value("#f-DAYS_EMPLOYED") == "4.5"
    assert page.input_value("#f-DAYS_EMPLOYED-months") == ""


def test_the_other_language_writes_them_in_its_notation(page, app_url):
    type_values(page, app_url)
    page.click(".languages a[lang=fr]")
    page.locator("html[lang=fr] #origin", has_text="2 valeurs modifiées").wait_for()
    assert page.input_value("#f-AMT_CREDIT") == "450\u202f000,5"


def test_undo_still_goes_back_to_the_start(page, app_url):
    type_values(page, app_url)
    amount = page.evaluate(
        "JSON.parse(document.querySelector('#decide-page').dataset.examples)"
        ".find(row => row.kind === 'refused').features.AMT_CREDIT"
    )
    page.reload()
    page.click("#reset")
    assert page.input_value("#f-AMT_CREDIT") == f"{amount:,.0f}"
    page.reload()
    assert page.locator("#reset").is_hidden()


def test_the_json_editor_stays(page, app_url):
    page.goto(app_url)
    page.click("#tab-json")
    page.fill("#body", '{"features": {')
    page.reload()
    assert page.input_value("#body") == '{"features": {'
    assert page.get_attribute("#tab-json", "aria-selected") == "true"


def test_a_fresh_visit_starts_with_the_accepted_example(new_page, app_url):
    type_values(new_page(), app_url)
    other = new_page()
    other.goto(app_url)
    assert other.get_attribute(".chip.accepted", "aria-pressed") == "true"


def test_signing_out_forgets_what_was_typed(page, tmp_path):
    with run_with_keys(tmp_path, "score") as (root, keys):
        sign_in(page, root, keys["score"])
        type_values(page, root)
        page.click(".signed-in button")
        page.locator("#key").wait_for()
        assert page.evaluate("sessionStorage.length") == 0
