"""Dates of earlier credits: first use, first and last due day, actual end."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from credit_scoring.sample.columns import (
    SENTINEL,
    Columns,
    Flags,
    Floats,
    Ints,
    as_integers,
    with_missing,
)
from credit_scoring.sample.distributions import distribution
from credit_scoring.sample.random_draws import bernoulli

DAYS_PER_INSTALMENT = 30  # days between two instalments
SHARE_CLOSED_CARDS = 0.12  # share of cards given back
AHEAD = 400  # a day after the application, for cards that are still open


@dataclass(frozen=True)
class CreditDates:
    """The dates of each application's credit, in days; positive days are after the application.

    `started` says whether the application led to a credit. `first_drawing` is a card's first use,
    missing if it was never used. `end` is the day of the last payment. `ended_early` is true if
    that is before `planned_end`.
    """

    started: Flags
    first_drawing: Floats
    first_due: Floats
    planned_end: Floats
    end: Floats
    ended_early: Flags


def draw_credit_dates(rng: Generator, columns: Columns) -> CreditDates:
    """The dates of each credit: a loan ends as planned or early, a card is used or not."""
    loan_type = columns["NAME_CONTRACT_TYPE"]
    decision = columns["DAYS_DECISION"]
    size = decision.size
    card = loan_type.is_in("Revolving loans")
    share_unused = loan_type.map_labels(distribution("previous", "not_started"))
    stays_unused = bernoulli(rng, share_unused, size)
    started = columns["NAME_CONTRACT_STATUS"].is_in("Approved") & ~stays_unused
    first_drawing = _first_drawing(rng, decision, card)
    card_due = np.nan_to_num(first_drawing) + rng.integers(30, 60, size)
    loan_due = decision + 30 + bernoulli(rng, 0.4, size)
    first_due = np.where(card, card_due, loan_due)
    payments = np.nan_to_num(columns["CNT_PAYMENT"])
    planned_end = first_due + DAYS_PER_INSTALMENT * (payments - 1)
    share_early = np.where(loan_type.is_in("Cash loans"), 0.5, 0.27)
    early = bernoulli(rng, share_early, size) & ~card
    term = rng.beta(1.5, 1.4, size) * (planned_end - first_due)
    early_end = first_due + DAYS_PER_INSTALMENT * np.floor(term / DAYS_PER_INSTALMENT)
    loan_end = np.where(early, early_end, planned_end)
    end = np.where(card, _card_end(rng, decision), loan_end)
    ended_early = early & (end < planned_end)
    return CreditDates(started, first_drawing, first_due, planned_end, end, ended_early)


def _first_drawing(rng: Generator, decision: Ints, card: Flags) -> Floats:
    """A card's first use; missing for loans and for cards that were never used."""
    day = decision + np.round(rng.gamma(0.6, 120, decision.size))
    never_used = bernoulli(rng, 0.34, decision.size) | (day > -1)
    return with_missing(day, ~card | never_used)


def _card_end(rng: Generator, decision: Ints) -> Floats:
    closed = bernoulli(rng, SHARE_CLOSED_CARDS, decision.size)
    return np.where(closed, np.floor(decision * rng.random(decision.size)), AHEAD)


def date_columns(rng: Generator, columns: Columns, dates: CreditDates) -> Columns:
    """The date columns of the credits that started.

    A day ahead, or of a card that was not used, is the sentinel.
    """
    end = dates.end
    size = end.size
    card = columns["NAME_CONTRACT_TYPE"].is_in("Revolving loans")
    no_drawing = np.isnan(dates.first_drawing)
    unused = card & no_drawing
    closing = np.round(end + 1 + rng.gamma(1.6, 4, size))
    insured = bernoulli(rng, np.where(card, 0.1, 0.37), size)
    ahead = unused | (dates.first_due >= 0)
    fields = {
        "DAYS_FIRST_DRAWING": np.where(no_drawing, SENTINEL, dates.first_drawing),
        "DAYS_FIRST_DUE": np.where(ahead, SENTINEL, dates.first_due),
        "DAYS_LAST_DUE_1ST_VERSION": np.where(card, SENTINEL, dates.planned_end),
        "DAYS_LAST_DUE": np.where((end > -1) | unused, SENTINEL, end),
        "DAYS_TERMINATION": np.where(closing > -1, SENTINEL, closing),
        "NFLAG_INSURED_ON_APPROVAL": as_integers(insured),
    }
    return {name: with_missing(values, ~dates.started) for name, values in fields.items()}
