"""The month of each application, and drift over the months if it is asked for: docs/sample.md.

Without drift the month is independent of everything else. It has its own random stream, so the
other columns do not depend on it. Drift is planted after the true risk is known.
"""

from collections.abc import Callable, Collection
from typing import Literal

import numpy as np
from numpy.random import Generator

from credit_scoring.sample.columns import Columns, Floats, Ints
from credit_scoring.sample.random_draws import bernoulli, logistic

Drift = Literal["risk", "input", "ranking"]
MONTH = "APPLICATION_MONTH"
FIRST_YEAR = 2014
MONTHS = 24
RISK_PER_MONTH = 0.03  # of the log-odds; the middle of the period has the risk without drift
INPUT_PER_MONTH = 0.02  # of EXT_SOURCE_3
SCORES = ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3")
EXCHANGED_IN_LAST_MONTH = 0.8  # share of the applicants; it grows from 0 in the first month


def draw_months(rng: Generator, size: int) -> Ints:
    """The months of `size` applications, from 0 to MONTHS - 1, each as likely as the others."""
    return rng.integers(0, MONTHS, size)


def calendar_months(months: Ints) -> Ints:
    """Months from 0 as year and month: 201401, 201402 and so on."""
    return (FIRST_YEAR + months // 12) * 100 + months % 12 + 1


def drift_of_risk(probability: Floats, months: Ints, drift: Collection[Drift]) -> Floats:
    """The true probability of default of each applicant, with the drift of the risk, if any."""
    if "risk" not in drift:
        return probability
    log_odds = np.log(probability) - np.log1p(-probability)
    return np.asarray(logistic(log_odds + RISK_PER_MONTH * (months - (MONTHS - 1) / 2)))


def plant_drift(
    rng: Generator, application: Columns, months: Ints, drift: Collection[Drift]
) -> None:
    """Change the inputs of the application table that drift."""
    for kind, plant in INPUT_DRIFTS.items():
        if kind in drift:
            application |= plant(rng, application, months)


def _shift_score(_rng: Generator, application: Columns, months: Ints) -> Columns:
    """The provider of score 3 gives better scores month by month; the risk is the same."""
    shifted = application["EXT_SOURCE_3"] + INPUT_PER_MONTH * months
    return {"EXT_SOURCE_3": np.round(np.minimum(shifted, 1), 6)}


def _exchange_scores(rng: Generator, application: Columns, months: Ints) -> Columns:
    """A growing share of the applicants has the external scores of another applicant."""
    share = EXCHANGED_IN_LAST_MONTH * months / (MONTHS - 1)
    chosen = np.flatnonzero(bernoulli(rng, share, months.size))
    rows = np.arange(months.size)
    rows[chosen] = rng.permutation(chosen)
    return {name: application[name][rows] for name in SCORES}


INPUT_DRIFTS: dict[Drift, Callable[[Generator, Columns, Ints], Columns]] = {
    "ranking": _exchange_scores,
    "input": _shift_score,
}
