"""The five price features of a loan: the one definition for training and for every scoring path."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from credit_scoring.loan_price.implied_rate import Floats, implied_rate, implied_rates
from credit_scoring.loan_price.term_model import TERMS, TermModel

PRICE_FEATURES = (
    "implied_rate",
    "implied_rate_expected",
    "implied_term",
    "implied_rate_on_goods",
    "implied_total_cost",
)
PRICE_INPUTS = ("AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "NAME_CONTRACT_TYPE")
REVOLVING = "Revolving loans"  # the level of NAME_CONTRACT_TYPE without a term
BLOCK_ROWS = 4096  # the rates of a block, one per term, stay in the processor's cache
MAX_FLOAT32 = float(np.finfo(np.float32).max)
MIN_PROBABILITY = 0.001  # of a term that counts in the expected rate: few terms, few rates
MONTHS = np.array(TERMS, dtype=np.float64)

PriceColumns = dict[str, NDArray[np.float32]]


def price_columns(
    term_model: TermModel,
    *,
    credit: NDArray[np.floating],
    annuity: NDArray[np.floating],
    goods: NDArray[np.floating],
    revolving: NDArray[np.bool_],
) -> PriceColumns:
    """PRICE_FEATURES, each (n,), of loans of these amounts, each (n,); NaN is missing, in and out.

    Amounts are rounded to 32 bits, as the feature table has them. A row has the same bits whatever
    the other rows are. All five are missing for `revolving` loans and without a credit or annuity;
    `implied_rate_expected`, over terms of `MIN_PROBABILITY` or more, is missing if the payments of
    none of them exceed the credit; the others if those of the most probable term do not
    (`implied_rate_on_goods`: the price of the goods). A result too large for 32 bits is missing.
    """
    amounts = [np.asarray(a, np.float32).astype(np.float64) for a in (credit, annuity, goods)]
    has_term = ~revolving & (amounts[0] > 0)
    amounts = [np.where(has_term, amount, np.nan) for amount in amounts]
    columns = np.empty((len(PRICE_FEATURES), len(amounts[0])), np.float32)
    with np.errstate(all="ignore"):
        for start in range(0, len(amounts[0]), BLOCK_ROWS):
            rows = slice(start, start + BLOCK_ROWS)
            columns[:, rows] = _price_block(term_model, *(amount[rows] for amount in amounts))
    return dict(zip(PRICE_FEATURES, columns, strict=True))


def price_row(
    term_model: TermModel, *, credit: float, annuity: float, goods: float, revolving: bool
) -> tuple[float, ...]:
    """As `price_columns`, of one loan with amounts of 32 bits; results are not rounded yet."""
    values = _price_values(term_model, credit, annuity, goods, revolving=revolving)
    return tuple(value if value <= MAX_FLOAT32 else math.nan for value in values)


def _price_values(
    term_model: TermModel, credit: float, annuity: float, goods: float, *, revolving: bool
) -> tuple[float, ...]:
    if revolving or not (credit > 0 and annuity > 0):
        return (math.nan,) * len(PRICE_FEATURES)
    probabilities = term_model.row_probabilities(credit, annuity, goods)
    term = TERMS[probabilities.index(max(probabilities))]
    probable = {t: p for t, p in zip(TERMS, probabilities, strict=True) if p >= MIN_PROBABILITY}
    rates = {t: implied_rate(credit, annuity, t) for t in probable}
    is_known = rates[term] > 0
    return (
        rates[term],
        _expected_rate(rates.values(), probable.values()),
        float(term) if is_known else math.nan,
        implied_rate(goods, annuity, term),
        term * annuity / credit if is_known else math.nan,
    )


def _expected_rate(rates: Iterable[float], probabilities: Iterable[float]) -> float:
    """The mean of the known `rates`, weighted by the probabilities of their terms."""
    weighted = weights = 0.0
    for rate, probability in zip(rates, probabilities, strict=True):
        if rate > 0:
            weighted += rate * probability
            weights += probability
    return weighted / weights if weights else math.nan


def _price_block(term_model: TermModel, credit: Floats, annuity: Floats, goods: Floats) -> Floats:
    """PRICE_FEATURES in rows, (5, n)."""
    probabilities = term_model.probabilities(credit, annuity, goods)
    most_probable = probabilities.argmax(axis=1)
    rate, rate_on_goods, weighted, weights = np.zeros((4, len(credit)))
    for number, term in enumerate(TERMS):
        rates = implied_rates(credit, annuity, term)
        probability = probabilities[:, number]
        counts = (rates > 0) & (probability >= MIN_PROBABILITY)
        weighted += np.where(counts, rates * probability, 0.0)
        weights += np.where(counts, probability, 0.0)
        chosen = most_probable == number
        rate[chosen] = rates[chosen]
        rate_on_goods[chosen] = implied_rates(goods[chosen], annuity[chosen], term)
    months = np.where(rate > 0, MONTHS[most_probable], np.nan)
    values = [rate, weighted / weights, months, rate_on_goods, months * annuity / credit]
    return np.stack([np.where(value <= MAX_FLOAT32, value, np.nan) for value in values])
