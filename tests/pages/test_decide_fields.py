"""The form asks for years instead of negative days, and sums up the computed history."""

import json

import pytest

ROUND_TRIP = """async () => {
  const {daysBefore, yearsAndMonths} = await import("./static/decide/durations.js");
  const months = Array.from({length: 1440}, (_, month) => month);
  return months.filter(month => {
    const parts = yearsAndMonths(daysBefore(Math.floor(month / 12), month % 12));
    return 12 * parts.years + parts.months !== month;
  });
}"""


def sent(page):
    page.click("#tab-json")
    features = json.loads(page.input_value("#body"))["features"]
    page.click("#tab-form")
    return features


def sentences(page, table):
    return page.inner_text(f"[data-table={table}] .sentences")


@pytest.mark.parametrize(
    ("years", "months", "days"),
    [
        ("4", "7", -1660),  # as the example has it
        ("4", "10", -1765),
        ("0", "0", 0),
        ("1", "", -365),
        ("", "6", -183),
        ("40", "0", -14610),
        ("", "", None),
    ],
)
def test_years_and_months_are_sent_as_days(page, app_url, years, months, days):
    page.goto(app_url)
    assert page.input_value("#f-DAYS_EMPLOYED") == "4"
    assert page.input_value("#f-DAYS_EMPLOYED-months") == "7"
    page.fill("#f-DAYS_EMPLOYED", years)
    page.fill("#f-DAYS_EMPLOYED-months", months)
    assert sent(page).get("DAYS_EMPLOYED") == days


def test_every_duration_is_read_back_as_it_was_written(page, app_url):
    page.goto(app_url)
    assert page.evaluate(ROUND_TRIP) == []


def test_the_days_of_a_duration_stand_next_to_it(page, app_url):
    page.goto(app_url)
    assert "1,660\u00a0days" in page.inner_text("#h-DAYS_EMPLOYED")


@pytest.mark.parametrize(
    ("language", "kind", "table", "said"),
    [
        ("en", "accepted", "previous_application", "3 earlier applications. None was refused."),
        ("en", "refused", "previous_application", "4 earlier applications. 1 was refused."),
        ("en", "accepted", "credit_card_balance", "No credit card here."),
        ("fr", "refused", "pos_cash_balance", "Un impayé dans 7,7\u00a0% des mois."),
        ("fr", "new", "bureau", "Aucun crédit connu chez un autre prêteur."),
    ],
)
def test_the_history_is_summed_up_in_sentences(page, app_url, language, kind, table, said):
    page.goto(f"{app_url}/?lang={language}")
    page.click(f".chip[data-kind={kind}]")
    assert sentences(page, table).startswith(said)


def test_a_summary_follows_its_values(page, app_url):
    page.goto(app_url)
    page.click("[data-table=previous_application] summary")
    page.fill("#f-previous_count", "1")
    page.fill("#f-previous_refused_count", "2")
    said = sentences(page, "previous_application")
    assert said.startswith("1 earlier application. 2 were refused.")
