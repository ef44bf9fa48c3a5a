"""Monthly balances and instalments of earlier loans: POS_CASH_balance and installments_payments."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from credit_scoring.sample.applicants import People
from credit_scoring.sample.previous_applications import STEP, Previous
from credit_scoring.sample.random_draws import (
    DAYS_PER_MONTH,
    Columns,
    Flags,
    Floats,
    Ints,
    Runs,
    Text,
    blank,
    chance,
    choose,
    logistic,
    shares,
    to_step,
)

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
DEMAND, WRITTEN = 90, 365  # days past due from which a loan is called in, and written down


@dataclass(frozen=True)
class Loans:
    """The loans (not cards) that started: `rows` of previous, and `due` instalments up to the application each.

    `delay` (days, negative: before the due day) and `parts` (payments) are of each instalment, in order;
    `arrears` are the log-odds that a month of the loan shows small arrears.
    """

    rows: Ints
    due: Runs
    delay: Floats
    parts: Ints
    arrears: Floats


def draw_loans(rng: Generator, people: People, previous: Previous) -> Loans:
    """The loans with the lateness of every instalment: late payers are late on every loan, the more so lately."""
    columns = previous.columns
    rows = np.flatnonzero(
        previous.course.started & ~columns["NAME_CONTRACT_TYPE"].of("Revolving loans")
    )
    first, end = previous.course.first_due[rows], previous.course.end[rows]
    count = np.floor((np.minimum(end, -2) - first) / STEP).astype(np.int64) + 1
    due = Runs(np.clip(count, 0, columns["CNT_PAYMENT"][rows].astype(np.int64)))
    trait = {
        name: people.trait(rng, loading)[previous.owner[rows]] for name, loading in LOADING.items()
    }
    day = due.each(first) + STEP * due.step
    level = -3.3 + 1.15 * trait["late"] + 0.35 * rng.standard_normal(rows.size)
    log_odds = due.each(level) + 0.8 * due.each(trait["recent"]) * np.exp(day / 400)
    delay = _delay(rng, chance(rng, logistic(log_odds), day.size), due.each(trait["late"]))
    parts = 1 + chance(rng, due.each(logistic(-3.6 + 1.1 * trait["parts"])), day.size)
    return Loans(rows, due, np.minimum(delay, -1 - day), parts, -5.2 + 1.4 * trait["arrears"])


def _delay(rng: Generator, late: Flags, trait: Floats) -> Floats:
    """Days from the due day to the payment: mostly a week early; late ones a few days, seldom months."""
    long = np.where(chance(rng, 0.02, late.size), 9, 1)
    days = 1 + np.floor(rng.standard_exponential(late.size) * 8 * np.exp(0.25 * trait) * long)
    return np.where(late, np.minimum(days, 1500), -np.floor(rng.standard_gamma(0.9, late.size) * 9))


def instalments(rng: Generator, previous: Previous, loans: Loans) -> Columns:
    """The columns of installments_payments for the loans: a row for each payment."""
    columns, rows, due = previous.columns, loans.rows, loans.due
    pays = Runs(loans.parts)
    loan = pays.each(due.owner)
    day = pays.each(due.each(previous.course.first_due[rows]) + STEP * due.step)
    amount, closing = _amounts(previous, loans)
    part = pays.each(np.where(loans.parts > 1, 0.1 + 0.8 * rng.random(loans.parts.size), 1))
    second = pays.step > 0
    paid = np.round(pays.each(amount) * np.where(second, 1 - part, part), 3)
    short = np.where(chance(rng, 0.003, paid.size), rng.random(paid.size), 1)
    days = (
        day
        + pays.each(loans.delay)
        - np.where(second, 0, np.where(part < 1, np.floor(15 * part), 0))
    )
    lost = chance(rng, 0.0002, paid.size)
    return {
        "SK_ID_PREV": columns["SK_ID_PREV"][rows][loan],
        "SK_ID_CURR": columns["SK_ID_CURR"][rows][loan],
        "NUM_INSTALMENT_VERSION": np.where(pays.each(closing), 2.0, 1.0),
        "NUM_INSTALMENT_NUMBER": pays.each(due.step) + 1,
        "DAYS_INSTALMENT": day,
        "DAYS_ENTRY_PAYMENT": blank(np.maximum(days, -4000), lost),
        "AMT_INSTALMENT": np.round(pays.each(amount), 3),
        "AMT_PAYMENT": blank(np.round(paid * short, 3), lost),
    }


def _amounts(previous: Previous, loans: Loans) -> tuple[Floats, Flags]:
    """Each instalment's amount, and whether it closes the loan early: then it repays the rest as well."""
    columns, due = previous.columns, loans.due
    annuity, count = columns["AMT_ANNUITY"][loans.rows], columns["CNT_PAYMENT"][loans.rows]
    left = count - due.lengths
    closes = previous.course.early[loans.rows] & (left > 0) & (previous.course.end[loans.rows] < -1)
    closing = (due.step == due.each(due.lengths - 1)) & due.each(closes)
    rest = due.each(to_step(annuity * (1 + 0.82 * left), 0.045))
    return np.where(closing, rest, due.each(annuity)), closing


