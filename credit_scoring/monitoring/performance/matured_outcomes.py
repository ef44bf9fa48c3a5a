"""Outcomes of days of decisions that are complete enough to be compared with the reference.

Defaults are usually reported before repayments. A test on all outcomes known so far would therefore
find too many defaults in every young month. A day of decisions counts once the outcomes of 90 % of
its accepted applicants are known, or once it is a year old: loans never paid out, and those that a
person refused, have no outcome at any time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from credit_scoring.bundle.reference import SCORE_BINS
from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.monitoring.day_counts import DayCounts
from credit_scoring.monitoring.performance.results import ALMOST_COMPLETE

ACCEPTED = "ACCEPTED"
MATURE_AGE = timedelta(days=365)


@dataclass(frozen=True)
class DayOutcomes:
    """The outcomes of accepted applicants of a mature day of decisions, per score bin."""

    day: date
    default: Floats
    repaid: Floats

    @property
    def month(self) -> str:
        """The month of the day, such as 2026-10."""
        return month_of(self.day)


@dataclass(frozen=True)
class MaturedOutcomes:
    """The mature days that have outcomes, in order; the number of known outcomes of other days."""

    days: tuple[DayOutcomes, ...]
    waiting: int

    @property
    def number(self) -> int:
        """The number of outcomes of mature days."""
        return int(sum(day.default.sum() + day.repaid.sum() for day in self.days))

    def by_month(self) -> tuple[list[str], Floats, Floats]:
        """Return the months, and the defaults and repaid loans (months, bins) of each."""
        months = list(dict.fromkeys(day.month for day in self.days))
        default, repaid = np.zeros((2, len(months), SCORE_BINS))
        for day in self.days:
            default[months.index(day.month)] += day.default
            repaid[months.index(day.month)] += day.repaid
        return months, default, repaid


def matured_outcomes(days: Mapping[date, DayCounts], today: date) -> MaturedOutcomes:
    """Select the mature days of the counts of one model by day."""
    mature: list[DayOutcomes] = []
    waiting = 0
    for day, counts in sorted(days.items()):
        outcomes = counts.outcomes[ACCEPTED]
        known = sum(map(sum, outcomes.values()))
        complete = known >= ALMOST_COMPLETE * sum(counts.scores[ACCEPTED])
        if not (complete or today - day >= MATURE_AGE):
            waiting += known
        elif known:
            default, repaid = (np.array(outcomes[name], float) for name in ("default", "repaid"))
            mature.append(DayOutcomes(day, default, repaid))
    return MaturedOutcomes(tuple(mature), waiting)


def month_of(day: date) -> str:
    """The month of a day, such as 2026-10."""
    return f"{day:%Y-%m}"
