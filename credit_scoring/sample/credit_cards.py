"""Monthly balances of earlier credit cards, and the payments on them."""

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
from credit_scoring.sample.random_draws import bernoulli, logistic, normal_cdf

LOADING = {"use": 0.55, "tardy": 0.6}  # correlation of a trait with the frailty
STATUS = ("Active", "Completed", "Signed")
INTEREST_RATE = 0.022  # monthly, as a share of the balance
MINIMUM_RATE = 0.05  # minimum instalment as a share of the balance
MINIMUM_INSTALMENT = 2250  # currency


def card_balances(
    rng: Generator, applicants: Applicants, previous: PreviousApplications
) -> Columns:
    """The columns of credit_card_balance: a row for each month of each card."""
    columns = previous.columns
    is_card = columns["NAME_CONTRACT_TYPE"].is_in("Revolving loans")
    rows = np.flatnonzero(previous.dates.started & is_card)
    owner = previous.owner[rows]
    start = np.floor(columns["DAYS_DECISION"][rows] / DAYS_PER_MONTH).astype(np.int64)
    not_reported = rng.choice([0, 1, 2], rows.size, p=[0.5, 0.4, 0.1])
    months = ChildRows(np.maximum(-start - not_reported, 1))
    is_first = months.position == 0
    first_use, closed = _use_and_closing(previous, rows, months, start)
    lowered = closed & bernoulli(rng, 0.75, months.size)
    limit = np.where(lowered, 0, months.repeat(columns["AMT_CREDIT"][rows]))
    use = applicants.trait(rng, LOADING["use"])[owner]
    balance = _balance(rng, use, months, first_use, limit * ~closed)
    tardy = applicants.trait(rng, LOADING["tardy"])[owner]
    late = bernoulli(rng, months.repeat(logistic(-3.9 + 1.1 * tardy)), months.size)
    late &= ~closed | is_first
    signed = is_first & bernoulli(rng, 0.1, months.size)
    status = np.where(closed, 1, np.where(signed, 2, 0))
    silent = months.repeat(bernoulli(rng, 0.55, rows.size))
    unreported = (months.position < first_use) & silent
    result: Columns = {
        **months.repeat_keys(columns, rows),
        "MONTHS_BALANCE": months.repeat(start) + months.position,
        "AMT_BALANCE": balance,
        "AMT_CREDIT_LIMIT_ACTUAL": limit,
        "NAME_CONTRACT_STATUS": TextColumn(status, STATUS),
    }
    return result | _flows(rng, months, balance, late, unreported) | _receivables(balance)


def _use_and_closing(
    previous: PreviousApplications, rows: Ints, months: ChildRows, start: Ints
) -> tuple[Floats, Flags]:
    """The month of first use (infinite if never used) and whether the card is closed."""
    drawing = previous.dates.first_drawing[rows]
    end = previous.dates.end[rows]
    use = np.where(np.isnan(drawing), np.inf, np.floor(drawing / DAYS_PER_MONTH) - start)
    closing = np.where(end < 0, np.floor(end / DAYS_PER_MONTH) - start, np.inf)
    return months.repeat(use), months.position > months.repeat(closing)


def _balance(
    rng: Generator, use: Floats, months: ChildRows, first_use: Floats, limit: Floats
) -> Floats:
    """Balance at the end of each month: climbs to the holder's share of the limit, then sways."""
    level = months.repeat(np.clip(1.06 * normal_cdf(use) - 0.05, 0, 1))
    in_use = np.maximum(months.position - first_use + 1, 0)
    phase = months.repeat(rng.random(use.size))
    period = months.repeat(6 + 14 * rng.random(use.size))
    wave = 0.1 * np.sin(2 * np.pi * (phase + months.position / period))
    sway = wave + 0.03 * rng.standard_normal(limit.size)
    share = level * (1 - np.exp(-in_use / 2.5)) + sway * np.minimum(3 * level, 1)
    return round_to_step(np.where(in_use > 0, np.clip(share, 0, 1.01), 0) * limit, 0.045)


