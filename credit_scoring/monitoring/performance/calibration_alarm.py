"""The calibration alarm: whether score and default are related as they were in training.

It compares two descriptions of the outcomes of all months of decisions so far:

- H0: one calibration line, as uncertain as the reference leaves it (`calibration_prior`);
- H1: the same until some month, then another line (`CHANGES`).

The e-value is P(outcomes | H1) / P(outcomes | H0), averaged over the months in which the change may
begin (`_start_weights`) and with the bet on the first 1,000 outcomes (`first_outcomes`). If H0
holds, its mean is at most 1 at every look, however often and whenever one looks, and by Ville's
inequality it ever reaches 1 / `ERROR_LEVEL` with at most the probability `ERROR_LEVEL`. "H0 holds"
means on average over the lines that the reference leaves possible, so the model's own calibration
error is counted. The direction "too many defaults" has more weight, because it is the one that
costs.

Sources: Ville (1939), Étude critique de la notion de collectif; Ramdas, Grünwald, Vovk and Shafer
(2023), Game-theoretic statistics and safe anytime-valid inference (mixtures, e-processes).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from credit_scoring.bundle.reference import ScoreReference, bin_log_odds
from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.monitoring.log_sum_exp import log_sum_exp
from credit_scoring.monitoring.performance.calibration_prior import (
    CalibrationPrior,
    calibration_prior,
)
from credit_scoring.monitoring.performance.first_outcomes import (
    Outcomes,
    bet_on_first_outcomes,
    first_outcomes,
)
from credit_scoring.monitoring.performance.line_evidence import log_evidence
from credit_scoring.monitoring.performance.matured_outcomes import MaturedOutcomes
from credit_scoring.monitoring.performance.results import CalibrationVerdict

ERROR_LEVEL = 0.05
BET_WEIGHT = 0.4  # of the bet on the first outcomes; the rest is for a change at any time
FIRST_MONTH_WEIGHT = 0.5  # of a change before the first decision, such as a faulty deployment


@dataclass(frozen=True)
class Change:
    """A normal distribution of what is added to (height, slope), and its weight in H1."""

    weight: float
    mean: tuple[float, float]
    deviation: tuple[float, float]

    @property
    def variance(self) -> tuple[float, float]:
        """The squares of `deviation`."""
        return self.deviation[0] ** 2, self.deviation[1] ** 2


CHANGES = (
    Change(0.85, mean=(0.5, 0.0), deviation=(0.2, 0.1)),  # too many defaults at every score
    Change(0.15, mean=(0.0, 0.0), deviation=(0.8, 0.4)),  # any other change
)


def calibration_verdict(
    outcomes: MaturedOutcomes, reference: ScoreReference | None, *, has_first_day: bool = True
) -> CalibrationVerdict:
    """Return the verdict on the outcomes of all days since the model's first decision.

    `has_first_day` is False if earlier days are left out: then the first outcomes are unknown.
    """
    if not outcomes.days:
        return CalibrationVerdict(0.0, ERROR_LEVEL, None, 0, outcomes.waiting)
    months, default, repaid = outcomes.by_month()
    prior = accepted_prior(reference, (default + repaid).sum(axis=0))
    days = outcomes.days if has_first_day else ()
    first = first_outcomes((day.default, day.repaid) for day in days)
    terms = log_e_terms(default, repaid, first, bin_log_odds(), prior)
    evidence = float(log_sum_exp(terms))
    since = _likeliest_start(terms, months) if evidence > 0 else None
    return CalibrationVerdict(evidence, ERROR_LEVEL, since, outcomes.number, outcomes.waiting)


def _likeliest_start(terms: Floats, months: list[str]) -> str:
    """The month in which a change has the largest term; the first if its outcomes won the bet."""
    return months[0] if terms[0] > 0 else months[int(np.argmax(terms[1:-1]))]


def accepted_prior(reference: ScoreReference | None, outcomes: ArrayLike) -> CalibrationPrior:
    """Return the distribution of the line under H0, for the score bins that are accepted.

    These are all bins up to the highest that has any of the `outcomes` (bins,).
    """
    counts = np.asarray(outcomes)
    highest = np.flatnonzero(counts)[-1]
    return calibration_prior(reference, bins=np.arange(counts.size) <= highest)


def log_e_terms(
    default: Floats, repaid: Floats, first: Outcomes | None, score: Floats, prior: CalibrationPrior
) -> Floats:
    """Return the terms (months + 2,) whose exponentials add up to the e-value.

    `default` and `repaid` are counts (months, bins) at the log-odds `score` (bins,); `first` are
    the `first_outcomes`. The first term is the bet on these; a term per month in which the change
    may begin follows; the last term is for a change that is yet to come.
    """
    bet = bet_on_first_outcomes(first, score, prior, BET_WEIGHT * ERROR_LEVEL)
    log_bet = np.log(BET_WEIGHT * bet) if bet else -np.inf
    changes = np.log(1 - BET_WEIGHT) + _log_change_terms(default, repaid, score, prior)
    return np.concatenate(([log_bet], changes))


def _log_change_terms(
    default: Floats, repaid: Floats, score: Floats, prior: CalibrationPrior
) -> Floats:
    """The terms (months + 1,) of a change in each month, and of one that is yet to come."""
    default_so_far = np.cumsum(default, axis=0)
    repaid_so_far = np.cumsum(repaid, axis=0)
    default_since = default_so_far[-1] - default_so_far + default
    repaid_since = repaid_so_far[-1] - repaid_so_far + repaid
    unchanged = log_evidence(default_so_far, repaid_so_far, score, prior)
    changed = log_sum_exp(
        [
            np.log(change.weight) + log_evidence(default_since, repaid_since, score, changed_prior)
            for change in CHANGES
            for changed_prior in [prior.widened(change.variance, change.mean)]
        ]
    )
    until_start = np.concatenate(([0.0], unchanged[:-1]))
    ratios = np.append(until_start + changed - unchanged[-1], 0.0)
    return np.asarray(np.log(_start_weights(len(default))) + ratios)


def _start_weights(months: int) -> Floats:
    """The weights of the months 1, 2, … in which a change may begin, and of all later ones.

    The first has `FIRST_MONTH_WEIGHT`; the others share the rest as 1 / (j (j + 1)), j = 1, 2, ….
    """
    number = np.arange(1, months)
    others = (1 - FIRST_MONTH_WEIGHT) / (number * (number + 1))
    return np.concatenate(([FIRST_MONTH_WEIGHT], others, [(1 - FIRST_MONTH_WEIGHT) / months]))
