"""Credits elsewhere: the tables bureau and bureau_balance."""

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
    as_integers,
    round_to_step,
    with_missing,
)
from credit_scoring.sample.distributions import distribution
from credit_scoring.sample.random_draws import (
    bernoulli,
    draw_column,
    draw_log_normal,
    logistic,
    normal_cdf,
)

SHARE_KNOWN = 0.86  # share of applicants whom the bureau knows
MEAN_FURTHER_CREDITS = 4.62  # mean number of credits beyond the first
OLDEST_CREDIT = 2922  # days: eight years
SHARE_WITH_BALANCES = 0.435  # share of the known whose credits have monthly balances
LOADING = {"debt": 0.55, "tardy": 0.65}  # correlation of a trait with the frailty
CREDIT_STATUS = ("Active", "Closed", "Sold", "Bad debt")
MONTH_STATUS = ("0", "1", "2", "3", "4", "5", "C", "X")
WORST = 5  # code of the worst status in months past due


def draw_credit_counts(rng: Generator, size: int) -> Ints:
    """Number of credits at the bureau of each applicant: none for one in seven."""
    further = rng.poisson(MEAN_FURTHER_CREDITS * rng.gamma(1.3, 1 / 1.3, size))
    return np.where(bernoulli(rng, SHARE_KNOWN, size), 1 + np.minimum(further, 60), 0)


def draw_bureau(
    rng: Generator, applicants: Applicants, counts: Ints, first_id: int
) -> tuple[Columns, Columns]:
    """The columns of bureau and of bureau_balance.

    Each applicant has `counts` credits. Their identifiers start at `first_id`.
    """
    owner = ChildRows(counts).parent
    size = owner.size
    credit_type = draw_column(rng, "bureau", "CREDIT_TYPE", size)
    columns: Columns = {
        "SK_ID_CURR": applicants.ids[owner],
        "SK_ID_BUREAU": first_id + rng.permutation(size),
        "CREDIT_CURRENCY": draw_column(rng, "bureau", "CREDIT_CURRENCY", size),
        "CREDIT_TYPE": credit_type,
        "CNT_CREDIT_PROLONG": _prolongations(rng, size),
    }
    tardy = applicants.trait(rng, LOADING["tardy"])[owner]
    written_off = bernoulli(rng, logistic(-6.2 + 0.9 * tardy), size)
    columns |= _dates(rng, credit_type, written_off)
    columns |= _amounts(rng, applicants, owner, columns)
    columns |= _overdue(rng, tardy, written_off, columns)
    columns["AMT_CREDIT_SUM_OVERDUE"] = _amount_overdue(rng, columns)
    with_balances = bernoulli(rng, SHARE_WITH_BALANCES, applicants.size)[owner]
    return columns, _balances(rng, columns, np.flatnonzero(with_balances), tardy, written_off)


def _prolongations(rng: Generator, size: int) -> Ints:
    once = as_integers(bernoulli(rng, 0.0045, size))
    return once + as_integers(bernoulli(rng, 0.0005, size))


def _by_type(credit_type: TextColumn, field: str) -> Floats:
    """A parameter of each credit's type, from the distributions."""
    types = distribution("bureau", "kinds")
    values = {label: types.get(label, types["other"])[field] for label in credit_type.labels}
    return credit_type.map_labels(values)


