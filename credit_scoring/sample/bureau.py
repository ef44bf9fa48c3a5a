"""Credits elsewhere: the tables bureau and bureau_balance."""

from typing import Any

import numpy as np
from numpy.random import Generator

from credit_scoring.sample.applicants import People
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
    flag,
    log_normal,
    logistic,
    normal_cdf,
    shares,
    to_step,
)

KNOWN = 0.86  # share of applicants whom the bureau knows
MORE_CREDITS = 4.62  # mean number of credits beyond the first
OLDEST = 2922  # days: eight years
TRACKED = 0.435  # share of the known whose credits have monthly balances
LOADING = {"debt": 0.55, "tardy": 0.65}  # correlation of a trait with the frailty
STATUS = ("Active", "Closed", "Sold", "Bad debt")
BALANCE = ("0", "1", "2", "3", "4", "5", "C", "X")


def credit_counts(rng: Generator, size: int) -> Ints:
    """Number of credits at the bureau of each applicant: none for one in seven."""
    more = np.minimum(rng.poisson(MORE_CREDITS * rng.gamma(1.3, 1 / 1.3, size)), 60)
    return np.where(chance(rng, KNOWN, size), 1 + more, 0)


def draw_bureau(
    rng: Generator, people: People, counts: Ints, first_id: int
) -> tuple[Columns, Columns]:
    """The columns of bureau and of bureau_balance; `counts` credits each, numbered from `first_id`."""
    owner = Runs(counts).owner
    size = owner.size
    kind = choose(rng, shares("bureau", "CREDIT_TYPE"), size)
    columns: Columns = {
        "SK_ID_CURR": people.ids[owner],
        "SK_ID_BUREAU": first_id + rng.permutation(size),
        "CREDIT_CURRENCY": choose(rng, shares("bureau", "CREDIT_CURRENCY"), size),
        "CREDIT_TYPE": kind,
        "CNT_CREDIT_PROLONG": flag(chance(rng, 0.0045, size)) + flag(chance(rng, 0.0005, size)),
    }
    tardy = people.trait(rng, LOADING["tardy"])[owner]
    written_off = chance(rng, logistic(-6.2 + 0.9 * tardy), size)
    columns |= _life(rng, kind, written_off)
    columns |= _money(rng, people, owner, columns)
    columns |= _overdue(rng, tardy, written_off, columns)
    columns["AMT_CREDIT_SUM_OVERDUE"] = _amount_overdue(rng, columns)
    tracked = chance(rng, TRACKED, people.size)[owner]
    return columns, _balances(rng, columns, np.flatnonzero(tracked), tardy, written_off)


def _by_kind(kind: Text, field: str) -> Floats:
    """A number of each credit's kind, from the shares."""
    kinds: dict[str, Any] = shares("bureau", "kinds")
    return np.array([kinds.get(label, kinds["other"])[field] for label in kind.labels])[kind.codes]


def _life(rng: Generator, kind: Text, written_off: Flags) -> Columns:
    """Start, planned and actual end, last news: a credit whose end lies ahead is active."""
    size = kind.codes.size
    start = -np.round(OLDEST * rng.beta(0.9, 1.42, size)).astype(np.int64)
    term = np.maximum(np.round(log_normal(rng, _by_kind(kind, "term"), 0.5, size)), 7)
    early = np.where(chance(rng, 0.3, size), rng.beta(2, 2, size), 1)
    late = np.where(chance(rng, 0.12, size), rng.gamma(1, 90, size), 0)
    end = start + np.maximum(np.round(term * early + late), 1)
    closed = (end < 0) & ~written_off
    sold = chance(rng, 0.006, size) & closed
    news = np.where(
        closed, end + np.round(rng.gamma(0.3, 500, size)), -np.round(rng.gamma(1, 22, size))
    )
    codes = np.where(
        sold, 2, np.where(closed, 1, np.where(written_off & chance(rng, 0.004, size), 3, 0))
    )
    no_plan = chance(rng, np.where(kind.of("Credit card"), 0.2, 0.015) + 0.02 * ~closed, size)
    return {
        "CREDIT_ACTIVE": Text(codes, STATUS),
        "DAYS_CREDIT": start,
        "DAYS_CREDIT_ENDDATE": blank(start + term, no_plan),
        "DAYS_ENDDATE_FACT": blank(end, ~closed),
        "DAYS_CREDIT_UPDATE": np.clip(news, start, 0).astype(np.int64),
    }


