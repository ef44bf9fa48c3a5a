"""Cash loans from a price list, whose terms can be learned from their amounts."""

import numpy as np

from credit_scoring.loan_price.fit_term_model import EarlierLoans
from credit_scoring.loan_price.term_model import TERMS

RATES = np.linspace(0.01, 0.04, len(TERMS))  # of each term: the ratio of the amounts tells it


def annuity_of(principal, rate, term):
    """The monthly payment of a loan."""
    return principal * rate / -np.expm1(-term * np.log1p(rate))


def loans_of(applicants: int, *, loans_each: int = 2, seed: int = 0) -> EarlierLoans:
    """Loans with the amounts of a price list; a tenth has no price of the goods."""
    rng = np.random.default_rng(seed)
    count = applicants * loans_each
    term = rng.integers(len(TERMS), size=count)
    credit = rng.integers(10, 200, size=count) * 5000.0
    annuity = annuity_of(credit, RATES[term], np.array(TERMS)[term]).astype(np.float32)
    goods = np.where(rng.random(count) < 0.1, np.nan, 0.9 * credit)
    applicant = np.repeat(np.arange(applicants), loans_each)
    return EarlierLoans(applicant, credit, annuity.astype(np.float64), goods, term)
