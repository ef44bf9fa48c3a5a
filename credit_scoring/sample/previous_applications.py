"""Earlier applications at this lender: the table previous_application."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from credit_scoring.sample.applicants import People
from credit_scoring.sample.goods import draw_goods, product
from credit_scoring.sample.random_draws import (
    SENTINEL,
    Columns,
    Flags,
    Floats,
    Ints,
    Runs,
    Text,
    blank,
    chance,
    choose,
    choose_by,
    choose_number,
    flag,
    log_normal,
    logistic,
    shares,
    to_step,
)

KNOWN = 0.952  # share of applicants who applied before
MORE = 3.93  # mean number of earlier applications beyond the first
OLDEST = 2922  # days: eight years
HOLDERS = 0.305  # share of those who applied before who got a credit card
KINDS = ("Consumer loans", "Cash loans", "Revolving loans", "XNA")
KIND_SHARES = {
    "Consumer loans": 0.45,
    "Cash loans": 0.491,
    "Revolving loans": 0.0587,
    "XNA": 0.0003,
}
REFUSED = {
    "Consumer loans": -2.75,
    "Cash loans": -1.6,
    "Revolving loans": -0.6,
    "XNA": -3.0,
}  # log-odds
REFUSED_BY_FRAILTY = 0.6  # correlation of the trait behind refusals with the frailty
SPREAD_OF_REFUSALS = 1.25
STEP = 30  # days between two instalments
CLOSED_CARDS, AHEAD = 0.12, 400  # share of cards given back; a day that lies ahead
NOT_STARTED = {
    "Consumer loans": 0.0217,
    "Cash loans": 0.0777,
    "Revolving loans": 0.0427,
    "XNA": 1.0,
}


@dataclass(frozen=True)
class Course:
    """What became of each application: `started` tells whether a credit came of it, the rest are days.

    `drawing` is a card's first use, missing where there is none; `first_due`, `planned` and `end` are the first
    and last day due, and when the last payment really is (positive: still ahead); `early` is before the plan.
    """

    started: Flags
    drawing: Floats
    first_due: Floats
    planned: Floats
    end: Floats
    early: Flags


@dataclass(frozen=True)
class Previous:
    """The earlier applications of a block: the table, the applicant's place in the block, the credits' courses."""

    columns: Columns
    owner: Ints
    course: Course


def draw_previous(rng: Generator, people: People, first_id: int) -> Previous:
    """The earlier applications of `people`, numbered from `first_id`."""
    runs = Runs(_counts(rng, people.size))
    owner, size = runs.owner, runs.owner.size
    card = _card_rows(rng, runs)
    kind = choose(rng, KIND_SHARES, size).put(card, "Revolving loans")
    columns: Columns = {
        "SK_ID_PREV": first_id + rng.permutation(size),
        "SK_ID_CURR": people.ids[owner],
    }
    columns |= {"NAME_CONTRACT_TYPE": kind} | _outcome(rng, people, owner, kind, card)
    columns["DAYS_DECISION"] = _decision(rng, kind, columns["NAME_CONTRACT_STATUS"])
    columns |= _visit(rng, columns, runs)
    bare = _bare(rng, kind, columns["NAME_CONTRACT_STATUS"])
    columns |= _terms(rng, people, owner, columns, bare)
    columns |= draw_goods(rng, kind, columns, bare)
    approved = columns["NAME_CONTRACT_STATUS"].of("Approved")
    odds = np.array([NOT_STARTED[label] for label in kind.labels])
    started = approved & ~chance(rng, odds[kind.codes], size)
    dates, course = _dates(rng, columns, started)
    return Previous(columns | dates | product(columns, bare), owner, course)


def _counts(rng: Generator, size: int) -> Ints:
    more = np.minimum(rng.poisson(MORE * rng.gamma(1.25, 1 / 1.25, size)), 60)
    return np.where(chance(rng, KNOWN, size), 1 + more, 0)


def _card_rows(rng: Generator, runs: Runs) -> Flags:
    """One row of each applicant who holds a card."""
    holders = np.flatnonzero(chance(rng, HOLDERS, runs.lengths.size) & (runs.lengths > 0))
    rows = np.zeros(runs.lengths.sum(), dtype=bool)
    rows[
        runs.starts[holders]
        + np.floor(rng.random(holders.size) * runs.lengths[holders]).astype(np.int64)
    ] = True
    return rows


def _decision(rng: Generator, kind: Text, status: Text) -> Ints:
    """Day of the decision; what came to nothing is kept less long."""
    shape = np.array([shares("previous", "DAYS")[label] for label in kind.labels])[kind.codes]
    span = np.where(status.of("Approved"), OLDEST, 0.6 * OLDEST)
    days: Ints = np.maximum(np.round(span * rng.beta(shape[:, 0], shape[:, 1])), 2).astype(np.int64)
    return -days


def _outcome(rng: Generator, people: People, owner: Ints, kind: Text, card: Flags) -> Columns:
    """Status and reason: the frail were refused more often, and their cards alone are always approved."""
    base = np.array([REFUSED[label] for label in kind.labels])[kind.codes]
    trait = SPREAD_OF_REFUSALS * people.trait(rng, REFUSED_BY_FRAILTY)
    refused = chance(rng, logistic(base + trait[owner]), owner.size) & ~card
    status = choose_by(
        rng, (shares("previous", "status", label) for label in kind.labels), kind.codes
    )
    status = status.put(refused, "Refused").put(card, "Approved")
    reason = choose_by(
        rng, (shares("previous", "CODE_REJECT_REASON", label) for label in kind.labels), kind.codes
    )
    return {
        "NAME_CONTRACT_STATUS": status,
        "CODE_REJECT_REASON": reason.put(~refused, "XAP").put(status.of("Unused offer"), "CLIENT"),
    }


def _visit(rng: Generator, columns: Columns, runs: Runs) -> Columns:
    """Weekday, hour, company; the first application of an applicant is mostly a new client's."""
    size = runs.owner.size
    oldest = np.full(runs.lengths.size, 0)
    np.minimum.at(oldest, runs.owner, columns["DAYS_DECISION"])
    later = flag(columns["DAYS_DECISION"] > oldest[runs.owner])
    client = [shares("previous", "NAME_CLIENT_TYPE", name) for name in ("first", "later")]
    hour = np.clip(np.round(rng.normal(12.5, 3.33, size)), 0, 23)
    return {
        "NAME_CLIENT_TYPE": choose_by(rng, client, later),
        "WEEKDAY_APPR_PROCESS_START": choose(
            rng, shares("previous", "WEEKDAY_APPR_PROCESS_START"), size
        ),
        "HOUR_APPR_PROCESS_START": hour.astype(np.int64),
        "FLAG_LAST_APPL_PER_CONTRACT": Text(flag(~chance(rng, 0.0051, size)), ("N", "Y")),
        "NFLAG_LAST_APPL_IN_DAY": flag(~chance(rng, 0.0035, size)),
    }


