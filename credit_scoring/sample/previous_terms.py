"""Terms of earlier applications: amounts, number of payments, interest."""

import numpy as np
from numpy.random import Generator

from credit_scoring.sample.columns import (
    Columns,
    Flags,
    Floats,
    TextColumn,
    round_to_step,
    with_missing,
)
from credit_scoring.sample.distributions import distribution
from credit_scoring.sample.price_list import ANNUITY_STEP, annuity_at, yearly_rates, yield_groups
from credit_scoring.sample.random_draws import (
    bernoulli,
    draw_column_by,
    draw_log_normal,
    draw_numbers,
)

CARD_LIMIT_STEP = 45_000  # currency; also the lowest limit


def draw_terms(
    rng: Generator, income: Floats, frailty: Floats, columns: Columns, ended_early: Flags
) -> Columns:
    """Amounts, term and interest; missing on the rows `ended_early`, before the terms were set.

    `income` and `frailty` are the applicant's, per application.
    """
    size = income.size
    loan_type = columns["NAME_CONTRACT_TYPE"]
    status = columns["NAME_CONTRACT_STATUS"]
    revolving = loan_type.is_in("Revolving loans", "XNA")
    consumer = loan_type.is_in("Consumer loans")
    yield_group = draw_column_by(rng, "previous", "yield", loan_type)
    payments = _payment_counts(rng, loan_type)
    requested, credit, down_payment = _amounts(rng, income, columns, payments)
    cash = loan_type.is_in("Cash loans")
    rates, yield_group = _rates(rng, frailty, yield_group, cash, payments)
    annuity = annuity_at(credit, rates, np.maximum(payments, 1))
    annuity = np.where(cash, round_to_step(annuity, ANNUITY_STEP), annuity)
    annuity = np.where(revolving, credit / 20, annuity)
    refused = status.is_in("Refused") & bernoulli(rng, 0.11, size)
    unset = ended_early | status.is_in("Unused offer") | refused
    down_share = np.divide(down_payment, requested, out=np.zeros(size), where=requested > 0)
    no_down = ~consumer & bernoulli(rng, np.where(revolving, 0.99, 0.89), size)
    no_down |= ended_early
    no_price = revolving & (requested == 0) & bernoulli(rng, 0.75, size)
    return {
        "AMT_APPLICATION": np.where(ended_early, 0, requested),
        "AMT_CREDIT": np.where(ended_early, 0, credit),
        "AMT_ANNUITY": with_missing(np.round(annuity, 3), unset),
        "AMT_GOODS_PRICE": with_missing(requested, ended_early | no_price),
        "AMT_DOWN_PAYMENT": with_missing(down_payment, no_down),
        "RATE_DOWN_PAYMENT": with_missing(np.round(down_share * 0.99, 6), no_down),
        "CNT_PAYMENT": with_missing(payments, unset),
        "NAME_YIELD_GROUP": yield_group.replace_where(unset, "XNA"),
    } | _interest_rates(rng, consumer & ~unset)


def _payment_counts(rng: Generator, loan_type: TextColumn) -> Floats:
    """The number of payments, by the type of the loan."""
    payments = np.zeros(loan_type.codes.size)
    for code, label in enumerate(loan_type.labels):
        rows = loan_type.codes == code
        weights = distribution("previous", "terms", label)
        payments[rows] = draw_numbers(rng, weights, int(rows.sum()))
    return payments


def _amounts(
    rng: Generator, income: Floats, columns: Columns, payments: Floats
) -> tuple[Floats, Floats, Floats]:
    """The amount requested, the credit and the down payment.

    Half of the cards were requested without an amount.
    """
    size = income.size
    revolving = columns["NAME_CONTRACT_TYPE"].is_in("Revolving loans", "XNA")
    consumer = columns["NAME_CONTRACT_TYPE"].is_in("Consumer loans")
    price = _price(rng, income, columns, payments)
    pays_down = consumer & bernoulli(rng, 0.5, size)
    down_payment = np.where(pays_down, round_to_step(price * rng.beta(1.6, 9, size), 4.5), 0)
    consumer_extras = 1 + 0.14 * rng.beta(0.6, 1.2, size)
    extras = np.where(consumer, consumer_extras, 1 + 0.3 * rng.beta(1, 1.6, size))
    limit = _card_limit(rng, income)
    credit = np.where(revolving, limit, round_to_step((price - down_payment) * extras, 4.5))
    without_amount = revolving & bernoulli(rng, 0.5, size)
    requested = np.where(without_amount, 0, np.where(revolving, credit, price))
    return requested, credit, down_payment


def _price(rng: Generator, income: Floats, columns: Columns, payments: Floats) -> Floats:
    """The amount applied for: about 70,000 for goods, 230,000 in cash; more with longer terms."""
    consumer = columns["NAME_CONTRACT_TYPE"].is_in("Consumer loans")
    refused = columns["NAME_CONTRACT_STATUS"].is_in("Refused")
    goods = 70_000 * (np.maximum(payments, 4) / 11) ** 0.5
    median = np.where(consumer, goods, 215_000 * (payments / 20) ** 0.9)
    median = median * (income / 146_000) ** 0.4 * np.where(refused, 1.3, 1)
    spread = np.where(consumer, 0.65, 0.72)
    amount = draw_log_normal(rng, np.maximum(median, 1), spread, income.size)
    rounded = np.where(consumer, round_to_step(amount, 4.5), round_to_step(amount, 4500))
    return np.clip(rounded, 9000, 3_150_000)


def _card_limit(rng: Generator, income: Floats) -> Floats:
    """Credit limit of a card, in multiples of CARD_LIMIT_STEP."""
    median = 160_000 * (income / 146_000) ** 0.6
    limit = draw_log_normal(rng, median, 0.75, income.size)
    return np.clip(round_to_step(limit, CARD_LIMIT_STEP), CARD_LIMIT_STEP, 9e5)


def _rates(
    rng: Generator, frailty: Floats, yield_group: TextColumn, cash: Flags, payments: Floats
) -> tuple[Floats, TextColumn]:
    """Yearly rates, and the yield groups, which follow the price list for `cash` loans."""
    noise = rng.standard_normal(frailty.size)
    group_rates = yield_group.map_labels(distribution("previous", "rates"))
    rates = np.where(
        cash, yearly_rates(noise, frailty, payments), group_rates * np.exp(0.15 * noise)
    )
    cash_groups = yield_groups(rates)
    for label in cash_groups.labels:
        yield_group = yield_group.replace_where(cash & cash_groups.is_in(label), label)
    return rates, yield_group


def _interest_rates(rng: Generator, eligible: Flags) -> Columns:
    """The two normalised interest rates, known for one `eligible` consumer loan in a hundred."""
    size = eligible.size
    missing = ~eligible | ~bernoulli(rng, 0.0085, size)
    primary = rng.choice([0.142443, 0.189122, 0.189136, 0.196914, 0.6], size)
    privileged = rng.choice([0.637949, 0.715645, 0.8351, 0.867336], size)
    return {
        "RATE_INTEREST_PRIMARY": with_missing(np.round(primary, 6), missing),
        "RATE_INTEREST_PRIVILEGED": with_missing(np.round(privileged, 6), missing),
    }
