"""Errors of fields are said in the page's language, next to the field and above the form."""

import json

import pytest

ENGLISH = ("expected", "missing", "number", "field", "whole", "remove")
AMOUNT, WHOLE, LEVEL = "AMT_CREDIT", "previous_count", "ORGANIZATION_TYPE"


@pytest.fixture
def page(new_page):
    page = new_page()
    page.guards.allow(400, 422)
    page.posts = []
    page.on("request", lambda request: request.method == "POST" and page.posts.append(request))
    return page


def open_page(page, url, language):
    page.goto(f"{url}/?lang={language}")
    page.eval_on_selector_all("details", "all => all.forEach(d => { d.open = true; })")


def fill(page, name, text):
    page.fill(f"#f-{name}", text)


def decide(page):
    page.click("#submit")
    page.locator("#errors:not([hidden]), #decision > *").first.wait_for()


def send_json(page, features):
    page.click("#tab-json")
    page.fill("#body", json.dumps({"features": features}))
    decide(page)


def first_example(page):
    return json.loads(page.get_attribute("#decide-page", "data-examples"))[0]["features"]


def error_of(page, name):
    return page.inner_text(f"#e-{name}") or page.text_content(f"#e-{name}")


@pytest.mark.parametrize(
    ("language", "name", "text", "message"),
    [
        ("fr", AMOUNT, "", "Indiquez une valeur, ce champ ne peut pas rester vide"),
        ("en", AMOUNT, "", "Give a value, this field cannot stay empty"),
        (
            "fr",
            WHOLE,
            "12,5",
            "«\u00a012,5\u00a0» n’est pas un nombre entier\u00a0: écrivez 12 ou 13",
        ),
        ("en", WHOLE, "12.5", "“12.5” is not a whole number: write 12 or 13"),
    ],
)
def test_empty_fields_and_fractions_are_not_sent(page, app_url, language, name, text, message):
    open_page(page, app_url, language)
    fill(page, name, text)
    decide(page)
    assert page.posts == []
    assert error_of(page, name) == message
    assert page.get_attribute(f"#f-{name}", "aria-invalid") == "true"
    label = page.inner_text(f"label[for=f-{name}]")
    colon = "\u00a0: " if language == "fr" else ": "
    assert page.inner_text("#errors li") == label + colon + message[0].lower() + message[1:]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (AMOUNT, None, "indiquez une valeur, ce champ ne peut pas rester vide"),
        (AMOUNT, -5, "«\u00a0-5\u00a0» est hors des limites\u00a0: plus de 0 et au plus"),
        (AMOUNT, "450", "n’est pas un nombre\u00a0: en JSON, un nombre n’a pas de guillemets"),
        (WHOLE, 10.5, "n’est pas un nombre entier\u00a0: écrivez 10 ou 11"),
        (LEVEL, "Circus", "«\u00a0Circus\u00a0» n’est pas dans la liste"),
    ],
)
def test_refusals_of_the_server_are_said_in_french(page, app_url, name, value, message):
    open_page(page, app_url, "fr")
    example = first_example(page)
    send_json(page, {**example, name: value})
    assert len(page.posts) == 1
    listed = page.inner_text("#errors li")
    assert message in listed
    assert message.lower() in error_of(page, name).lower()
    assert not any(word in listed for word in ENGLISH)


def test_all_problems_of_the_fields_are_said_in_one_round(page, app_url):
    """The page knows the ranges, and says them in the words for a refusal of the server."""
    open_page(page, app_url, "fr")
    fill(page, AMOUNT, "-5")
    fill(page, WHOLE, "")
    fill(page, "EXT_SOURCE_2", "7")
    fill(page, "EXT_SOURCE_3", "x")
    decide(page)
    assert page.posts == []
    assert page.locator("#errors li").count() == 4
    assert "«\u00a0-5\u00a0» est hors des limites" in page.inner_text(f"#e-{AMOUNT}")
    assert error_of(page, "EXT_SOURCE_2").endswith("hors des limites\u00a0: de 0 à 1")
    send_json(page, {**first_example(page), AMOUNT: -5})
    assert "«\u00a0-5\u00a0» est hors des limites" in error_of(page, AMOUNT)


@pytest.mark.parametrize("text", ["0", "1000000001"])
def test_the_ends_of_a_range_are_the_server_s(page, app_url, text):
    """0 is outside "more than 0", like a thousand million and one."""
    open_page(page, app_url, "en")
    fill(page, AMOUNT, text)
    decide(page)
    said = error_of(page, AMOUNT)
    send_json(page, {**first_example(page), AMOUNT: int(text)})
    assert error_of(page, AMOUNT) == said


def test_unknown_names_and_unreadable_json_are_said_in_french(page, app_url):
    open_page(page, app_url, "fr")
    example = first_example(page)
    send_json(page, {**example, "nonsense": 1})
    assert page.inner_text("#errors li") == "nonsense\u00a0: nom inconnu, ou valeur refusée."
    page.fill("#body", '{"features":\n  {"AMT_CREDIT" 1}}')
    page.click("#tab-form")
    assert page.inner_text("#errors") == (
        "Ce n’est pas du JSON\u00a0: la ligne 2, colonne 17, n’est pas lisible."
    )


def test_the_mark_of_the_source_for_missing_is_sent(page, app_url):
    """365243 days is outside the range, and the server accepts it as "not known"."""
    open_page(page, app_url, "en")
    send_json(page, {**first_example(page), "DAYS_EMPLOYED": 365243})
    assert page.locator("#errors").is_hidden()


@pytest.mark.parametrize(
    ("language", "years", "message"),
    [
        ("en", "4.5", "Give whole years, and months from 0 to 11"),
        ("fr", "-3", "Indiquez des années entières, et de 0 à 11 mois"),
        ("en", "300", "“300 years and 0 months” is outside the allowed range: 0 to 68 years"),
    ],
)
def test_a_wrong_duration_is_said_in_years(page, app_url, language, years, message):
    open_page(page, app_url, language)
    fill(page, "DAYS_EMPLOYED", years)
    fill(page, "DAYS_EMPLOYED-months", "0")
    decide(page)
    assert error_of(page, "DAYS_EMPLOYED") == message
    for control in ("#f-DAYS_EMPLOYED", "#f-DAYS_EMPLOYED-months"):
        assert page.get_attribute(control, "aria-invalid") == "true"