def _bare(rng: Generator, kind: Text, status: Text) -> Flags:
    """Applications that ended before their terms were set: most cancelled ones, some refused cash loans."""
    odds = np.where(status.of("Canceled"), 0.966, 0) + np.where(
        status.of("Refused") & kind.of("Cash loans"), 0.17, 0
    )
    return chance(rng, odds, kind.codes.size) | kind.of("XNA")


def _terms(rng: Generator, people: People, owner: Ints, columns: Columns, bare: Flags) -> Columns:
    """Amounts, term and interest; left open where the application ended before they were set."""
    kind, status, size = columns["NAME_CONTRACT_TYPE"], columns["NAME_CONTRACT_STATUS"], owner.size
    revolving, consumer = kind.of("Revolving loans", "XNA"), kind.of("Consumer loans")
    group, payments = _plan(rng, kind)
    asked, credit, down = _amounts(rng, people.income[owner], columns, payments)
    annuity = np.where(revolving, credit / 20, _annuity(rng, credit, payments, group))
    unset = bare | status.of("Unused offer") | (status.of("Refused") & chance(rng, 0.11, size))
    part = np.divide(down, asked, out=np.zeros(size), where=asked > 0)
    no_down = bare | (~consumer & chance(rng, np.where(revolving, 0.99, 0.89), size))
    return {
        "AMT_APPLICATION": np.where(bare, 0, asked),
        "AMT_CREDIT": np.where(bare, 0, credit),
        "AMT_ANNUITY": blank(np.round(annuity, 3), unset),
        "AMT_GOODS_PRICE": blank(
            asked, bare | (revolving & (asked == 0) & chance(rng, 0.75, size))
        ),
        "AMT_DOWN_PAYMENT": blank(down, no_down),
        "RATE_DOWN_PAYMENT": blank(np.round(part * 0.99, 6), no_down),
        "CNT_PAYMENT": blank(payments, unset),
        "NAME_YIELD_GROUP": group.put(unset, "XNA"),
    } | _rates(rng, consumer & ~unset)


def _plan(rng: Generator, kind: Text) -> tuple[Text, Floats]:
    """The group of interest and the number of payments, by the kind of loan."""
    group = choose_by(
        rng, (shares("previous", "yield", label) for label in kind.labels), kind.codes
    )
    payments = np.zeros(kind.codes.size)
    for code, label in enumerate(kind.labels):
        rows = kind.codes == code
        payments[rows] = choose_number(rng, shares("previous", "terms", label), int(rows.sum()))
    return group, payments


def _amounts(
    rng: Generator, income: Floats, columns: Columns, payments: Floats
) -> tuple[Floats, Floats, Floats]:
    """The amount asked for, the credit and the down payment; half of the cards were asked for without an amount."""
    kind, size = columns["NAME_CONTRACT_TYPE"], income.size
    revolving, consumer = kind.of("Revolving loans", "XNA"), kind.of("Consumer loans")
    application = _application(rng, income, columns, payments)
    down = np.where(
        consumer & chance(rng, 0.5, size), to_step(application * rng.beta(1.6, 9, size), 4.5), 0
    )
    extra = np.where(
        consumer, 1 + 0.14 * rng.beta(0.6, 1.2, size), 1 + 0.3 * rng.beta(1, 1.6, size)
    )
    credit = np.where(revolving, _limit(rng, income), to_step((application - down) * extra, 4.5))
    asked = np.where(
        revolving & chance(rng, 0.5, size), 0, np.where(revolving, credit, application)
    )
    return asked, credit, down


