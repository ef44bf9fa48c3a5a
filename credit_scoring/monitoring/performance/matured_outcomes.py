"""Outcomes by month of decision that are complete enough to be compared with the reference.

Defaults are usually reported before repayments. A test on all outcomes known so far would therefore
find too many defaults in every young month. A day of decisions counts once the outcomes of 90 % of
its accepted applicants are known, or once it is a year old: loans never paid out, and those that a
person refused, have no outcome at any time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from credit_scoring.bundle.reference import SCORE_BINS
from credit_scoring.monitoring.day_counts import DayCounts
from credit_scoring.monitoring.performance.results import ALMOST_COMPLETE

ACCEPTED = "ACCEPTED"
MATURE_AGE = timedelta(days=365)


@dataclass
class MonthOutcomes:
    """The outcomes of accepted applicants of a month's mature days, per score bin.

    `waiting`: the known outcomes of its other days.
    """

    default: list[int] = field(default_factory=lambda: [0] * SCORE_BINS)
    repaid: list[int] = field(default_factory=lambda: [0] * SCORE_BINS)
    waiting: int = 0

    @property
    def outcomes(self) -> int:
        """The number of outcomes of mature days."""
        return sum(self.default) + sum(self.repaid)


def matured_outcomes(days: Mapping[date, DayCounts], today: date) -> dict[str, MonthOutcomes]:
    """Return the outcomes by month, such as 2026-10, in the order of the days."""
    months: dict[str, MonthOutcomes] = {}
    for day, counts in sorted(days.items()):
        month = months.setdefault(month_of(day), MonthOutcomes())
        outcomes = counts.outcomes[ACCEPTED]
        known = sum(map(sum, outcomes.values()))
        if known >= ALMOST_COMPLETE * sum(counts.scores[ACCEPTED]) or today - day >= MATURE_AGE:
            month.default = _sum(month.default, outcomes["default"])
            month.repaid = _sum(month.repaid, outcomes["repaid"])
        else:
            month.waiting += known
    return months


def month_of(day: date) -> str:
    """The month of a day, such as 2026-10."""
    return f"{day:%Y-%m}"


def _sum(left: list[int], right: list[int]) -> list[int]:
    return [a + b for a, b in zip(left, right, strict=True)]
