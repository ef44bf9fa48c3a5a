import warnings

import numpy as np
import pytest

from credit_scoring.loan_price.fit_term_model import fit_term_model
from credit_scoring.loan_price.price_features import (
    BLOCK_ROWS,
    PRICE_FEATURES,
    price_columns,
    price_row,
)
from credit_scoring.loan_price.term_model import TERMS
from tests.loan_price.price_list import RATES, loans_of

LOANS = loans_of(1500)
MODEL = fit_term_model(LOANS, seed=0)


def columns_of(credit, annuity, goods, revolving=None):
    revolving = np.zeros(len(credit), bool) if revolving is None else revolving
    return price_columns(MODEL, credit=credit, annuity=annuity, goods=goods, revolving=revolving)


def test_the_rate_and_term_of_the_price_list_are_recovered():
    columns = columns_of(LOANS.credit, LOANS.annuity, LOANS.goods)

    exact = columns["implied_term"] == np.array(TERMS)[LOANS.term]
    assert exact.mean() > 0.95
    expected = RATES[LOANS.term][exact]
    np.testing.assert_allclose(columns["implied_rate"][exact], expected, rtol=1e-4)
    np.testing.assert_allclose(
        np.median(columns["implied_rate_expected"][exact] / expected), 1, 0.01
    )


def test_total_cost_and_the_rate_on_goods_follow_from_the_term():
    columns = columns_of(np.array([100_000.0]), np.array([10_000.0]), np.array([90_000.0]))

    term = columns["implied_term"][0]
    assert columns["implied_total_cost"][0] == np.float32(term * 10_000 / 100_000)
    assert columns["implied_rate_on_goods"][0] > columns["implied_rate"][0]


@pytest.mark.parametrize(
    ("changed", "present"),
    [
        ({"revolving": np.array([True])}, set()),
        ({"credit": np.array([np.nan])}, set()),
        ({"annuity": np.array([np.nan])}, set()),
        ({"goods": np.array([np.nan])}, set(PRICE_FEATURES) - {"implied_rate_on_goods"}),
        ({"annuity": np.array([1.0])}, set()),
    ],
    ids=["revolving", "no credit", "no annuity", "no goods", "payments below the credit"],
)
def test_features_are_missing_without_what_they_need(changed, present):
    loan = {
        "credit": np.array([100_000.0]),
        "annuity": np.array([10_000.0]),
        "goods": np.array([90_000.0]),
    }

    columns = columns_of(**{**loan, **changed})

    assert {name for name, values in columns.items() if not np.isnan(values[0])} <= present


def test_one_row_a_block_and_floats_give_the_same_bits():
    credit, annuity, goods, revolving = random_loans(BLOCK_ROWS + 100)
    columns = columns_of(credit, annuity, goods, revolving)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for row in (*range(400), BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 99):
            part = slice(row, row + 1)
            alone = columns_of(credit[part], annuity[part], goods[part], revolving[part])
            floats = price_row(
                MODEL, credit=float(credit[row]), annuity=float(annuity[row]),
                goods=float(goods[row]), revolving=bool(revolving[row]),
            )  # fmt: skip
            for name, value in zip(PRICE_FEATURES, floats, strict=True):
                many = columns[name][part]
                assert alone[name].tobytes() == many.tobytes()
                np.testing.assert_array_equal(np.array([value], np.float32), many)


def random_loans(count):
    """Amounts of 32 bits, a tenth missing or zero, and whether each loan is revolving."""
    rng = np.random.default_rng(1)
    credit = (10 ** rng.uniform(4, 6, count)).astype(np.float32)
    annuity = credit * rng.uniform(0.01, 0.3, count).astype(np.float32)
    goods = credit * rng.uniform(0.7, 1.2, count).astype(np.float32)
    for amounts in (credit, annuity, goods):
        amounts[rng.random(count) < 0.05] = np.nan
    goods[rng.random(count) < 0.05] = 0
    return credit, annuity, goods, rng.random(count) < 0.05


def test_no_rows_give_empty_columns():
    empty = np.empty(0)

    assert [len(values) for values in columns_of(empty, empty, empty).values()] == [0] * 5
