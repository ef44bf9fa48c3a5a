"""Earlier applications at this lender: the table previous_application."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from credit_scoring.sample.applicants import Applicants
from credit_scoring.sample.columns import ChildRows, Columns, Flags, Ints, TextColumn, as_integers
from credit_scoring.sample.distributions import distribution
from credit_scoring.sample.previous_dates import CreditDates, date_columns, draw_credit_dates
from credit_scoring.sample.previous_goods import draw_goods, product_columns
from credit_scoring.sample.previous_terms import draw_terms
from credit_scoring.sample.random_draws import bernoulli, draw_column, draw_column_by, logistic

SHARE_WITH_HISTORY = 0.952  # share of applicants who applied before
MEAN_FURTHER_APPLICATIONS = 3.93  # mean number of earlier applications beyond the first
OLDEST_DECISION = 2922  # days: eight years
SHARE_CARD_HOLDERS = 0.305  # share of those who applied before who got a credit card
REFUSAL_LOADING = 0.6  # correlation of the trait behind refusals with the frailty
REFUSAL_SPREAD = 1.25  # standard deviation of that trait, in log-odds


@dataclass(frozen=True)
class PreviousApplications:
    """The earlier applications of a block: the table's columns and the credits' dates.

    `owner` is the applicant's position in the block.
    """

    columns: Columns
    owner: Ints
    dates: CreditDates


def draw_previous_applications(
    rng: Generator, applicants: Applicants, first_id: int
) -> PreviousApplications:
    """The earlier applications of `applicants`, numbered from `first_id`."""
    rows = ChildRows(_application_counts(rng, applicants.size))
    owner = rows.parent
    card = _card_rows(rng, rows)
    loan_type = draw_column(rng, "previous", "NAME_CONTRACT_TYPE", rows.size)
    loan_type = loan_type.replace_where(card, "Revolving loans")
    columns: Columns = {
        "SK_ID_PREV": first_id + rng.permutation(rows.size),
        "SK_ID_CURR": applicants.ids[owner],
        "NAME_CONTRACT_TYPE": loan_type,
    }
    columns |= _outcome(rng, applicants, owner, loan_type, card)
    status = columns["NAME_CONTRACT_STATUS"]
    columns["DAYS_DECISION"] = _decision_day(rng, loan_type, status)
    columns |= _visit(rng, columns, rows)
    ended_early = _ended_before_terms(rng, loan_type, status)
    columns |= draw_terms(
        rng, applicants.income[owner], applicants.frailty[owner], columns, ended_early
    )
    columns |= draw_goods(rng, loan_type, columns, ended_early)
    dates = draw_credit_dates(rng, columns)
    columns |= date_columns(rng, columns, dates)
    columns |= product_columns(columns, ended_early)
    return PreviousApplications(columns, owner, dates)


def _application_counts(rng: Generator, size: int) -> Ints:
    further = rng.poisson(MEAN_FURTHER_APPLICATIONS * rng.gamma(1.25, 1 / 1.25, size))
    return np.where(bernoulli(rng, SHARE_WITH_HISTORY, size), 1 + np.minimum(further, 60), 0)


def _card_rows(rng: Generator, rows: ChildRows) -> Flags:
    """One row of each applicant who holds a card."""
    is_holder = bernoulli(rng, SHARE_CARD_HOLDERS, rows.counts.size) & (rows.counts > 0)
    holders = np.flatnonzero(is_holder)
    position = np.floor(rng.random(holders.size) * rows.counts[holders]).astype(np.int64)
    is_card = np.zeros(rows.size, dtype=bool)
    is_card[rows.starts[holders] + position] = True
    return is_card


def _outcome(
    rng: Generator, applicants: Applicants, owner: Ints, loan_type: TextColumn, card: Flags
) -> Columns:
    """Status and reason: frail applicants were refused more often; `card` rows are approved."""
    log_odds = loan_type.map_labels(distribution("previous", "refusal_log_odds"))
    trait = REFUSAL_SPREAD * applicants.trait(rng, REFUSAL_LOADING)
    refused = bernoulli(rng, logistic(log_odds + trait[owner]), owner.size) & ~card
    status = draw_column_by(rng, "previous", "status", loan_type)
    status = status.replace_where(refused, "Refused").replace_where(card, "Approved")
    reason = draw_column_by(rng, "previous", "CODE_REJECT_REASON", loan_type)
    reason = reason.replace_where(~refused, "XAP")
    return {
        "NAME_CONTRACT_STATUS": status,
        "CODE_REJECT_REASON": reason.replace_where(status.is_in("Unused offer"), "CLIENT"),
    }


def _decision_day(rng: Generator, loan_type: TextColumn, status: TextColumn) -> Ints:
    """Day of the decision; applications that did not lead to a credit are kept less long."""
    shape = loan_type.map_labels(distribution("previous", "DAYS"))
    span = np.where(status.is_in("Approved"), OLDEST_DECISION, 0.6 * OLDEST_DECISION)
    days = np.round(span * rng.beta(shape[:, 0], shape[:, 1]))
    return np.asarray(-np.maximum(days, 2).astype(np.int64))


def _visit(rng: Generator, columns: Columns, rows: ChildRows) -> Columns:
    """Weekday, hour and kind of client; the first application is mostly a new client's."""
    size = rows.size
    day = columns["DAYS_DECISION"]
    oldest = np.full(rows.counts.size, 0)
    np.minimum.at(oldest, rows.parent, day)
    is_later = as_integers(day > rows.repeat(oldest))
    order = TextColumn(is_later, ("first", "later"))
    hour = np.clip(np.round(rng.normal(12.5, 3.33, size)), 0, 23)
    weekday = "WEEKDAY_APPR_PROCESS_START"
    client_type = draw_column_by(rng, "previous", "NAME_CLIENT_TYPE", order)
    return {
        "NAME_CLIENT_TYPE": client_type,
        weekday: draw_column(rng, "previous", weekday, size),
        "HOUR_APPR_PROCESS_START": hour.astype(np.int64),
        "FLAG_LAST_APPL_PER_CONTRACT": TextColumn(
            as_integers(~bernoulli(rng, 0.0051, size)), ("N", "Y")
        ),
        "NFLAG_LAST_APPL_IN_DAY": as_integers(~bernoulli(rng, 0.0035, size)),
    }


def _ended_before_terms(rng: Generator, loan_type: TextColumn, status: TextColumn) -> Flags:
    """Whether the terms were never set: most cancelled applications, some refused cash loans."""
    canceled = np.where(status.is_in("Canceled"), 0.966, 0)
    refused_cash = status.is_in("Refused") & loan_type.is_in("Cash loans")
    probability = canceled + np.where(refused_cash, 0.17, 0)
    return bernoulli(rng, probability, loan_type.codes.size) | loan_type.is_in("XNA")
