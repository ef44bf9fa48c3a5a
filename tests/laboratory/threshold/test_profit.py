"""Costs per loan: the profit of every threshold equals what plain counting gives."""

import dataclasses

import numpy as np
import pytest

from credit_scoring.errors import SettingError
from credit_scoring.laboratory.threshold.labelled_predictions import TABLE, LabelledPredictions
from credit_scoring.laboratory.threshold.profit import (
    LoanBook,
    compute_profit_curve,
    expected_maximum_profit,
    loan_by_loan_profit,
    most_profitable_threshold,
)
from credit_scoring.loan_terms import LoanTerms


@pytest.fixture
def book(predictions):
    return LoanBook.of(predictions, LoanTerms())


def test_curve_has_realised_and_expected_profit(predictions, book, mean_profit):
    curve = compute_profit_curve(book)
    thresholds = curve["threshold"]
    realised = [mean_profit(predictions, threshold) for threshold in thresholds]
    assert curve["profit"] == pytest.approx(realised)
    probability = predictions.probability
    per_loan = (1 - probability) * predictions.margin - probability * 0.75 * predictions.exposure
    expected = [per_loan[probability < threshold].sum() / 400 for threshold in thresholds]
    assert curve["expected_profit"] == pytest.approx(expected)
    accepted = [np.mean(probability < threshold) for threshold in thresholds]
    assert curve["accepted_share"] == pytest.approx(accepted)


def test_no_threshold_earns_more(predictions, book, mean_profit):
    best = most_profitable_threshold(book, 0)
    thresholds = np.unique(predictions.probability)
    profits = [mean_profit(predictions, threshold) for threshold in thresholds]
    assert best["profit"] == pytest.approx(max(profits))
    assert best["profit"] == pytest.approx(mean_profit(predictions, best["value"]))


def test_loan_is_refused_by_its_own_costs():
    """Loans of 100: a safe one; one that risks 7.5 to earn 9; one that risks 7.5 to earn 4."""
    predictions = LabelledPredictions(
        default=np.array([0.0, 1.0, 1.0]),
        probability=np.array([0.0, 0.1, 0.1]),
        source=TABLE,
        facts={},
        exposure=np.full(3, 100.0),
        margin=np.array([5.0, 9, 4]),
    )
    profit = loan_by_loan_profit(LoanBook.of(predictions, LoanTerms()))
    assert profit["accepted_share"] == pytest.approx(2 / 3)
    assert profit["profit"] == pytest.approx((5 - 75) / 3)
    assert profit["savings"] == pytest.approx(1 - 75 / 5)  # refusing all would have cost only 5


def test_perfect_foresight_saves_everything(predictions):
    foreseen = dataclasses.replace(predictions, probability=predictions.default)
    assert loan_by_loan_profit(LoanBook.of(foreseen, LoanTerms()))["savings"] == 1


@pytest.mark.parametrize(
    "terms", [LoanTerms(), LoanTerms(roi=0.05), LoanTerms(no_loss=0.1, all_lost=0.5)]
)
def test_expected_maximum_profit_integrates_over_losses(predictions, terms):
    """For each loss the best of all thresholds, by brute force over a grid of losses."""
    default = predictions.default
    assert 0 < default.mean() < 1
    thresholds = [*np.unique(predictions.probability), 2.0]
    refusals = [predictions.probability >= threshold for threshold in thresholds]
    bad_refused = np.array([(refused & (default == 1)).mean() for refused in refusals])
    good_refused = np.array([(refused & (default == 0)).mean() for refused in refusals])

    def best_profit_and_share(loss):
        profit = loss * bad_refused - terms.roi * good_refused
        best = int(np.argmax(profit))
        return profit[best], bad_refused[best] + good_refused[best]

    losses = (np.arange(4000) + 0.5) / 4000
    partial = np.array([best_profit_and_share(loss) for loss in losses]).mean(axis=0)
    total = np.array(best_profit_and_share(1.0))
    expected = (1 - terms.no_loss - terms.all_lost) * partial + terms.all_lost * total
    computed = expected_maximum_profit(predictions, terms)
    assert computed["profit"] == pytest.approx(expected[0], rel=1e-4)
    assert computed["refused_share"] == pytest.approx(expected[1], rel=1e-2)


def test_probabilities_above_1_together_are_refused():
    message = r"no loss \(0.9\) and all lost \(0.2\) add up to more than 1"
    with pytest.raises(SettingError, match=message):
        LoanTerms(no_loss=0.9, all_lost=0.2)