def _application(rng: Generator, income: Floats, columns: Columns, payments: Floats) -> Floats:
    """The amount asked for: goods of some 70,000 or cash of some 230,000; longer terms for larger sums."""
    consumer = columns["NAME_CONTRACT_TYPE"].of("Consumer loans")
    refused = columns["NAME_CONTRACT_STATUS"].of("Refused")
    median = np.where(
        consumer, 70_000 * (np.maximum(payments, 4) / 11) ** 0.5, 215_000 * (payments / 20) ** 0.9
    )
    median = median * (income / 146_000) ** 0.4 * np.where(refused, 1.3, 1)
    amount = log_normal(rng, np.maximum(median, 1), np.where(consumer, 0.65, 0.72), income.size)
    return np.clip(np.where(consumer, to_step(amount, 4.5), to_step(amount, 4500)), 9000, 3_150_000)


def _limit(rng: Generator, income: Floats) -> Floats:
    """Credit limit of a card, in multiples of 45,000."""
    return np.clip(
        to_step(log_normal(rng, 160_000 * (income / 146_000) ** 0.6, 0.75, income.size), 45_000),
        45_000,
        9e5,
    )


def _annuity(rng: Generator, credit: Floats, payments: Floats, group: Text) -> Floats:
    rate = (
        np.array([shares("previous", "rates")[label] for label in group.labels])[group.codes] / 12
    )
    rate = rate * np.exp(0.15 * rng.standard_normal(credit.size))
    return credit * rate / (1 - (1 + rate) ** -np.maximum(payments, 1))


def _rates(rng: Generator, known: Flags) -> Columns:
    """The two normalised interest rates, known for one consumer loan in a hundred."""
    hidden = ~known | ~chance(rng, 0.0085, known.size)
    primary = np.round(rng.choice([0.142443, 0.189122, 0.189136, 0.196914, 0.6], known.size), 6)
    privileged = np.round(rng.choice([0.637949, 0.715645, 0.8351, 0.867336], known.size), 6)
    return {
        "RATE_INTEREST_PRIMARY": blank(primary, hidden),
        "RATE_INTEREST_PRIVILEGED": blank(privileged, hidden),
    }


def _dates(rng: Generator, columns: Columns, started: Flags) -> tuple[Columns, Course]:
    """First and last due days of the credits that started; a day ahead, or an unused card's, is the sentinel."""
    card, size = columns["NAME_CONTRACT_TYPE"].of("Revolving loans"), started.size
    course = _course(rng, columns, started)
    drawing, due, planned, end = course.drawing, course.first_due, course.planned, course.end
    unused = card & np.isnan(drawing)
    closing = np.round(end + 1 + rng.gamma(1.6, 4, size))
    fields = {
        "DAYS_FIRST_DRAWING": np.where(np.isnan(drawing), SENTINEL, drawing),
        "DAYS_FIRST_DUE": np.where(unused | (due >= 0), SENTINEL, due),
        "DAYS_LAST_DUE_1ST_VERSION": np.where(card, SENTINEL, planned),
        "DAYS_LAST_DUE": np.where((end > -1) | unused, SENTINEL, end),
        "DAYS_TERMINATION": np.where(closing > -1, SENTINEL, closing),
        "NFLAG_INSURED_ON_APPROVAL": flag(chance(rng, np.where(card, 0.1, 0.37), size)),
    }
    return {name: blank(value, ~started) for name, value in fields.items()}, course


def _course(rng: Generator, columns: Columns, started: Flags) -> Course:
    """The course of each credit: a loan ends as planned or early, a card is drawn on some time or never."""
    kind, size, decision = columns["NAME_CONTRACT_TYPE"], started.size, columns["DAYS_DECISION"]
    card = kind.of("Revolving loans")
    drawing = decision + np.round(rng.gamma(0.6, 120, size))
    drawing = blank(drawing, ~card | chance(rng, 0.34, size) | (drawing > -1))
    due = np.where(
        card,
        np.nan_to_num(drawing) + rng.integers(30, 60, size),
        decision + 30 + chance(rng, 0.4, size),
    )
    planned = due + STEP * (np.nan_to_num(columns["CNT_PAYMENT"]) - 1)
    early = chance(rng, np.where(kind.of("Cash loans"), 0.5, 0.27), size) & ~card
    end = np.where(
        early, due + STEP * np.floor(rng.beta(1.5, 1.4, size) * (planned - due) / STEP), planned
    )
    closed = chance(rng, CLOSED_CARDS, size)
    end = np.where(card, np.where(closed, np.floor(decision * rng.random(size)), AHEAD), end)
    return Course(started, drawing, due, planned, end, early & (end < planned))
