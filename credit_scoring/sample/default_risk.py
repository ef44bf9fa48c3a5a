"""The true risk: the log-odds of default as a weighted sum of components of the tables.

docs/sample.md describes it. Every component is a mean, a share or a ratio of sums of generated
columns, so that the usual aggregates recover it. No sensitive attribute enters.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from credit_scoring.sample.columns import DAYS_PER_YEAR, Columns, Flags, Floats, Ints, sum_by_owner
from credit_scoring.sample.price_list import listed_rates
from credit_scoring.sample.random_draws import logistic

INTERCEPT = -3.36
LAST_YEAR = 365  # days
MAX_STANDARDISED = 4  # standardised values are clipped to ± this


Tables = Mapping[str, Columns]


class Component(NamedTuple):
    """A measured value, standardised as (value - centre) / scale, clipped, times `weight`."""

    measure: Callable[[Tables, Ints], Floats]
    centre: float
    scale: float
    weight: float
    table: str
    meaning: str


def default_probability(tables: Tables, ids: Ints) -> Floats:
    """True probability of default of the applicants `ids` (consecutive), from their rows."""
    log_odds = np.full(ids.size, INTERCEPT)
    for component in COMPONENTS.values():
        log_odds += component.weight * _standardised(component, tables, ids)
    return np.asarray(logistic(log_odds))


def _standardised(component: Component, tables: Tables, ids: Ints) -> Floats:
    """The component for each applicant, 0 without a history."""
    z = (component.measure(tables, ids) - component.centre) / component.scale
    return np.clip(np.nan_to_num(z), -MAX_STANDARDISED, MAX_STANDARDISED)


def _mean(owner: Ints, values: Floats | Flags, size: int) -> Floats:
    """Mean of the known `values` of each of `size` owners; NaN if none is known."""
    known = ~np.isnan(values)
    count = sum_by_owner(owner, known, size)
    total = sum_by_owner(owner, np.where(known, values, 0), size)
    return _quotient(total, count)


def _mean_by_applicant(table: Columns, values: Floats | Flags, ids: Ints) -> Floats:
    """Mean of the known `values` of each applicant's rows of `table`."""
    return _mean(table["SK_ID_CURR"] - ids[0], values, ids.size)


def _quotient(numerator: Floats, denominator: Floats) -> Floats:
    """`numerator` / `denominator`, NaN if the denominator is 0."""
    unknown = np.full(numerator.size, np.nan)
    return np.asarray(np.divide(numerator, denominator, out=unknown, where=denominator != 0))


def _external(tables: Tables, ids: Ints) -> Floats:
    scores = np.concatenate([tables["application"][f"EXT_SOURCE_{i}"] for i in (1, 2, 3)])
    return _mean(np.tile(ids - ids[0], 3), scores, ids.size)


def _burden(tables: Tables, _ids: Ints) -> Floats:
    table = tables["application"]
    return np.asarray(np.log(table["AMT_ANNUITY"] / table["AMT_INCOME_TOTAL"]))


def _price(tables: Tables, _ids: Ints) -> Floats:
    table = tables["application"]
    rates = listed_rates(table["AMT_CREDIT"], table["AMT_ANNUITY"])
    return np.where(table["NAME_CONTRACT_TYPE"].is_in("Cash loans"), rates, np.nan)


def _employment(tables: Tables, _ids: Ints) -> Floats:
    days = tables["application"]["DAYS_EMPLOYED"]
    return np.where(days > 0, np.nan, np.log1p(np.maximum(-days, 0) / DAYS_PER_YEAR))


def _debt(tables: Tables, ids: Ints) -> Floats:
    table = tables["bureau"]
    share = _quotient(table["AMT_CREDIT_SUM_DEBT"], table["AMT_CREDIT_SUM"])
    active = table["CREDIT_ACTIVE"].is_in("Active")
    return _mean_by_applicant(table, np.where(active, share, np.nan), ids)


def _overdue(tables: Tables, ids: Ints) -> Floats:
    table = tables["bureau"]
    largest = table["AMT_CREDIT_MAX_OVERDUE"]
    return _mean_by_applicant(table, np.where(np.isnan(largest), np.nan, largest > 0), ids)