def _money(rng: Generator, people: People, owner: Ints, columns: Columns) -> Columns:
    """Sum, debt, card limit and annuity; an applicant owes about the same share of every active credit."""
    kind, size = columns["CREDIT_TYPE"], owner.size
    card, active = kind.of("Credit card"), columns["CREDIT_ACTIVE"].of("Active", "Bad debt")
    median = _by_kind(kind, "sum") * (people.income[owner] / 146_000) ** 0.35
    total = to_step(log_normal(rng, median, _by_kind(kind, "spread"), size), 4.5)
    total = np.clip(np.where(chance(rng, 0.4, size), to_step(total, 4500), total), 4500, 4e7)
    total = np.where(card & chance(rng, 0.1, size), 0, total)
    owed = normal_cdf(people.trait(rng, LOADING["debt"]))[owner]
    part = np.clip(0.92 * owed - 0.04 + 0.08 * rng.standard_normal(size), 0, 1)
    debt = np.where(active, to_step(total * part, 0.5), 0)
    months = (
        np.maximum(
            np.nan_to_num(columns["DAYS_CREDIT_ENDDATE"] - columns["DAYS_CREDIT"], nan=900), 30
        )
        / 30
    )
    annuity = np.where(active, to_step(total / months * 1.15, 4.5), 0)
    silent = chance(rng, 0.55, people.size)[owner]
    return {
        "AMT_CREDIT_SUM": total,
        "AMT_CREDIT_SUM_DEBT": blank(debt, chance(rng, np.where(active, 0.1, 0.175), size)),
        "AMT_CREDIT_SUM_LIMIT": blank(
            np.where(card & active, total - debt, 0), chance(rng, 0.345, size)
        ),
        "AMT_ANNUITY": blank(annuity, silent | chance(rng, 0.05, size)),
    }


def _overdue(rng: Generator, tardy: Floats, written_off: Flags, columns: Columns) -> Columns:
    """Days past due now and the largest amount past due so far."""
    size, active = tardy.size, columns["CREDIT_ACTIVE"].of("Active", "Bad debt")
    late_now = active & (written_off | chance(rng, logistic(-6.2 + 1.1 * tardy), size))
    age = -columns["DAYS_CREDIT"]
    days = np.where(written_off, 120 + rng.gamma(2, 250, size), rng.gamma(1, 25, size))
    days = np.where(late_now, np.minimum(1 + np.round(days), np.maximum(age - 15, 1)), 0)
    was_late = late_now | chance(rng, logistic(-1.9 + 0.9 * tardy), size)
    largest = np.minimum(log_normal(rng, 4500, 1.3, size), columns["AMT_CREDIT_SUM"])
    return {
        "CREDIT_DAY_OVERDUE": days.astype(np.int64),
        "AMT_CREDIT_MAX_OVERDUE": blank(
            np.where(was_late, to_step(largest, 0.5), 0), chance(rng, 0.655, size)
        ),
    }


def _amount_overdue(rng: Generator, columns: Columns) -> Floats:
    """Amount past due now: part of the debt, at most the largest so far where that is known."""
    debt = np.nan_to_num(columns["AMT_CREDIT_SUM_DEBT"])
    part = to_step(debt * rng.beta(1, 8, debt.size), 0.5)
    most = np.nan_to_num(columns["AMT_CREDIT_MAX_OVERDUE"], nan=np.inf)
    return np.where(columns["CREDIT_DAY_OVERDUE"] > 0, np.minimum(part, most), 0)


def _balances(
    rng: Generator, bureau: Columns, rows: Ints, tardy: Floats, written_off: Flags
) -> Columns:
    """A row for each month from the start of the credits at `rows` to the application, the latest first."""
    start = -bureau["DAYS_CREDIT"][rows]
    runs = Runs(np.floor(start / DAYS_PER_MONTH).astype(np.int64) + 1)
    end = np.nan_to_num(-bureau["DAYS_ENDDATE_FACT"][rows], nan=-1)
    month, size = runs.step, int(runs.lengths.sum())
    closed = month < runs.each(np.floor(end / DAYS_PER_MONTH) + (end >= 0)) - 1
    bad_since = np.where(written_off[rows], np.floor(rng.random(rows.size) * runs.lengths), -1)
    late = chance(rng, runs.each(logistic(-4.9 + 1.25 * tardy[rows])), size) | (
        month <= runs.each(bad_since)
    )
    late &= ~closed
    code = np.where(late, np.minimum(_months_late(late, runs), 5), 0)
    gaps = runs.each(_unknown_share(rng, rows.size))
    unknown = (chance(rng, gaps, size) & ~late & ~closed) | (
        (gaps == 1) & ~runs.each(written_off[rows])
    )
    code = np.where(unknown, BALANCE.index("X"), np.where(closed, BALANCE.index("C"), code))
    identity = bureau["SK_ID_BUREAU"][rows]
    return {
        "SK_ID_BUREAU": runs.each(identity),
        "MONTHS_BALANCE": -month,
        "STATUS": Text(code, BALANCE),
    }


def _unknown_share(rng: Generator, size: int) -> Floats:
    """Share of months of a credit that were not reported: all, or a few."""
    whole = rng.choice(3, size, p=[0.17, 0.43, 0.4])
    return np.choose(whole, [1.0, 0.0, 0.35 * rng.beta(0.7, 1.5, size)])


def _months_late(late: Flags, runs: Runs) -> Ints:
    """How many months in a row were late up to each (rows run from the latest month back)."""
    index = np.arange(late.size)
    last_row = np.zeros(late.size, dtype=bool)
    last_row[runs.starts[runs.lengths > 0] + runs.lengths[runs.lengths > 0] - 1] = True
    # The next row back in time that is not late, or the end of the credit's rows, bounds the run.
    stop = np.where(~late, index, np.where(last_row, index + 1, late.size))
    bound = np.minimum.accumulate(stop[::-1])[::-1]
    return np.asarray(bound - index)