def _dates(rng: Generator, credit_type: TextColumn, written_off: Flags) -> Columns:
    """Start, planned and actual end, last update: a credit without an actual end is active."""
    size = credit_type.codes.size
    start = -np.round(OLDEST_CREDIT * rng.beta(0.9, 1.42, size)).astype(np.int64)
    term = np.round(draw_log_normal(rng, _by_type(credit_type, "term"), 0.5, size))
    term = np.maximum(term, 7)
    early = np.where(bernoulli(rng, 0.3, size), rng.beta(2, 2, size), 1)
    late = np.where(bernoulli(rng, 0.12, size), rng.gamma(1, 90, size), 0)
    end = start + np.maximum(np.round(term * early + late), 1)
    closed = (end < 0) & ~written_off
    sold = bernoulli(rng, 0.006, size) & closed
    after_end = end + np.round(rng.gamma(0.3, 500, size))
    update = np.where(closed, after_end, -np.round(rng.gamma(1, 22, size)))
    bad_debt = written_off & bernoulli(rng, 0.004, size)
    codes = np.where(sold, 2, np.where(closed, 1, np.where(bad_debt, 3, 0)))
    share_without_plan = np.where(credit_type.is_in("Credit card"), 0.2, 0.015) + 0.02 * ~closed
    return {
        "CREDIT_ACTIVE": TextColumn(codes, CREDIT_STATUS),
        "DAYS_CREDIT": start,
        "DAYS_CREDIT_ENDDATE": with_missing(start + term, bernoulli(rng, share_without_plan, size)),
        "DAYS_ENDDATE_FACT": with_missing(end, ~closed),
        "DAYS_CREDIT_UPDATE": np.clip(update, start, 0).astype(np.int64),
    }


def _amounts(rng: Generator, applicants: Applicants, owner: Ints, columns: Columns) -> Columns:
    """Sum, debt, card limit and annuity.

    An applicant owes about the same share of every active credit.
    """
    size = owner.size
    card = columns["CREDIT_TYPE"].is_in("Credit card")
    active = _active(columns)
    total = _credit_sum(rng, applicants.income[owner], columns["CREDIT_TYPE"])
    owed = normal_cdf(applicants.trait(rng, LOADING["debt"]))[owner]
    share = np.clip(0.92 * owed - 0.04 + 0.08 * rng.standard_normal(size), 0, 1)
    debt = np.where(active, round_to_step(total * share, 0.5), 0)
    limit = np.where(card & active, total - debt, 0)
    days = np.nan_to_num(columns["DAYS_CREDIT_ENDDATE"] - columns["DAYS_CREDIT"], nan=900)
    months = np.maximum(days, 30) / 30
    annuity = np.where(active, round_to_step(total / months * 1.15, 4.5), 0)
    no_annuity = bernoulli(rng, 0.55, applicants.size)[owner]
    no_debt = bernoulli(rng, np.where(active, 0.1, 0.175), size)
    no_limit = bernoulli(rng, 0.345, size)
    return {
        "AMT_CREDIT_SUM": total,
        "AMT_CREDIT_SUM_DEBT": with_missing(debt, no_debt),
        "AMT_CREDIT_SUM_LIMIT": with_missing(limit, no_limit),
        "AMT_ANNUITY": with_missing(annuity, no_annuity | bernoulli(rng, 0.05, size)),
    }


def _active(columns: Columns) -> Flags:
    return np.asarray(columns["CREDIT_ACTIVE"].is_in("Active", "Bad debt"))


def _credit_sum(rng: Generator, income: Floats, credit_type: TextColumn) -> Floats:
    """Amount of each credit; two in five in a round sum, a card's may be 0."""
    size = income.size
    median = _by_type(credit_type, "sum") * (income / 146_000) ** 0.35
    total = draw_log_normal(rng, median, _by_type(credit_type, "spread"), size)
    total = round_to_step(total, 4.5)
    round_sum = bernoulli(rng, 0.4, size)
    total = np.clip(np.where(round_sum, round_to_step(total, 4500), total), 4500, 4e7)
    unused_card = credit_type.is_in("Credit card") & bernoulli(rng, 0.1, size)
    return np.where(unused_card, 0, total)


