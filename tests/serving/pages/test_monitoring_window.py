"""The window of the monitoring page if only its last day was typed."""

from datetime import date

import pytest

from credit_scoring.serving.pages.monitoring.window import FIRST_DAY, Choice

TODAY = date(2026, 5, 3)


@pytest.mark.parametrize(
    ("until", "since"),
    [("2026-03-31", date(2026, 1, 1)), ("1971-01-05", FIRST_DAY), ("1971-01-01", FIRST_DAY)],
)
def test_window_before_a_last_day_has_90_days_at_most(until, since):
    choice = Choice.of({"until": until}, TODAY)
    assert (choice.since, choice.until) == (since, date.fromisoformat(until))
    assert choice.errors == {}


@pytest.mark.parametrize("until", ["0001-01-01", "0001-02-01", "1970-12-31", "9999-12-31"])
def test_last_day_out_of_range_is_refused(until):
    assert Choice.of({"until": until}, TODAY).errors["until"] == "out_of_range"