def pos_balances(rng: Generator, previous: Previous, loans: Loans) -> Columns:
    """The columns of POS_CASH_balance: a row for each month from the decision to the last instalment."""
    columns, rows = previous.columns, loans.rows
    start = np.floor(columns["DAYS_DECISION"][rows] / DAYS_PER_MONTH).astype(np.int64)
    runs = Runs(np.minimum(loans.due.lengths + 1, -start))
    step, count = runs.step, columns["CNT_PAYMENT"][rows]
    past_due = _past_due(rng, loans, runs)
    closed = (previous.course.end[rows] < -1) & (loans.due.lengths > 0)
    last = (step == runs.each(runs.lengths - 1)) & runs.each(closed)
    past_due = np.where(last, 0, past_due)
    status, unset = _status(rng, step, past_due, last)
    left = np.where(last, 0, np.maximum(runs.each(count) - step, 0))
    return {
        "SK_ID_PREV": runs.each(columns["SK_ID_PREV"][rows]),
        "SK_ID_CURR": runs.each(columns["SK_ID_CURR"][rows]),
        "MONTHS_BALANCE": runs.each(start) + step,
        "CNT_INSTALMENT": blank(runs.each(count), unset),
        "CNT_INSTALMENT_FUTURE": blank(left, unset),
        "NAME_CONTRACT_STATUS": status,
        "SK_DPD": past_due,
        "SK_DPD_DEF": np.where(chance(rng, 0.42, step.size), past_due, 0),
    }


def _past_due(rng: Generator, loans: Loans, runs: Runs) -> Ints:
    """Days past due at the end of each month: what an instalment's delay leaves when the month is over, and
    arrears that the payments do not show (fees, a transfer under way).
    """
    kept = loans.due.step + 1 < loans.due.each(runs.lengths)
    over = np.maximum(loans.delay[kept] - np.floor(rng.random(int(kept.sum())) * STEP), 0)
    days = np.zeros(int(runs.lengths.sum()), dtype=np.int64)
    days[runs.step > 0] = over
    arrears = chance(rng, runs.each(logistic(loans.arrears)), days.size) & (runs.step > 0)
    return np.maximum(
        days,
        np.where(arrears, 3 + np.floor(rng.standard_exponential(days.size) * 9), 0).astype(
            np.int64
        ),
    )


def _status(rng: Generator, step: Ints, past_due: Ints, last: Flags) -> tuple[Text, Flags]:
    """Status of each month, and where the terms are not set yet."""
    course = np.where(last, 1, np.where(past_due > WRITTEN, 3, np.where(past_due > DEMAND, 2, 0)))
    first = choose(rng, shares("pos_cash_balance", "first"), step.size)
    status = Text(course, STATUS)
    for label in first.labels[1:]:
        status = status.put((step == 0) & first.of(label), label)
    unset = status.of("Signed") & chance(rng, 0.24, step.size)
    return status, unset | status.of("Returned to the store", "Approved")
