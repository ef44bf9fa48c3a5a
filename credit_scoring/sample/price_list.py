"""The price list of cash loans: terms in steps of six months, interest rates by the risk.

The lender knows more about an applicant than the tables say: hidden risk, from the frailty and from
a part of its own. It sets the rate, so the price of a loan carries the hidden risk.
"""

from functools import cache

import numpy as np

from credit_scoring.sample.columns import Floats, TextColumn
from credit_scoring.sample.distributions import distribution
from credit_scoring.sample.random_draws import normal_cdf

TERMS = np.arange(6, 61, 6)  # months
ANNUITY_STEP = 4.5  # currency, to which the annuity of a cash loan is rounded
RISK_LOADING = 0.4  # correlation of the hidden risk with the frailty
USUAL_TERM = 25.0  # months
TERM_EFFECT = 0.015  # standard deviations of the price, per month that the loan is shorter
PRICE_SPREAD = 1.02  # standard deviation of the price: hidden risk and effect of the term
YIELD_GROUPS = {  # yearly rates from which
    "low_action": 0.0,
    "low_normal": 0.21,
    "middle": 0.32,
    "high": 0.52,
}


def yearly_rates(noise: Floats, frailty: Floats, months: Floats) -> Floats:
    """The list's yearly rate of each loan over `months`: the higher the hidden risk, the higher.

    `noise` is a standard normal draw per loan: the hidden risk that is not frailty.
    """
    risk = RISK_LOADING * frailty + np.sqrt(1 - RISK_LOADING**2) * noise
    price = (risk + TERM_EFFECT * (USUAL_TERM - months)) / PRICE_SPREAD
    shares = np.array(list(distribution("price_list").values()))
    return _rates()[np.searchsorted(np.cumsum(shares)[:-1], normal_cdf(price))]


def yield_groups(rates: Floats) -> TextColumn:
    """What the lender calls each yearly rate, from "low_action" to "high"."""
    limits = list(YIELD_GROUPS.values())
    return TextColumn(np.digitize(rates, limits) - 1, tuple(YIELD_GROUPS))


def annuity_at(credit: Floats, rates: Floats, months: Floats) -> Floats:
    """The monthly annuity that repays `credit` over `months` at the yearly `rates`."""
    return np.asarray(credit / _credit_per_annuity(rates, months))


def listed_rates(credit: Floats, annuity: Floats) -> Floats:
    """The yearly rate of the list's entry whose credit over annuity is nearest; NaN if unknown."""
    quotients, rates = _entries()
    quotient = credit / annuity
    nearest = np.searchsorted((quotients[1:] + quotients[:-1]) / 2, quotient)
    return np.where(np.isnan(quotient), np.nan, rates[nearest])


def _credit_per_annuity(rates: Floats, months: Floats) -> Floats:
    """Credit over annuity: (1 - (1 + r)^-T) / r with the monthly rate r."""
    return np.asarray((1 - (1 + rates / 12) ** -months) / (rates / 12))


@cache
def _rates() -> Floats:
    return np.array([float(rate) for rate in distribution("price_list")])


@cache
def _entries() -> tuple[Floats, Floats]:
    """Credit over annuity of every entry of the list, ascending, and its yearly rate."""
    rates = np.repeat(_rates(), TERMS.size)
    quotients = _credit_per_annuity(rates, np.tile(TERMS, _rates().size))
    order = np.argsort(quotients)
    return quotients[order], rates[order]
