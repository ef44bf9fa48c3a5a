"""Loans of the sample are priced by a list: the rate follows hidden risk; the truth reads it."""

from itertools import product

import numpy as np
import polars as pl
import pytest

from credit_scoring.sample.distributions import distribution
from credit_scoring.sample.price_list import (
    ANNUITY_STEP,
    TERMS,
    annuity_at,
    listed_rates,
    yearly_rates,
    yield_groups,
)

RATES = [float(rate) for rate in distribution("price_list")]
IS_CASH = pl.col("NAME_CONTRACT_TYPE") == "Cash loans"
# Of credit over annuity of cash loans in the real application table.
REAL_QUOTIENTS = {0.1: 9.7, 0.25: 12.7, 0.5: 19.1, 0.75: 23.6, 0.9: 30.9, 0.99: 36.4}


@pytest.fixture(scope="module")
def cash_loans(applications):
    return applications.filter(IS_CASH & pl.col("AMT_ANNUITY").is_not_null())


@pytest.fixture(scope="module")
def earlier_cash_loans(tables):
    has_terms = pl.col("CNT_PAYMENT").is_not_null() & pl.col("AMT_ANNUITY").is_not_null()
    return tables["previous_application"].filter(IS_CASH & has_terms)


def test_the_shares_of_the_rates_add_up():
    assert sum(distribution("price_list").values()) == pytest.approx(1)


def test_an_annuity_tells_the_rate():
    rates, months = np.array(list(product(RATES, TERMS))).T
    credit = np.full(rates.size, 135_000.0)
    annuity = np.round(annuity_at(credit, rates, months) / ANNUITY_STEP) * ANNUITY_STEP
    assert (listed_rates(credit, annuity) == rates).all()


def test_no_annuity_no_rate():
    assert np.isnan(listed_rates(np.array([135_000.0]), np.array([np.nan]))).all()


def test_earlier_cash_loans_have_terms_and_rates_of_the_list(earlier_cash_loans):
    assert np.isin(earlier_cash_loans["CNT_PAYMENT"].to_numpy(), TERMS).all()
    credit, annuity, months = (
        earlier_cash_loans[name].to_numpy() for name in ("AMT_CREDIT", "AMT_ANNUITY", "CNT_PAYMENT")
    )
    rates = listed_rates(credit, annuity)
    is_exact = np.abs(annuity_at(credit, rates, months) - annuity) <= ANNUITY_STEP / 2 + 0.001
    assert is_exact.mean() > 0.98  # small annuities are rounded to another entry
    groups = yield_groups(rates)
    names = np.array(groups.labels)[groups.codes]
    assert (names == earlier_cash_loans["NAME_YIELD_GROUP"].to_numpy())[is_exact].all()


def test_credit_over_annuity_is_as_in_the_real_set(cash_loans):
    quotients = cash_loans["AMT_CREDIT"] / cash_loans["AMT_ANNUITY"]
    for probability, real in REAL_QUOTIENTS.items():
        sample = quotients.quantile(probability)
        assert sample == pytest.approx(real, rel=0.35 if probability == 0.1 else 0.25), probability


def test_hidden_risk_raises_the_rate():
    rng = np.random.default_rng(0)
    noise, frailty = rng.standard_normal((2, 20_000))
    months = np.full(20_000, 24.0)
    rates = yearly_rates(noise, frailty, months)
    assert np.corrcoef(rates, frailty)[0, 1] > 0.3
    assert (yearly_rates(noise + 0.5, frailty, months) >= rates).all()
    assert (yearly_rates(noise, frailty, months + 12) <= rates).all()


def test_dearer_loans_default_more_often(cash_loans):
    rates = listed_rates(cash_loans["AMT_CREDIT"].to_numpy(), cash_loans["AMT_ANNUITY"].to_numpy())
    probability = cash_loans["probability"].to_numpy()
    assert probability[rates > 0.5].mean() > 2 * probability[rates < 0.3].mean()


def test_revolving_loans_have_no_price(applications):
    """Their annuity is a share of the limit, and their rate is not part of the risk."""
    revolving = applications.filter(~IS_CASH & pl.col("AMT_ANNUITY").is_not_null())
    share = revolving["AMT_ANNUITY"] / revolving["AMT_CREDIT"]
    assert share.is_between(0.0499, 0.0501).all()