def _overdue(rng: Generator, tardy: Floats, written_off: Flags, columns: Columns) -> Columns:
    """Days past due now and the largest amount past due so far."""
    size = tardy.size
    is_late = written_off | bernoulli(rng, logistic(-6.2 + 1.1 * tardy), size)
    late_now = _active(columns) & is_late
    age = -columns["DAYS_CREDIT"]
    days = np.where(written_off, 120 + rng.gamma(2, 250, size), rng.gamma(1, 25, size))
    days = np.where(late_now, np.minimum(1 + np.round(days), np.maximum(age - 15, 1)), 0)
    was_late = late_now | bernoulli(rng, logistic(-1.9 + 0.9 * tardy), size)
    largest = np.minimum(draw_log_normal(rng, 4500, 1.3, size), columns["AMT_CREDIT_SUM"])
    largest = np.where(was_late, round_to_step(largest, 0.5), 0)
    return {
        "CREDIT_DAY_OVERDUE": days.astype(np.int64),
        "AMT_CREDIT_MAX_OVERDUE": with_missing(largest, bernoulli(rng, 0.655, size)),
    }


def _amount_overdue(rng: Generator, columns: Columns) -> Floats:
    """Amount past due now: part of the debt, at most the largest so far if that is known."""
    debt = np.nan_to_num(columns["AMT_CREDIT_SUM_DEBT"])
    part = round_to_step(debt * rng.beta(1, 8, debt.size), 0.5)
    largest = np.nan_to_num(columns["AMT_CREDIT_MAX_OVERDUE"], nan=np.inf)
    return np.where(columns["CREDIT_DAY_OVERDUE"] > 0, np.minimum(part, largest), 0)


def _balances(
    rng: Generator, bureau: Columns, credits_: Ints, tardy: Floats, written_off: Flags
) -> Columns:
    """A row for each month from a credit's start to the application, the latest first.

    `credits_` are the rows of bureau that have monthly balances.
    """
    written_off = written_off[credits_]
    start = -bureau["DAYS_CREDIT"][credits_]
    months = ChildRows(np.floor(start / DAYS_PER_MONTH).astype(np.int64) + 1)
    month = months.position
    end = np.nan_to_num(-bureau["DAYS_ENDDATE_FACT"][credits_], nan=-1)
    closed = month < months.repeat(np.floor(end / DAYS_PER_MONTH) + (end >= 0)) - 1
    late = ~closed & _late_months(rng, months, tardy[credits_], written_off)
    code = np.where(late, np.minimum(_consecutive_late_months(late, months), WORST), 0)
    unknown_share = months.repeat(_unknown_share(rng, credits_.size))
    unknown = bernoulli(rng, unknown_share, months.size) & ~late & ~closed
    unknown |= (unknown_share == 1) & ~months.repeat(written_off)
    code = np.where(closed, MONTH_STATUS.index("C"), code)
    code = np.where(unknown, MONTH_STATUS.index("X"), code)
    return {
        "SK_ID_BUREAU": months.repeat(bureau["SK_ID_BUREAU"][credits_]),
        "MONTHS_BALANCE": -month,
        "STATUS": TextColumn(code, MONTH_STATUS),
    }


def _late_months(rng: Generator, months: ChildRows, tardy: Floats, written_off: Flags) -> Flags:
    """Whether each month is late; all are since a credit was written off."""
    since = np.floor(rng.random(written_off.size) * months.counts)
    since = months.repeat(np.where(written_off, since, -1))
    late = bernoulli(rng, months.repeat(logistic(-4.9 + 1.25 * tardy)), months.size)
    return np.asarray(late | (months.position <= since))


def _unknown_share(rng: Generator, size: int) -> Floats:
    """Share of months of a credit that were not reported: all, none or a few."""
    choice = rng.choice(3, size, p=[0.17, 0.43, 0.4])
    return np.choose(choice, [1.0, 0.0, 0.35 * rng.beta(0.7, 1.5, size)])


def _consecutive_late_months(late: Flags, months: ChildRows) -> Ints:
    """How many months in a row were late up to each; rows start at the latest month."""
    index = np.arange(late.size)
    is_last_row = np.zeros(late.size, dtype=bool)
    is_last_row[(months.starts + months.counts - 1)[months.counts > 0]] = True
    # A run ends at the next earlier month that is not late, or at the credit's last row.
    stop = np.where(~late, index, np.where(is_last_row, index + 1, late.size))
    bound = np.minimum.accumulate(stop[::-1])[::-1]
    return np.asarray(bound - index)
