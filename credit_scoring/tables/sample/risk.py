"""The hidden risk: the log-odds of default as a weighted sum of components that stand in the tables.

docs/sample.md describes it. Every component is a mean, a share or a ratio of sums of generated columns, so that
usual aggregates recover it. No sensitive attribute enters.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from credit_scoring.tables.sample.draw import Columns, Flags, Floats, Ints, logistic, share_of

INTERCEPT = -2.9
RECENT = 365  # days


class Component(NamedTuple):
    """A measured value, standardised as (value - centre) / scale, cut at four, times `weight`."""

    measure: Callable[[Mapping[str, Columns], Ints], Floats]
    centre: float
    scale: float
    weight: float
    table: str
    meaning: str


def probability(tables: Mapping[str, Columns], ids: Ints) -> Floats:
    """True probability of default of the applicants `ids` (consecutive) from their rows in `tables`."""
    log_odds = np.full(ids.size, INTERCEPT)
    for component in COMPONENTS.values():
        log_odds += component.weight * standardised(component, tables, ids)
    return np.asarray(logistic(log_odds))


def standardised(component: Component, tables: Mapping[str, Columns], ids: Ints) -> Floats:
    """The component for each applicant, 0 without a history."""
    z = (component.measure(tables, ids) - component.centre) / component.scale
    return np.clip(np.nan_to_num(z), -4, 4)


def _ratio(owner: Ints, top: Floats | Flags, bottom: Floats | Flags, size: int) -> Floats:
    """Sum of `top` over sum of `bottom` for each applicant; NaN where there is nothing to divide by."""
    total = share_of(owner, bottom, size)
    return np.divide(share_of(owner, top, size), total, out=np.full(size, np.nan), where=total > 0)


def _external(tables: Mapping[str, Columns], ids: Ints) -> Floats:
    scores = np.vstack([tables["application"][f"EXT_SOURCE_{i}"] for i in (1, 2, 3)])
    known = ~np.isnan(scores)
    return np.divide(np.nansum(scores, axis=0), known.sum(axis=0), out=np.full(ids.size, np.nan), where=known.any(axis=0))


def _burden(tables: Mapping[str, Columns], _ids: Ints) -> Floats:
    table = tables["application"]
    return np.asarray(np.log(table["AMT_ANNUITY"] / table["AMT_INCOME_TOTAL"]))


def _term(tables: Mapping[str, Columns], _ids: Ints) -> Floats:
    table = tables["application"]
    return np.asarray(table["AMT_ANNUITY"] / table["AMT_CREDIT"])


def _employment(tables: Mapping[str, Columns], _ids: Ints) -> Floats:
    days = tables["application"]["DAYS_EMPLOYED"]
    return np.where(days > 0, np.nan, np.log1p(np.maximum(-days, 0) / 365.25))


def _debt(tables: Mapping[str, Columns], ids: Ints) -> Floats:
    table = tables["bureau"]
    active = table["CREDIT_ACTIVE"].of("Active")
    debt, total = np.nan_to_num(table["AMT_CREDIT_SUM_DEBT"]), table["AMT_CREDIT_SUM"]
    return _ratio(table["SK_ID_CURR"] - ids[0], debt * active, total * active, ids.size)


def _overdue(tables: Mapping[str, Columns], ids: Ints) -> Floats:
    table = tables["bureau"]
    largest, known = np.nan_to_num(table["AMT_CREDIT_MAX_OVERDUE"]), ~np.isnan(table["AMT_CREDIT_MAX_OVERDUE"])
    return np.asarray(np.log1p(_ratio(table["SK_ID_CURR"] - ids[0], largest, known, ids.size)))


def _past_due_months(tables: Mapping[str, Columns], ids: Ints) -> Floats:
    bureau, table = tables["bureau"], tables["bureau_balance"]
    order = np.argsort(bureau["SK_ID_BUREAU"])
    place = order[np.searchsorted(bureau["SK_ID_BUREAU"], table["SK_ID_BUREAU"], sorter=order)]
    owner = bureau["SK_ID_CURR"][place] - ids[0]
    late = table["STATUS"].of("1", "2", "3", "4", "5")
    return np.sqrt(_ratio(owner, late, np.ones(late.size), ids.size))


def _refused(tables: Mapping[str, Columns], ids: Ints) -> Floats:
    table = tables["previous_application"]
    refused = table["NAME_CONTRACT_STATUS"].of("Refused")
    return _ratio(table["SK_ID_CURR"] - ids[0], refused, np.ones(refused.size), ids.size)


def _late(tables: Mapping[str, Columns], ids: Ints) -> Floats:
    table = tables["installments_payments"]
    late = table["DAYS_ENTRY_PAYMENT"] > table["DAYS_INSTALMENT"]
    return np.sqrt(_ratio(table["SK_ID_CURR"] - ids[0], late, np.ones(late.size), ids.size))


def _late_recently(tables: Mapping[str, Columns], ids: Ints) -> Floats:
    table = tables["installments_payments"]
    late = table["DAYS_ENTRY_PAYMENT"] > table["DAYS_INSTALMENT"]
    recent = table["DAYS_INSTALMENT"] > -RECENT
    return np.sqrt(_ratio(table["SK_ID_CURR"] - ids[0], late & recent, recent, ids.size))


def _shortfall(tables: Mapping[str, Columns], ids: Ints) -> Floats:
    table = tables["installments_payments"]
    due, paid = table["AMT_INSTALMENT"], np.nan_to_num(table["AMT_PAYMENT"])
    return np.sqrt(np.maximum(_ratio(table["SK_ID_CURR"] - ids[0], due - paid, due, ids.size), 0))


def _utilisation(tables: Mapping[str, Columns], ids: Ints) -> Floats:
    table = tables["credit_card_balance"]
    return _ratio(table["SK_ID_CURR"] - ids[0], table["AMT_BALANCE"], table["AMT_CREDIT_LIMIT_ACTUAL"], ids.size)


def _days_past_due(tables: Mapping[str, Columns], ids: Ints) -> Floats:
    table = tables["pos_cash_balance"]
    days = table["SK_DPD"]
    return np.asarray(np.log1p(_ratio(table["SK_ID_CURR"] - ids[0], days, np.ones(days.size), ids.size)))


COMPONENTS = {
    "external": Component(_external, 0.515, 0.14, -0.8, "application", "mean of the known external scores"),
    "burden": Component(_burden, -1.85, 0.5, 0.15, "application", "log of annuity over income"),
    "term": Component(_term, 0.052, 0.02, 0.1, "application", "annuity over credit"),
    "employment": Component(_employment, 1.7, 0.7, -0.2, "application", "log of one and the years employed"),
    "debt": Component(_debt, 0.45, 0.28, 0.3, "bureau", "debt over credit of the active credits"),
    "overdue": Component(_overdue, 3, 3, 0.15, "bureau", "log of the mean largest amount past due"),
    "past_due": Component(_past_due_months, 0.06, 0.08, 0.2, "bureau_balance", "root of the share of months past due"),
    "refused": Component(_refused, 0.17, 0.22, 0.3, "previous_application", "share of applications refused"),
    "late": Component(_late, 0.22, 0.18, 0.3, "installments_payments", "root of the share of payments late"),
    "late_recently": Component(_late_recently, 0.2, 0.2, 0.2, "installments_payments", "the same, last year"),
    "shortfall": Component(_shortfall, 0.12, 0.12, 0.15, "installments_payments", "root of the share unpaid"),
    "utilisation": Component(_utilisation, 0.3, 0.3, 0.35, "credit_card_balance", "balance over limit"),
    "days_past_due": Component(_days_past_due, 0.3, 0.5, 0.15, "pos_cash_balance", "log of the mean days past due"),
}