def _past_due_months(tables: Tables, ids: Ints) -> Floats:
    bureau = tables["bureau"]
    balance = tables["bureau_balance"]
    order = np.argsort(bureau["SK_ID_BUREAU"])
    position = np.searchsorted(bureau["SK_ID_BUREAU"], balance["SK_ID_BUREAU"], sorter=order)
    status = balance["STATUS"]
    late = np.where(status.is_in("X"), np.nan, status.is_in("1", "2", "3", "4", "5"))
    late_share = _mean(order[position], late, order.size)
    return np.sqrt(_mean_by_applicant(bureau, late_share, ids))


def _refused(tables: Tables, ids: Ints) -> Floats:
    table = tables["previous_application"]
    return _mean_by_applicant(table, table["NAME_CONTRACT_STATUS"].is_in("Refused"), ids)


def _late(tables: Tables, ids: Ints) -> Floats:
    """Root of the share of payments late; a payment of the last year counts twice."""
    table = tables["installments_payments"]
    owner = table["SK_ID_CURR"] - ids[0]
    paid = table["DAYS_ENTRY_PAYMENT"]
    due = table["DAYS_INSTALMENT"]
    late = np.where(np.isnan(paid), np.nan, paid > due)
    recent = due > -LAST_YEAR
    owners = np.concatenate([owner, owner[recent]])
    return np.sqrt(_mean(owners, np.concatenate([late, late[recent]]), ids.size))


def _short(tables: Tables, ids: Ints) -> Floats:
    table = tables["installments_payments"]
    paid = table["AMT_PAYMENT"]
    short = np.where(np.isnan(paid), np.nan, paid < table["AMT_INSTALMENT"])
    return np.sqrt(_mean_by_applicant(table, short, ids))


def _utilisation(tables: Tables, ids: Ints) -> Floats:
    table = tables["credit_card_balance"]
    share = _quotient(table["AMT_BALANCE"], table["AMT_CREDIT_LIMIT_ACTUAL"])
    return _mean_by_applicant(table, share, ids)


def _months_past_due(tables: Tables, ids: Ints) -> Floats:
    table = tables["pos_cash_balance"]
    return np.sqrt(_mean_by_applicant(table, table["SK_DPD"] > 0, ids))


_ROOT = "square root of the share of"
COMPONENTS = {
    "external": Component(
        _external, 0.51, 0.15, -0.63, "application", "mean of the known external scores"
    ),
    "burden": Component(_burden, -1.83, 0.65, 0.14, "application", "log of annuity over income"),
    "price": Component(
        _price, 0.39, 0.14, 0.7, "application", "yearly rate of the price list, cash loans"
    ),
    "employment": Component(
        _employment, 1.78, 0.72, -0.17, "application", "log(1 + years employed)"
    ),
    "debt": Component(
        _debt, 0.42, 0.28, 0.25, "bureau", "mean of debt over credit, active credits"
    ),
    "overdue": Component(
        _overdue, 0.2, 0.28, 0.1, "bureau", "share of credits that were ever overdue"
    ),
    "past_due": Component(
        _past_due_months, 0.05, 0.09, 0.2, "bureau_balance", f"{_ROOT} known months past due"
    ),
    "refused": Component(
        _refused, 0.15, 0.23, 0.25, "previous_application", "share of applications refused"
    ),
    "late": Component(
        _late,
        0.16,
        0.17,
        0.26,
        "installments_payments",
        f"{_ROOT} late payments, those due in the last 365 days counted twice",
    ),
    "short": Component(
        _short, 0.14, 0.14, 0.08, "installments_payments", f"{_ROOT} payments below the amount due"
    ),
    "utilisation": Component(
        _utilisation, 0.22, 0.28, 0.42, "credit_card_balance", "mean of balance over limit"
    ),
    "months_past_due": Component(
        _months_past_due, 0.09, 0.13, 0.18, "pos_cash_balance", f"{_ROOT} months past due"
    ),
}
