"""Monthly balances of earlier credit cards, and the payments on them."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from credit_scoring.sample.applicants import People
from credit_scoring.sample.previous_applications import Previous
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
    logistic,
    normal_cdf,
    to_step,
)

LOADING = {"use": 0.55, "tardy": 0.6}  # correlation of a trait with the frailty
STATUS = ("Active", "Completed", "Signed")
INTEREST, LEAST = 0.022, 0.05  # monthly interest, and least instalment, as shares of the balance


def card_balances(rng: Generator, people: People, previous: Previous) -> Columns:
    """The columns of credit_card_balance: a row for each month of each card."""
    columns = previous.columns
    rows = np.flatnonzero(
        previous.course.started & columns["NAME_CONTRACT_TYPE"].of("Revolving loans")
    )
    owner, start = (
        previous.owner[rows],
        np.floor(columns["DAYS_DECISION"][rows] / DAYS_PER_MONTH).astype(np.int64),
    )
    runs = Runs(np.maximum(-start - rng.choice([0, 1, 2], rows.size, p=[0.5, 0.4, 0.1]), 1))
    limit = runs.each(columns["AMT_CREDIT"][rows])
    first_use, done = _span(previous, rows, runs, start)
    open_ = ~done | (runs.step == 0)
    limit = np.where(done & chance(rng, 0.75, limit.size), 0, limit)
    balance = _balance(
        rng, people.trait(rng, LOADING["use"])[owner], runs, first_use, limit * ~done
    )
    late = chance(
        rng,
        runs.each(logistic(-3.9 + 1.1 * people.trait(rng, LOADING["tardy"])[owner])),
        limit.size,
    )
    status = np.where(done, 1, np.where((runs.step == 0) & chance(rng, 0.1, limit.size), 2, 0))
    result: Columns = {
        "SK_ID_PREV": runs.each(columns["SK_ID_PREV"][rows]),
        "SK_ID_CURR": runs.each(columns["SK_ID_CURR"][rows]),
        "MONTHS_BALANCE": runs.each(start) + runs.step,
        "AMT_BALANCE": balance,
        "AMT_CREDIT_LIMIT_ACTUAL": limit,
        "NAME_CONTRACT_STATUS": Text(status, STATUS),
    }
    quiet = (runs.step < first_use) & runs.each(chance(rng, 0.55, rows.size))
    return result | _flows(rng, runs, balance, late & open_, quiet) | _receivable(balance)


def _span(
    previous: Previous, rows: Ints, runs: Runs, start: Ints
) -> tuple[NDArray[np.float64], Flags]:
    """The month of first use (never: infinite) and whether the card is closed, on each row."""
    drawing, end = previous.course.drawing[rows], previous.course.end[rows]
    use = np.where(np.isnan(drawing), np.inf, np.floor(drawing / DAYS_PER_MONTH) - start)
    close = np.where(end < 0, np.floor(end / DAYS_PER_MONTH) - start, np.inf)
    return runs.each(use), runs.step > runs.each(close)


def _balance(rng: Generator, use: Floats, runs: Runs, first_use: Floats, limit: Floats) -> Floats:
    """Balance at the end of each month: it climbs to the holder's own share of the limit and sways around it."""
    level = runs.each(np.clip(1.06 * normal_cdf(use) - 0.05, 0, 1))
    months = np.maximum(runs.step - first_use + 1, 0)
    phase, period = runs.each(rng.random(use.size)), runs.each(6 + 14 * rng.random(use.size))
    sway = 0.1 * np.sin(2 * np.pi * (phase + runs.step / period)) + 0.03 * rng.standard_normal(
        limit.size
    )
    part = np.clip(level * (1 - np.exp(-months / 2.5)) + sway * np.minimum(3 * level, 1), 0, 1.01)
    return to_step(np.where(months > 0, part, 0) * limit, 0.045)


