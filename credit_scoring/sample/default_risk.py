"""The hidden risk: the log-odds of default as a weighted sum of components that stand in the tables.

docs/sample.md describes it. Every component is a mean, a share or a ratio of sums of generated columns, so that
usual aggregates recover it. No sensitive attribute enters.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from credit_scoring.sample.random_draws import Columns, Flags, Floats, Ints, logistic, share_of

INTERCEPT = -3.13
RECENT = 365  # days


Tables = Mapping[str, Columns]


class Component(NamedTuple):
    """A measured value, standardised as (value - centre) / scale, cut at four, times `weight`."""

    measure: Callable[[Tables, Ints], Floats]
    centre: float
    scale: float
    weight: float
    table: str
    meaning: str


def probability(tables: Tables, ids: Ints) -> Floats:
    """True probability of default of the applicants `ids` (consecutive) from their rows in `tables`."""
    log_odds = np.full(ids.size, INTERCEPT)
    for component in COMPONENTS.values():
        log_odds += component.weight * standardised(component, tables, ids)
    return np.asarray(logistic(log_odds))


def standardised(component: Component, tables: Tables, ids: Ints) -> Floats:
    """The component for each applicant, 0 without a history."""
    z = (component.measure(tables, ids) - component.centre) / component.scale
    return np.clip(np.nan_to_num(z), -4, 4)


def _mean(owner: Ints, values: Floats | Flags, size: int) -> Floats:
    """Mean of the known `values` of each of `size` owners; NaN where there is none."""
    known = ~np.isnan(values)
    count = share_of(owner, known, size)
    total = share_of(owner, np.where(known, values, 0), size)
    return np.asarray(np.divide(total, count, out=np.full(size, np.nan), where=count > 0))


def _quotient(top: Floats, bottom: Floats) -> Floats:
    """`top` over `bottom`, NaN where `bottom` is 0."""
    return np.asarray(np.divide(top, bottom, out=np.full(top.size, np.nan), where=bottom != 0))


def _external(tables: Tables, ids: Ints) -> Floats:
    scores = np.concatenate([tables["application"][f"EXT_SOURCE_{i}"] for i in (1, 2, 3)])
    return _mean(np.tile(ids - ids[0], 3), scores, ids.size)


def _burden(tables: Tables, _ids: Ints) -> Floats:
    table = tables["application"]
    return np.asarray(np.log(table["AMT_ANNUITY"] / table["AMT_INCOME_TOTAL"]))


def _employment(tables: Tables, _ids: Ints) -> Floats:
    days = tables["application"]["DAYS_EMPLOYED"]
    return np.where(days > 0, np.nan, np.log1p(np.maximum(-days, 0) / 365.25))


def _debt(tables: Tables, ids: Ints) -> Floats:
    table = tables["bureau"]
    part = _quotient(table["AMT_CREDIT_SUM_DEBT"], table["AMT_CREDIT_SUM"])
    active = table["CREDIT_ACTIVE"].of("Active")
    return _mean(table["SK_ID_CURR"] - ids[0], np.where(active, part, np.nan), ids.size)


def _overdue(tables: Tables, ids: Ints) -> Floats:
    table = tables["bureau"]
    largest = table["AMT_CREDIT_MAX_OVERDUE"]
    return _mean(
        table["SK_ID_CURR"] - ids[0], np.where(np.isnan(largest), np.nan, largest > 0), ids.size
    )


def _past_due_months(tables: Tables, ids: Ints) -> Floats:
    bureau, table = tables["bureau"], tables["bureau_balance"]
    order = np.argsort(bureau["SK_ID_BUREAU"])
    credit = order[np.searchsorted(bureau["SK_ID_BUREAU"], table["SK_ID_BUREAU"], sorter=order)]
    late = np.where(table["STATUS"].of("X"), np.nan, table["STATUS"].of("1", "2", "3", "4", "5"))
    of_credit = _mean(credit, late, order.size)
    return np.sqrt(_mean(bureau["SK_ID_CURR"] - ids[0], of_credit, ids.size))


def _refused(tables: Tables, ids: Ints) -> Floats:
    table = tables["previous_application"]
    return _mean(
        table["SK_ID_CURR"] - ids[0], table["NAME_CONTRACT_STATUS"].of("Refused"), ids.size
    )


def _late(tables: Tables, ids: Ints) -> Floats:
    """Root of the share of payments late; a payment of the last year counts twice."""
    table = tables["installments_payments"]
    owner = table["SK_ID_CURR"] - ids[0]
    paid, due = table["DAYS_ENTRY_PAYMENT"], table["DAYS_INSTALMENT"]
    late = np.where(np.isnan(paid), np.nan, paid > due)
    recent = due > -RECENT
    twice = np.concatenate([owner, owner[recent]]), np.concatenate([late, late[recent]])
    return np.sqrt(_mean(*twice, ids.size))


def _short(tables: Tables, ids: Ints) -> Floats:
    table = tables["installments_payments"]
    paid = table["AMT_PAYMENT"]
    short = np.where(np.isnan(paid), np.nan, paid < table["AMT_INSTALMENT"])
    return np.sqrt(_mean(table["SK_ID_CURR"] - ids[0], short, ids.size))


def _utilisation(tables: Tables, ids: Ints) -> Floats:
    table = tables["credit_card_balance"]
    part = _quotient(table["AMT_BALANCE"], table["AMT_CREDIT_LIMIT_ACTUAL"])
    return _mean(table["SK_ID_CURR"] - ids[0], part, ids.size)


def _months_past_due(tables: Tables, ids: Ints) -> Floats:
    table = tables["pos_cash_balance"]
    return np.sqrt(_mean(table["SK_ID_CURR"] - ids[0], table["SK_DPD"] > 0, ids.size))


_ROOT = "root of the share of"
COMPONENTS = {
    "external": Component(
        _external, 0.51, 0.15, -0.63, "application", "mean of the known external scores"
    ),
    "burden": Component(_burden, -1.95, 0.65, 0.14, "application", "log of annuity over income"),
    "employment": Component(
        _employment, 1.78, 0.72, -0.17, "application", "log of one and the years employed"
    ),
    "debt": Component(_debt, 0.42, 0.28, 0.3, "bureau", "mean of debt over credit, active credits"),
    "overdue": Component(
        _overdue, 0.2, 0.28, 0.12, "bureau", "share of credits that were ever overdue"
    ),
    "past_due": Component(
        _past_due_months, 0.05, 0.09, 0.25, "bureau_balance", f"{_ROOT} known months past due"
    ),
    "refused": Component(
        _refused, 0.15, 0.23, 0.3, "previous_application", "share of applications refused"
    ),
    "late": Component(
        _late, 0.16, 0.17, 0.32, "installments_payments", f"{_ROOT} payments late, last year double"
    ),
    "short": Component(
        _short, 0.14, 0.14, 0.1, "installments_payments", f"{_ROOT} payments below the amount due"
    ),
    "utilisation": Component(
        _utilisation, 0.22, 0.28, 0.5, "credit_card_balance", "mean of balance over limit"
    ),
    "months_past_due": Component(
        _months_past_due, 0.09, 0.13, 0.22, "pos_cash_balance", f"{_ROOT} months past due"
    ),
}
