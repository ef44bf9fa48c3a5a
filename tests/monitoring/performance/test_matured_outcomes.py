"""A day's outcomes count once they are nearly complete, or a year old."""

from datetime import date

import pytest

from credit_scoring.monitoring.performance.matured_outcomes import matured_outcomes
from tests.monitoring.scored_outcomes import day_counts

DAY = date(2026, 3, 30)
TODAY = date(2026, 10, 1)


@pytest.mark.parametrize(
    ("repaid", "default", "today", "used"),
    [
        pytest.param(18, 2, TODAY, 20, id="complete"),
        pytest.param(16, 2, TODAY, 18, id="90-percent"),
        pytest.param(0, 2, TODAY, 0, id="defaults-come-first"),
        pytest.param(9, 2, date(2027, 3, 29), 0, id="364-days-old"),
        pytest.param(9, 2, date(2027, 3, 30), 11, id="a-year-old"),
    ],
)
def test_day_matures(repaid, default, today, used):
    days = {DAY: day_counts(accepted=20, repaid=repaid, default=default)}
    outcomes = matured_outcomes(days, today)
    assert outcomes.number == used
    assert outcomes.waiting == repaid + default - used
    assert sum(day.default.sum() for day in outcomes.days) == (default if used else 0)


def test_days_add_up_by_month_in_order():
    complete = day_counts(accepted=10, repaid=9, default=1)
    days = {date(2026, 4, 1): complete, DAY: complete, date(2026, 3, 31): complete}
    months, default, repaid = matured_outcomes(days, TODAY).by_month()
    assert months == ["2026-03", "2026-04"]
    assert default.sum(axis=1).tolist() == [2, 1]
    assert repaid.sum(axis=1).tolist() == [18, 9]


def test_a_day_without_accepted_applicants_is_left_out():
    outcomes = matured_outcomes({DAY: day_counts(refused=3)}, TODAY)
    assert (outcomes.days, outcomes.number, outcomes.waiting) == ((), 0, 0)


def test_outcomes_of_refused_applicants_do_not_count():
    days = {DAY: day_counts(accepted=1, repaid=1, overridden_default=5)}
    outcomes = matured_outcomes(days, TODAY)
    assert outcomes.number == 1
    assert not outcomes.days[0].default.any()
