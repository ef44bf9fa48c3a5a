"""The sample's tables agree with each other."""

from itertools import pairwise

import polars as pl
import pytest


@pytest.mark.parametrize(
    "stem", ["POS_CASH_balance", "installments_payments", "credit_card_balance"]
)
def test_credits_belong_to_the_applicant_s_approved_applications(tables, stem):
    is_approved = pl.col("NAME_CONTRACT_STATUS") == "Approved"
    approved = tables["previous_application"].filter(is_approved)
    rows = tables[stem].select("SK_ID_PREV", "SK_ID_CURR").unique()
    assert rows.join(approved, on=["SK_ID_PREV", "SK_ID_CURR"], how="anti").is_empty()


def test_monthly_balances_belong_to_credits_of_the_bureau(tables):
    known = tables["bureau"].select("SK_ID_BUREAU")
    assert tables["bureau_balance"].join(known, on="SK_ID_BUREAU", how="anti").is_empty()


def test_only_cards_have_card_balances(tables):
    is_card = pl.col("NAME_CONTRACT_TYPE") == "Revolving loans"
    cards = tables["previous_application"].filter(is_card)["SK_ID_PREV"]
    assert tables["credit_card_balance"]["SK_ID_PREV"].is_in(cards.implode()).all()
    assert not tables["POS_CASH_balance"]["SK_ID_PREV"].is_in(cards.implode()).any()


def test_pensioners_do_not_have_an_employer(applications):
    idle = applications["DAYS_EMPLOYED"] == 365_243
    assert 0.14 < idle.mean() < 0.22
    assert ((applications["ORGANIZATION_TYPE"] == "XNA") == idle).all()
    employed = applications.filter(~idle)
    assert (employed["DAYS_EMPLOYED"] > employed["DAYS_BIRTH"]).all()


def test_only_refused_applications_have_a_reason(tables):
    rows = tables["previous_application"]
    refused = rows["NAME_CONTRACT_STATUS"].is_in(["Refused", "Unused offer"])
    assert ((rows["CODE_REJECT_REASON"] == "XAP") == ~refused).all()


def test_an_annuity_repays_its_credit_over_its_term(tables):
    loans = tables["previous_application"].filter(
        (pl.col("CNT_PAYMENT") > 0) & (pl.col("NAME_CONTRACT_STATUS") == "Approved")
    )
    paid = loans["AMT_ANNUITY"] * loans["CNT_PAYMENT"] / loans["AMT_CREDIT"]
    assert (paid >= 1).all()
    assert paid.median() < 1.6


def test_the_days_of_a_loan_are_in_order(tables):
    loans = tables["previous_application"].filter(pl.col("NAME_CONTRACT_TYPE") != "Revolving loans")
    days = ["DAYS_DECISION", "DAYS_FIRST_DUE", "DAYS_LAST_DUE", "DAYS_TERMINATION"]
    for earlier, later in pairwise(days):
        assert (loans[earlier] <= loans[later]).drop_nulls().all(), later


@pytest.mark.parametrize(
    ("stem", "key"), [("bureau_balance", "SK_ID_BUREAU"), ("POS_CASH_balance", "SK_ID_PREV")]
)
def test_monthly_balances_have_consecutive_months(tables, stem, key):
    month = pl.col("MONTHS_BALANCE")
    credits_ = tables[stem].group_by(key).agg(span=month.max() - month.min() + 1, rows=pl.len())
    assert (credits_["span"] == credits_["rows"]).all()


def test_a_card_s_balance_stays_within_its_limit(tables):
    cards = tables["credit_card_balance"]
    assert (cards["AMT_BALANCE"] <= 1.02 * cards["AMT_CREDIT_LIMIT_ACTUAL"]).all()


def test_payments_precede_the_application(tables):
    """By at most about ten years."""
    days = tables["installments_payments"]["DAYS_ENTRY_PAYMENT"].drop_nulls()
    assert days.is_between(-3660, -1).all()