def _flows(
    rng: Generator, months: ChildRows, balance: Floats, late: Flags, unreported: Flags
) -> Columns:
    """Drawings and payments between the months' balances, and the days past due."""
    size = balance.size
    before = np.where(months.position > 0, np.roll(balance, 1), 0)
    minimum = np.minimum(np.maximum(MINIMUM_RATE * before, MINIMUM_INSTALMENT), before)
    minimum = np.where(before > 0, minimum, 0)
    drift = balance - before * (1 + INTEREST_RATE) + minimum
    drawn = round_to_step(np.maximum(drift, 0), 0.045)
    paid = round_to_step(minimum + np.maximum(-drift, 0), 0.045)
    owed = (before > 0) & late
    past_due = np.where(owed, 1 + np.floor(rng.gamma(0.6, 25, size)), 0).astype(np.int64)
    unset = unreported & bernoulli(rng, 0.45, size)
    matured = _count_up_to(before > 0, months)
    return _drawings(rng, months, drawn, unreported) | {
        "AMT_INST_MIN_REGULARITY": with_missing(round_to_step(minimum, 0.045), unset),
        "AMT_PAYMENT_CURRENT": with_missing(paid, unreported | bernoulli(rng, 0.015, size)),
        "AMT_PAYMENT_TOTAL_CURRENT": paid,
        "CNT_INSTALMENT_MATURE_CUM": with_missing(matured, unset),
        "SK_DPD": past_due,
        "SK_DPD_DEF": np.where(bernoulli(rng, 0.5, size), past_due, 0),
    }


def _count_up_to(flags: Flags, months: ChildRows) -> Ints:
    """How many of the card's months up to each have the flag; the first month never has it."""
    total = np.cumsum(flags)
    return np.asarray(total - months.repeat(total[months.starts]))


def _drawings(rng: Generator, months: ChildRows, drawn: Floats, unreported: Flags) -> Columns:
    """Drawings split by way: each holder has a taste for cash; cash comes in round sums."""
    cash_share = months.repeat(rng.beta(0.6, 0.6, months.counts.size))
    cash = np.minimum(np.floor(drawn * cash_share / 450) * 450, drawn)
    has_other = bernoulli(rng, 0.006, drawn.size)
    other = np.where(has_other, round_to_step((drawn - cash) / 2, 0.045), 0)
    shop = np.round(drawn - cash - other, 4)
    amounts = {"ATM": cash, "OTHER": other, "POS": shop}
    typical = {"ATM": 25_000, "OTHER": 30_000, "POS": 4_000}  # currency per drawing
    result: Columns = {"AMT_DRAWINGS_CURRENT": drawn, "CNT_DRAWINGS_CURRENT": 0}
    for way, amount in amounts.items():
        count = np.minimum(np.ceil(amount / typical[way]), 100)
        result[f"AMT_DRAWINGS_{way}_CURRENT"] = with_missing(amount, unreported)
        result[f"CNT_DRAWINGS_{way}_CURRENT"] = with_missing(count, unreported)
        result["CNT_DRAWINGS_CURRENT"] = result["CNT_DRAWINGS_CURRENT"] + count
    return result


def _receivables(balance: Floats) -> Columns:
    """What the lender may claim: the balance without the fees of the month."""
    claim = round_to_step(balance * 0.997, 0.045)
    return {
        "AMT_RECEIVABLE_PRINCIPAL": round_to_step(balance * 0.962, 0.045),
        "AMT_RECIVABLE": claim,
        "AMT_TOTAL_RECEIVABLE": claim,
    }


def card_payments(rng: Generator, cards: Columns) -> Columns:
    """The columns of installments_payments for the cards: one to three payments in a month."""
    rows = np.flatnonzero(cards["AMT_PAYMENT_TOTAL_CURRENT"] > 0)
    payments = ChildRows(rng.choice([1, 2, 3], rows.size, p=[0.35, 0.35, 0.3]))
    due_day = np.round(cards["MONTHS_BALANCE"][rows] * DAYS_PER_MONTH) + 21
    past_due = cards["SK_DPD"][rows]
    delay = np.where(past_due > 0, past_due, -np.floor(rng.gamma(0.9, 6, rows.size)))
    payment_day = payments.repeat(due_day + delay) - payments.position
    paid = cards["AMT_PAYMENT_TOTAL_CURRENT"][rows] / payments.counts
    amount = np.round(payments.repeat(paid), 3)
    number = np.nan_to_num(cards["CNT_INSTALMENT_MATURE_CUM"][rows]).astype(np.int64)
    return {
        **payments.repeat_keys(cards, rows),
        "NUM_INSTALMENT_VERSION": np.zeros(payments.size),
        "NUM_INSTALMENT_NUMBER": payments.repeat(number),
        "DAYS_INSTALMENT": payments.repeat(due_day),
        "DAYS_ENTRY_PAYMENT": np.minimum(payment_day, -1),
        "AMT_INSTALMENT": amount,
        "AMT_PAYMENT": amount,
    }
