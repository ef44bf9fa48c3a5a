"""Monthly balances and instalments of earlier loans: POS_CASH_balance and installments_payments."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from credit_scoring.sample.applicants import Applicants
from credit_scoring.sample.columns import (
    DAYS_PER_MONTH,
    ChildRows,
    Columns,
    Flags,
    Floats,
    Ints,
    TextColumn,
    round_to_step,
    with_missing,
)
from credit_scoring.sample.previous_applications import PreviousApplications
from credit_scoring.sample.previous_dates import DAYS_PER_INSTALMENT
from credit_scoring.sample.random_draws import bernoulli, draw_column, logistic

LOADING = {
    "late": 0.7,
    "recent": 0.5,
    "parts": 0.6,
    "arrears": 0.6,
}  # correlation of a trait with the frailty
STATUS = (
    "Active",
    "Completed",
    "Demand",
    "Amortized debt",
    "Signed",
    "Returned to the store",
    "Approved",
)
DEMAND_AFTER = 90  # days past due after which a loan is called in
AMORTIZED_AFTER = 365  # days past due after which a loan is written down


@dataclass(frozen=True)
class Loans:
    """The loans (not cards) that started, and how late their instalments were paid.

    `rows` are their rows of the earlier applications, `instalments` those due up to the
    application. Per instalment, in order: `delay` (days, negative if paid before the due day) and
    `parts` (number of payments). Per loan: `arrears`, the log-odds of small arrears in a month.
    """

    rows: Ints
    instalments: ChildRows
    delay: Floats
    parts: Ints
    arrears: Floats


def draw_loans(rng: Generator, applicants: Applicants, previous: PreviousApplications) -> Loans:
    """The loans and the delay of every instalment.

    Late payers are late on every loan, lately more often.
    """
    columns = previous.columns
    dates = previous.dates
    is_card = columns["NAME_CONTRACT_TYPE"].is_in("Revolving loans")
    rows = np.flatnonzero(dates.started & ~is_card)
    first_due = dates.first_due[rows]
    last_due = np.minimum(dates.end[rows], -2)
    count = np.floor((last_due - first_due) / DAYS_PER_INSTALMENT).astype(np.int64) + 1
    planned = columns["CNT_PAYMENT"][rows].astype(np.int64)
    due = ChildRows(np.clip(count, 0, planned))
    trait = {
        name: applicants.trait(rng, loading)[previous.owner[rows]]
        for name, loading in LOADING.items()
    }
    day = _due_day(previous, rows, due)
    level = -3.3 + 1.15 * trait["late"] + 0.35 * rng.standard_normal(rows.size)
    log_odds = due.repeat(level) + 0.8 * due.repeat(trait["recent"]) * np.exp(day / 400)
    is_late = bernoulli(rng, logistic(log_odds), day.size)
    delay = np.minimum(_delay(rng, is_late, due.repeat(trait["late"])), -1 - day)
    in_parts = due.repeat(logistic(-3.6 + 1.1 * trait["parts"]))
    parts = 1 + bernoulli(rng, in_parts, day.size)
    return Loans(rows, due, delay, parts, -5.2 + 1.4 * trait["arrears"])


def _due_day(previous: PreviousApplications, rows: Ints, due: ChildRows) -> Floats:
    return due.repeat(previous.dates.first_due[rows]) + DAYS_PER_INSTALMENT * due.position


def _delay(rng: Generator, late: Flags, trait: Floats) -> Floats:
    """Days from the due day to the payment: mostly a week early; late ones days, seldom months."""
    size = late.size
    factor = np.where(bernoulli(rng, 0.02, size), 9, 1)
    days = 1 + np.floor(rng.standard_exponential(size) * 8 * np.exp(0.25 * trait) * factor)
    return np.where(late, np.minimum(days, 1500), -np.floor(rng.standard_gamma(0.9, size) * 9))


def loan_payments(rng: Generator, previous: PreviousApplications, loans: Loans) -> Columns:
    """The columns of installments_payments for the loans: a row for each payment."""
    rows = loans.rows
    due = loans.instalments
    payments = ChildRows(loans.parts)
    amount, closing = _instalment_amounts(previous, loans)
    first_share = np.where(loans.parts > 1, 0.1 + 0.8 * rng.random(loans.parts.size), 1)
    share = payments.repeat(first_share)
    is_second = payments.position > 0
    due_amount = payments.repeat(amount)
    paid = np.round(due_amount * np.where(is_second, 1 - share, share), 3)
    paid_share = np.where(bernoulli(rng, 0.003, paid.size), rng.random(paid.size), 1)
    earlier = np.where(share < 1, np.floor(15 * share), 0)
    day = payments.repeat(_due_day(previous, rows, due))
    payment_day = day + payments.repeat(loans.delay) - np.where(is_second, 0, earlier)
    unpaid = bernoulli(rng, 0.0002, paid.size)
    return {
        **payments.repeat_keys(previous.columns, rows[due.parent]),
        "NUM_INSTALMENT_VERSION": np.where(payments.repeat(closing), 2.0, 1.0),
        "NUM_INSTALMENT_NUMBER": payments.repeat(due.position) + 1,
        "DAYS_INSTALMENT": day,
        "DAYS_ENTRY_PAYMENT": with_missing(np.maximum(payment_day, -4000), unpaid),
        "AMT_INSTALMENT": np.round(due_amount, 3),
        "AMT_PAYMENT": with_missing(np.round(paid * paid_share, 3), unpaid),
    }


def _instalment_amounts(previous: PreviousApplications, loans: Loans) -> tuple[Floats, Flags]:
    """Each instalment's amount, and whether it closes the loan early by repaying the rest."""
    rows = loans.rows
    due = loans.instalments
    annuity = previous.columns["AMT_ANNUITY"][rows]
    remaining = previous.columns["CNT_PAYMENT"][rows] - due.counts
    has_ended = previous.dates.ended_early[rows] & (previous.dates.end[rows] < -1)
    closes_early = due.repeat(has_ended & (remaining > 0))
    closing = (due.position == due.repeat(due.counts - 1)) & closes_early
    rest = due.repeat(round_to_step(annuity * (1 + 0.82 * remaining), 0.045))
    return np.where(closing, rest, due.repeat(annuity)), closing


