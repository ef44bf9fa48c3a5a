"""Number fields are read in the notation of the page's language; anything ambiguous is refused."""

import json

import pytest

AMOUNT = "AMT_CREDIT"
SIGNED_AMOUNT = "bureau_card_debt_mean"  # an amount that may be below 0
FIELD = f"#f-{AMOUNT}"


def submit(page, url, language, text, name=AMOUNT):
    """The amounts that the page sends when `text` is typed into a field and Decide is pressed."""
    amounts = []

    def note(request):
        if request.url.endswith("/predict/explain"):
            amounts.append(json.loads(request.post_data)["features"][name])

    page.on("request", note)
    page.goto(f"{url}/?lang={language}")
    page.eval_on_selector_all("details", "all => all.forEach(d => { d.open = true; })")
    page.fill(f"#f-{name}", text)
    page.click("#submit")
    page.locator("#errors:not([hidden]), #decision > *").first.wait_for()
    return amounts


@pytest.mark.parametrize(
    ("language", "text", "amount"),
    [
        ("en", "450,000", 450000),
        ("en", "450000.5", 450000.5),
        ("en", "1,450,000.25", 1450000.25),
        ("fr", "450 000,50", 450000.5),
        ("fr", "450\u202f000", 450000),
        ("fr", "450000.5", 450000.5),
    ],
)
def test_numbers_follow_the_page_language(page, app_url, language, text, amount):
    assert submit(page, app_url, language, text) == [amount]


@pytest.mark.parametrize(("language", "text"), [("en", "1,450"), ("fr", "1 450")])
@pytest.mark.parametrize("sign", ["-", "\N{MINUS SIGN}"], ids=["hyphen", "minus"])
def test_both_minus_signs_are_read(page, app_url, sign, language, text):
    """The page writes a true minus sign, a keyboard a hyphen."""
    assert submit(page, app_url, language, sign + text, SIGNED_AMOUNT) == [-1450]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "450,00"),
        ("en", "450.000"),
        ("en", "450.000,5"),
        ("fr", "450.000"),
        ("fr", "450,000"),
        ("en", "1e999"),
    ],
)
def test_ambiguous_numbers_are_refused_at_the_field(page, app_url, language, text):
    """Nothing is sent, the field is marked, and the message repeats what was typed."""
    assert submit(page, app_url, language, text) == []
    assert page.get_attribute(FIELD, "aria-invalid") == "true"
    assert text in page.inner_text("#e-AMT_CREDIT")


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", ["accepted", "close", "refused"])
def test_example_values_survive_the_form(page, app_url, language, kind):
    """Every value that the page fills in is read back unchanged, even if the field is left."""
    page.goto(f"{app_url}/?lang={language}")
    examples = json.loads(page.get_attribute("#decide-page", "data-examples"))
    (example,) = [row["features"] for row in examples if row["kind"] == kind]
    page.click(f".chip.{kind}")
    page.eval_on_selector_all(
        "#form [name]",
        "all => all.forEach(f => f.dispatchEvent(new Event('change', {bubbles: true})))",
    )
    page.click("#tab-json")
    sent = json.loads(page.input_value("#body"))["features"]
    assert sent == {name: value for name, value in example.items() if value is not None}


@pytest.mark.parametrize(("language", "shown"), [("en", "1,450,000.25"), ("fr", "1 450 000,25")])
def test_typed_numbers_get_the_separators_of_the_language(page, app_url, language, shown):
    page.goto(f"{app_url}/?lang={language}")
    page.fill(FIELD, "1450000.25")
    page.press(FIELD, "Tab")
    assert page.input_value(FIELD) == shown.replace(" ", "\u202f")
