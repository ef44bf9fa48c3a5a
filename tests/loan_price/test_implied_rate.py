import numpy as np
import pytest

from credit_scoring.loan_price.implied_rate import implied_rate, implied_rates
from credit_scoring.loan_price.term_model import TERMS
from tests.loan_price.price_list import annuity_of

MONTHLY = np.geomspace(1e-7, 5, 400)


@pytest.mark.parametrize("term", [1, *TERMS])
def test_the_rate_of_an_annuity_is_found_to_32_bits(term):
    annuity = annuity_of(250_000.0, MONTHLY, term)

    rates = implied_rates(np.full(len(MONTHLY), 250_000.0), annuity, term)

    np.testing.assert_allclose(rates, MONTHLY, rtol=3e-8, atol=1e-15)


@pytest.mark.parametrize("term", TERMS)
def test_one_loan_has_the_bits_of_many(term):
    rng = np.random.default_rng(term)
    principal = 10 ** rng.uniform(3, 7, 501)
    annuity = principal * 10 ** rng.uniform(-2.5, 0.5, 501)

    rates = implied_rates(principal, annuity, term)

    single = [
        implied_rate(*loan, term) for loan in zip(principal.tolist(), annuity.tolist(), strict=True)
    ]
    assert np.array(single).tobytes() == rates.tobytes()


def test_a_higher_annuity_never_has_a_lower_rate():
    annuity = np.linspace(8_334.0, 20_000.0, 100_000)

    rates = implied_rates(np.full(len(annuity), 100_000.0), annuity, 12)

    assert (np.diff(rates) >= 0).all()


@pytest.mark.parametrize(
    ("principal", "annuity"),
    [
        (1200.0, 100.0),
        (1201.0, 100.0),
        (np.nan, 100.0),
        (1000.0, np.nan),
        (0.0, 100.0),
        (-5.0, 1.0),
    ],
    ids=["no interest", "less than repaid", "no principal", "no annuity", "zero", "negative"],
)
def test_a_loan_without_interest_or_with_missing_amounts_has_no_rate(principal, annuity):
    assert np.isnan(implied_rate(principal, annuity, 12))
    assert np.isnan(implied_rates(np.array([principal]), np.array([annuity]), 12)).all()