def pos_cash_balances(rng: Generator, previous: PreviousApplications, loans: Loans) -> Columns:
    """The columns of POS_CASH_balance: a row per month from the decision to the last instalment."""
    columns = previous.columns
    rows = loans.rows
    due_counts = loans.instalments.counts
    start = np.floor(columns["DAYS_DECISION"][rows] / DAYS_PER_MONTH).astype(np.int64)
    months = ChildRows(np.minimum(due_counts + 1, -start))
    month = months.position
    payments = months.repeat(columns["CNT_PAYMENT"][rows])
    past_due = _days_past_due(rng, loans, months)
    has_ended = (previous.dates.end[rows] < -1) & (due_counts > 0)
    is_last = (month == months.repeat(months.counts - 1)) & months.repeat(has_ended)
    past_due = np.where(is_last, 0, past_due)
    status, unset = _status(rng, month, past_due, is_last)
    remaining = np.where(is_last, 0, np.maximum(payments - month, 0))
    return {
        **months.repeat_keys(columns, rows),
        "MONTHS_BALANCE": months.repeat(start) + month,
        "CNT_INSTALMENT": with_missing(payments, unset),
        "CNT_INSTALMENT_FUTURE": with_missing(remaining, unset),
        "NAME_CONTRACT_STATUS": status,
        "SK_DPD": past_due,
        "SK_DPD_DEF": np.where(bernoulli(rng, 0.42, months.size), past_due, 0),
    }


def _days_past_due(rng: Generator, loans: Loans, months: ChildRows) -> Ints:
    """Days past due at the end of each month.

    They come from an instalment's delay that reaches into the next month, and from arrears that
    the payments do not show (fees, a transfer under way).
    """
    due = loans.instalments
    has_month = due.position + 1 < due.repeat(months.counts)
    to_month_end = np.floor(rng.random(int(has_month.sum())) * DAYS_PER_INSTALMENT)
    after_first = months.position > 0
    days = np.zeros(months.size, dtype=np.int64)
    days[after_first] = np.maximum(loans.delay[has_month] - to_month_end, 0)
    has_arrears = bernoulli(rng, months.repeat(logistic(loans.arrears)), days.size) & after_first
    arrears = 3 + np.floor(rng.standard_exponential(days.size) * 9)
    return np.maximum(days, np.where(has_arrears, arrears, 0).astype(np.int64))


def _status(
    rng: Generator, month: Ints, past_due: Ints, is_last: Flags
) -> tuple[TextColumn, Flags]:
    """Status of each month, and whether the terms are not set yet."""
    late = np.where(past_due > AMORTIZED_AFTER, 3, np.where(past_due > DEMAND_AFTER, 2, 0))
    status = TextColumn(np.where(is_last, 1, late), STATUS)
    first = draw_column(rng, "pos_cash_balance", "first", month.size)
    for label in first.labels[1:]:
        status = status.replace_where((month == 0) & first.is_in(label), label)
    unset = status.is_in("Signed") & bernoulli(rng, 0.24, month.size)
    return status, unset | status.is_in("Returned to the store", "Approved")
