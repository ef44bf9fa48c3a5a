"""Advice holds the price of the loan: the implied rate is a sawtooth in the amount."""

import numpy as np
import pytest

from credit_scoring.loan_price.price_features import PRICE_FEATURES
from credit_scoring.scoring.counterfactual import CounterfactualSearch
from credit_scoring.scoring.scorer import Scorer
from tests.priced_bundle import CONTRACT_TYPE, LOAN_AMOUNTS, REVOLVING, priced_bundle, requests

STEPS = np.linspace(1, 0.5, 501)  # of the amount: a tenth of a per cent each


@pytest.fixture(scope="module")
def priced_scorer():
    return Scorer(priced_bundle())


@pytest.fixture(scope="module")
def applicant(priced_scorer):
    """An applicant with all amounts and a rate."""
    place = list(priced_scorer.model_columns).index("implied_rate")
    return next(
        inputs
        for inputs in requests(100)
        if all(inputs[name] for name in LOAN_AMOUNTS)
        and not np.isnan(priced_scorer.row(inputs)[place])
    )


def smaller_loans(applicant):
    """The loan of the applicant in small steps of the amount, in round sums like a suggestion's."""
    return [
        {**applicant, **{name: float(f"{applicant[name] * step:.3g}") for name in LOAN_AMOUNTS}}
        for step in STEPS
    ]


def price_of(scorer, rows):
    return rows[:, [list(scorer.model_columns).index(name) for name in PRICE_FEATURES]]


def test_a_walk_over_the_amount_finds_jumps_of_the_rate_unless_the_price_is_held(
    priced_scorer, applicant
):
    loans = smaller_loans(applicant)
    assert len(np.unique(price_of(priced_scorer, priced_scorer.matrix(loans))[:, 0])) > 10
    held = price_of(priced_scorer, priced_scorer.matrix_at_price(loans, applicant))
    np.testing.assert_array_equal(held, np.tile(held[0], (len(loans), 1)))


def test_a_walk_over_the_amount_finds_no_jump_in_the_advice(priced_scorer, applicant):
    """A step moves the probability at most as much as the amounts do at a known price."""
    loans = smaller_loans(applicant)
    jumps = {
        name: np.abs(np.diff([decision.probability for decision in decisions])).max()
        for name, decisions in {
            "held": priced_scorer.score_changes(loans, applicant),
            "not held": priced_scorer.score_all(loans),
        }.items()
    }
    assert jumps["held"] < 0.05
    assert jumps["held"] <= jumps["not held"]


def test_no_change_is_the_decision_of_the_application(priced_scorer, applicant):
    assert priced_scorer.score_changes([applicant], applicant) == [priced_scorer.score(applicant)]


def test_suggestions_are_accepted_at_the_price_of_the_application_and_anew(priced_scorer):
    search = CounterfactualSearch(priced_scorer)
    suggested = 0
    for inputs in requests(100):
        for suggestion in search.search(inputs, priced_scorer.score(inputs)).suggestions:
            changed = {**inputs, **suggestion.features}
            assert [suggestion.decision] == priced_scorer.score_changes([changed], inputs)
            assert not suggestion.decision.score
            assert not priced_scorer.score(changed).score
            suggested += 1
            endings = (", at the same interest rate.", ", au même taux.")
            assert all(map(str.endswith, suggestion.text.values(), endings))
    assert suggested


def test_a_loan_without_a_price_keeps_no_interest_rate(priced_scorer, applicant):
    assert priced_scorer.has_price(applicant)
    assert not priced_scorer.has_price({**applicant, CONTRACT_TYPE: REVOLVING})
