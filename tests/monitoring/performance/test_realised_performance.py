"""Realised performance by month: counted as the decision log is, with what is still due."""

import json
from datetime import date

import numpy as np
import pytest

from credit_scoring.confidence_interval import wilson_interval
from credit_scoring.monitoring.counts_matrix import CountsMatrix
from credit_scoring.monitoring.performance.realised_performance import performance_report
from tests.monitoring.scored_outcomes import counts_of, day_counts, draw_accepted, draw_outcomes

COST = 10.0


def report(days):
    return performance_report(CountsMatrix.of(days).by_month(), COST)


def test_months_and_total_count_decisions_by_their_day():
    days = {
        date(2026, 3, 31): day_counts(accepted=40, refused=9, repaid=30, default=2),
        date(2026, 4, 1): day_counts(accepted=50, repaid=5, default=3),
        date(2026, 4, 30): day_counts(accepted=10),
    }
    result = report(days)
    assert [month.period for month in result.months] == ["2026-03", "2026-04"]
    assert [month.accepted for month in result.months] == [40, 60]
    assert [month.outcomes for month in result.months] == [32, 8]
    assert [month.due for month in result.months] == [8, 52]
    assert (result.total.accepted, result.total.defaults, result.total.due) == (100, 5, 60)


def test_rate_and_cost_are_per_known_outcome():
    month = report({date(2026, 3, 1): day_counts(accepted=100, repaid=76, default=4)}).months[0]
    assert month.default_rate.value == 0.05
    assert (month.default_rate.low, month.default_rate.high) == wilson_interval(0.05, 80)
    assert month.lowest_default_rate == 0.04
    assert month.cost_per_accepted.value == pytest.approx(0.5)
    assert month.cost_per_accepted.high == pytest.approx(10 * wilson_interval(0.05, 80)[1])
    probability = 1 / (1 + np.exp(3.05))  # the middle of bin 50
    assert month.expected_defaults == pytest.approx(80 * probability)
    assert month.expected_cost_per_accepted == pytest.approx(10 * probability)
    assert (month.auc, month.expected_auc, month.calibration_slope) == (None, None, None)


def test_figures_of_a_calibrated_model_hold_what_is_expected():
    rng = np.random.default_rng(0)
    probability = draw_accepted(rng, 20_000)
    counts = counts_of(probability, draw_outcomes(rng, probability))
    total = report({date(2026, 3, 1): counts}).total
    assert total.auc.low <= total.expected_auc <= total.auc.high
    assert total.auc.value < 0.75  # among all applicants it is 0.78
    assert total.calibration_slope.low <= 1 <= total.calibration_slope.high
    assert total.calibration_intercept.low <= 0 <= total.calibration_intercept.high
    assert total.log_odds_shift.low <= 0 <= total.log_odds_shift.high
    assert total.cost_per_accepted.low <= total.expected_cost_per_accepted
    assert total.expected_cost_per_accepted <= total.cost_per_accepted.high


def test_overridden_refusals_are_counted_apart():
    day = day_counts(accepted=10, repaid=10, overridden_default=3)
    total = report({date(2026, 3, 1): day}).total
    assert (total.outcomes, total.defaults) == (10, 0)
    assert (total.overridden.outcomes, total.overridden.defaults) == (3, 3)
    assert total.overridden.expected_defaults == pytest.approx(3 / (1 + np.exp(1.05)))


def test_notes_say_what_the_figures_leave_out():
    complete = day_counts(accepted=10, repaid=10)
    young = day_counts(accepted=10, default=2, overridden_default=1)
    notes = report({date(2026, 3, 1): complete}).notes
    assert [note.text().partition(",")[0] for note in notes] == [
        "Refused applicants have no outcome"
    ]
    notes = report({date(2026, 3, 1): complete, date(2026, 4, 1): young}).notes
    assert notes[1].text().startswith("Due: ")
    assert (
        notes[2]
        .text()
        .startswith("Outcomes are incomplete in 2026-04. Defaults are usually reported")
    )
    assert notes[3].text().startswith("Outcomes of applicants whom the model refused (1)")


@pytest.mark.parametrize("days", [{}, {date(2026, 3, 1): day_counts(accepted=5)}])
def test_no_outcomes_have_no_figures(days):
    total = report(days).total
    assert total.outcomes == 0
    assert (total.default_rate, total.cost_per_accepted, total.auc) == (None, None, None)
    assert not total.incomplete


def test_report_is_json():
    days = {date(2026, 3, 1): day_counts(accepted=100, repaid=76, default=14)}
    values = json.loads(json.dumps(report(days).as_dict(), allow_nan=False))
    assert values["months"][0]["due"] == 10
    assert values["months"][0]["cost_per_accepted"]["value"] == pytest.approx(14 / 9)
    assert values["total"]["known_share"] == 0.9