def _flows(rng: Generator, runs: Runs, balance: Floats, late: Flags, quiet: Flags) -> Columns:
    """Drawings and payments that lead from one month's balance to the next, and the days past due."""
    size, before = balance.size, np.where(runs.step > 0, np.roll(balance, 1), 0)
    least = np.where(before > 0, np.minimum(np.maximum(LEAST * before, 2250), before), 0)
    drift = balance - before * (1 + INTEREST) + least
    drawn, paid = (
        to_step(np.maximum(drift, 0), 0.045),
        to_step(least + np.maximum(-drift, 0), 0.045),
    )
    owed = (before > 0) & late
    days = np.where(owed, 1 + np.floor(rng.gamma(0.6, 25, size)), 0).astype(np.int64)
    unset = quiet & chance(rng, 0.45, size)
    matured = np.cumsum(before > 0)
    before_card = (
        np.where(runs.lengths > 0, matured[np.minimum(runs.starts, size - 1)], 0)
        if size
        else runs.starts
    )
    return _drawings(rng, runs, drawn, quiet) | {
        "AMT_INST_MIN_REGULARITY": blank(to_step(least, 0.045), unset),
        "AMT_PAYMENT_CURRENT": blank(paid, quiet | chance(rng, 0.015, size)),
        "AMT_PAYMENT_TOTAL_CURRENT": paid,
        "CNT_INSTALMENT_MATURE_CUM": blank(matured - runs.each(before_card), unset),
        "SK_DPD": days,
        "SK_DPD_DEF": np.where(chance(rng, 0.5, size), days, 0),
    }


def _drawings(rng: Generator, runs: Runs, drawn: Floats, quiet: Flags) -> Columns:
    """Drawings split by way: each holder has a taste for cash; cash comes in round sums."""
    size, taste = drawn.size, runs.each(rng.beta(0.6, 0.6, runs.lengths.size))
    cash = np.minimum(np.floor(drawn * taste / 450) * 450, drawn)
    other = np.where(chance(rng, 0.006, size), to_step((drawn - cash) / 2, 0.045), 0)
    shop = np.round(drawn - cash - other, 4)
    counts = {
        "ATM": np.ceil(cash / 25_000),
        "OTHER": np.ceil(other / 30_000),
        "POS": np.ceil(shop / 4_000),
    }
    counts = {name: np.minimum(count, 100) for name, count in counts.items()}
    amounts = {"ATM": cash, "OTHER": other, "POS": shop}
    result: Columns = {"AMT_DRAWINGS_CURRENT": drawn, "CNT_DRAWINGS_CURRENT": sum(counts.values())}
    result |= {
        f"AMT_DRAWINGS_{name}_CURRENT": blank(value, quiet) for name, value in amounts.items()
    }
    return result | {
        f"CNT_DRAWINGS_{name}_CURRENT": blank(count, quiet) for name, count in counts.items()
    }


def _receivable(balance: Floats) -> Columns:
    """What the lender may claim: the balance without the fees of the month."""
    claim = to_step(balance * 0.997, 0.045)
    return {
        "AMT_RECEIVABLE_PRINCIPAL": to_step(balance * 0.962, 0.045),
        "AMT_RECIVABLE": claim,
        "AMT_TOTAL_RECEIVABLE": claim,
    }


def card_instalments(rng: Generator, cards: Columns) -> Columns:
    """The columns of installments_payments for the cards: one to three payments in a month."""
    rows = np.flatnonzero(cards["AMT_PAYMENT_TOTAL_CURRENT"] > 0)
    pays = Runs(rng.choice([1, 2, 3], rows.size, p=[0.35, 0.35, 0.3]))
    day = np.round(cards["MONTHS_BALANCE"][rows] * DAYS_PER_MONTH) + 21
    past_due = cards["SK_DPD"][rows]
    delay = np.where(past_due > 0, past_due, -np.floor(rng.gamma(0.9, 6, rows.size)))
    paid = cards["AMT_PAYMENT_TOTAL_CURRENT"][rows] / pays.lengths
    amount = np.round(pays.each(paid), 3)
    return {
        "SK_ID_PREV": pays.each(cards["SK_ID_PREV"][rows]),
        "SK_ID_CURR": pays.each(cards["SK_ID_CURR"][rows]),
        "NUM_INSTALMENT_VERSION": np.zeros(amount.size),
        "NUM_INSTALMENT_NUMBER": pays.each(
            np.nan_to_num(cards["CNT_INSTALMENT_MATURE_CUM"][rows]).astype(np.int64)
        ),
        "DAYS_INSTALMENT": pays.each(day),
        "DAYS_ENTRY_PAYMENT": np.minimum(pays.each(day + delay) - pays.step, -1),
        "AMT_INSTALMENT": amount,
        "AMT_PAYMENT": amount,
    }
