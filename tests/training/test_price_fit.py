from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from credit_scoring.features.definitions.loan_price import loan_price_features
from credit_scoring.features.feature import Feature
from credit_scoring.features.loan_amounts import LoanAmounts
from credit_scoring.loan_price.fit_term_model import FittedTerms, fit_term_model
from credit_scoring.loan_price.price_features import PRICE_FEATURES, price_columns
from credit_scoring.training import price_fit
from credit_scoring.training.cross_validation import LearningTask, predict_held_out
from credit_scoring.training.metrics import Costs
from credit_scoring.training.parallel import ignore_progress
from credit_scoring.training.price_fit import PriceFacts, PriceFit
from tests.loan_price.price_list import loans_of

LABELLED = 300  # of 400 applicants with two earlier loans each
LOANS = loans_of(400)
TERMS = FittedTerms(fit_term_model(LOANS, 0), LOANS, 0.97, 0)


@pytest.fixture
def price():
    """A fit whose first 300 applicants are labelled, each applying for their first loan again."""
    own = LOANS[np.arange(0, 2 * LABELLED, 2)]
    amounts = LoanAmounts(
        credit=own.credit, annuity=own.annuity, goods=own.goods, revolving=np.zeros(LABELLED, bool)
    )
    return PriceFit(TERMS, own.applicant, own.applicant, amounts)


@pytest.fixture
def fitted_on(monkeypatch):
    """The applicants whose loans each fit of a term model used, in the order of the fits."""
    fits = []

    def fit(loans, seed):
        fits.append(set(loans.applicant.tolist()))
        return fit_term_model(loans, seed)

    monkeypatch.setattr(price_fit, "fit_term_model", fit)
    return fits


def make_priced_task(price):
    """Applicants whose risk rises with the rate of their loan."""
    columns = price_columns(TERMS.model, **price.amounts)
    rate = np.nan_to_num(columns["implied_rate"])
    default = np.random.default_rng(0).random(LABELLED) < 10 * rate
    features = pl.DataFrame({"noise": np.arange(LABELLED) % 7, **columns})
    noise = Feature("noise", "application", "noise")
    catalogue = [noise, *loan_price_features().values()]
    return LearningTask(features, default.astype(np.int8), catalogue, Costs(), 0, price=price)


def test_a_refit_uses_the_loans_of_its_rows_and_of_unlabelled_applicants(price, fitted_on):
    price.columns(np.arange(0, 300, 3))

    assert fitted_on == [{*range(0, 300, 3), *range(300, 400)}]


def test_rows_of_a_sample_use_no_loan_of_other_labelled_applicants(price, fitted_on):
    price.of_rows(np.arange(100, 200)).columns(np.arange(10))

    assert fitted_on == [{*range(100, 110), *range(300, 400)}]


def test_a_refit_gives_the_columns_of_its_term_model(price):
    rows = np.arange(150)

    columns = price.columns(rows)

    model = fit_term_model(LOANS.without_applicants(np.arange(150, 300)), 0)
    expected = price_columns(model, **price.amounts)
    for name in PRICE_FEATURES:
        np.testing.assert_array_equal(columns[name].to_numpy(), expected[name])


def test_the_same_rows_are_fitted_once(price, fitted_on):
    for _ in range(2):
        price.columns(np.arange(50))

    assert len(fitted_on) == 1


def test_held_out_predictions_use_a_term_model_without_the_loans_of_those_judged(price, fitted_on):
    task = make_priced_task(price)

    predict_held_out(
        task,
        (np.arange(200), np.arange(200, 300)),
        [["implied_rate"]] * task.n_boosters,
        ignore_progress,
    )

    assert fitted_on == [{*range(200), *range(300, 400)}]


def test_a_task_without_fitted_features_is_not_refitted(price, fitted_on):
    task = make_priced_task(price).with_features(["noise"])

    assert task.refitted(np.arange(50)) is task
    assert replace(task, price=None).refitted(np.arange(50)) is not None
    assert fitted_on == []


def test_facts_are_the_accuracy_the_loans_and_the_share_with_a_rate(price):
    price.amounts["revolving"][:30] = True

    facts = price.facts()

    assert facts == PriceFacts(accuracy=0.97, loans=800, applicants_with_rate=0.9)
    assert "97.0% of the terms of applicants left out exact" in facts.note
