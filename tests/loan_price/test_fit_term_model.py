from dataclasses import replace

import numpy as np
import polars as pl

from credit_scoring.loan_price import fit_term_model as fitting
from credit_scoring.loan_price.fit_term_model import (
    MIN_ACCURACY,
    earlier_loans,
    fit_term_model,
    fit_terms,
    left_out_accuracy,
)
from tests.loan_price.price_list import loans_of

CASH, CONSUMER = 0, 1  # codes of NAME_CONTRACT_TYPE


def previous_application(**columns):
    row = {
        "SK_ID_CURR": 7, "NAME_CONTRACT_TYPE": CASH, "AMT_CREDIT": 1000.0, "AMT_ANNUITY": 100.0,
        "AMT_GOODS_PRICE": 900.0, "CNT_PAYMENT": 12.0,
    }  # fmt: skip
    rows = max(len(values) for values in columns.values())
    return pl.LazyFrame({name: columns.get(name, [value] * rows) for name, value in row.items()})


def test_cash_loans_with_amounts_and_a_usual_term_are_taken():
    table = previous_application(
        NAME_CONTRACT_TYPE=[CASH, CONSUMER, CASH, CASH, CASH],
        AMT_CREDIT=[1000.0, 1000.0, 0.0, 2000.0, 3000.0],
        AMT_ANNUITY=[100.0, 100.0, 100.0, None, 300.0],
        AMT_GOODS_PRICE=[900.0, 900.0, 900.0, 900.0, None],
    )

    loans = earlier_loans(table)

    assert loans.credit.tolist() == [1000.0, 3000.0]
    np.testing.assert_array_equal(loans.goods, [900.0, np.nan])
    assert loans.applicant.tolist() == [7, 7]


def test_terms_within_half_a_month_of_the_price_list_are_taken():
    terms = [5.0, 5.5, 6.0, 6.5, 7.0, 11.6, 60.5, 61.0, 66.0, 0.0, None]

    loans = earlier_loans(previous_application(CNT_PAYMENT=terms))

    assert sorted(loans.term.tolist()) == [0, 0, 0, 1, 9]


def test_the_order_of_the_file_does_not_matter():
    table = previous_application(CNT_PAYMENT=[12.0, 24.0, 36.0], AMT_CREDIT=[900.0, 800.0, 700.0])

    loans, reversed_loans = earlier_loans(table), earlier_loans(table.reverse())

    assert loans.credit.tolist() == reversed_loans.credit.tolist()


def test_most_terms_of_left_out_applicants_are_exact_on_a_price_list():
    assert left_out_accuracy(loans_of(1500), seed=0) > 0.9


def test_terms_that_the_amounts_do_not_tell_are_not_learned():
    loans = loans_of(600)
    shuffled = np.random.default_rng(0).permutation(loans.term)

    assert left_out_accuracy(fitting.EarlierLoans(**{**vars(loans), "term": shuffled}), 0) < 0.3


def test_a_term_without_loans_is_never_the_most_probable():
    loans = loans_of(600)
    some = loans[loans.term != 8]

    probabilities = fit_term_model(some, 0).probabilities(loans.credit, loans.annuity, loans.goods)

    assert (probabilities.argmax(axis=1) != 8).all()


def test_loans_of_some_applicants_are_left_out():
    loans = loans_of(4)

    assert set(loans.without_applicants(np.array([1, 3])).applicant.tolist()) == {0, 2}


def table_of(loans):
    """A table of previous applications with these loans."""
    months = 6.0 * (loans.term + 1)
    return previous_application(
        SK_ID_CURR=loans.applicant, AMT_CREDIT=loans.credit, AMT_ANNUITY=loans.annuity,
        AMT_GOODS_PRICE=pl.Series(loans.goods, nan_to_null=True), CNT_PAYMENT=months,
    )  # fmt: skip


def test_the_fit_of_a_price_list_says_its_accuracy():
    fit = fit_terms({"previous_application": table_of(loans_of(600))}, 0)

    assert fit is not None
    assert fit.accuracy > MIN_ACCURACY
    assert len(fit.loans) == 1200


def test_terms_that_cannot_be_told_are_left_out_with_a_warning(caplog):
    loans = loans_of(600)
    term = np.random.default_rng(0).permutation(loans.term)

    fit = fit_terms({"previous_application": table_of(replace(loans, term=term))}, 0)

    assert fit is None
    assert "the features of the loan's price are left out: the terms of 1200" in caplog.text


def test_a_few_applicants_are_not_enough(caplog):
    fit = fit_terms({"previous_application": table_of(loans_of(50))}, 0)

    assert fit is None
    assert "of 50 applicants" in caplog.text


def test_tables_without_earlier_applications_have_no_term_model(caplog):
    assert fit_terms({}, 0) is None
    assert not caplog.text


def test_the_seed_draws_the_loans_of_a_large_table(monkeypatch):
    monkeypatch.setattr(fitting, "MAX_LOANS", 500)
    table = table_of(loans_of(600))

    loans = earlier_loans(table, 1)

    assert len(loans) == 500
    assert loans.credit.tolist() == earlier_loans(table, 1).credit.tolist()
    assert loans.credit.tolist() != earlier_loans(table, 2).credit.tolist()
