"""Performance with known outcomes, by month of decision."""

from collections.abc import Mapping
from functools import reduce
from operator import add

import numpy as np

from credit_scoring.bundle.reference import bin_log_odds, bin_probability
from credit_scoring.confidence_interval import Estimate
from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.monitoring.day_counts import DayCounts
from credit_scoring.monitoring.performance.auc_from_counts import auc, auc_estimate
from credit_scoring.monitoring.performance.calibration_from_counts import (
    fit_calibration_line,
    log_odds_shift,
)
from credit_scoring.monitoring.performance.results import (
    OverriddenOutcomes,
    PerformanceReport,
    RealisedPerformance,
)
from credit_scoring.monitoring.sentence import Sentence

ALL = "all"


def performance_report(
    months: Mapping[str, DayCounts], false_negative_cost: float
) -> PerformanceReport:
    """Return the performance by month of decision and over all `months`, such as 2026-10.

    They are the counts of one model, see `CountsMatrix.by_month`.
    """
    results = tuple(
        realised_performance(name, counts, false_negative_cost) for name, counts in months.items()
    )
    all_months = reduce(add, map(_scores_only, months.values()), DayCounts())
    total = realised_performance(ALL, all_months, false_negative_cost)
    return PerformanceReport(results, total, _notes(results, total))


def _scores_only(counts: DayCounts) -> DayCounts:
    """The counts without durations, which take a part of the time to add."""
    return DayCounts(scores=counts.scores, outcomes=counts.outcomes)


def realised_performance(
    period: str, counts: DayCounts, false_negative_cost: float
) -> RealisedPerformance:
    """Return the performance in one period; figures with too few outcomes are None."""
    default, repaid = _outcomes(counts, "ACCEPTED")
    total = default + repaid
    outcomes = int(total.sum())
    accepted = sum(counts.scores["ACCEPTED"])
    expected_default = total * bin_probability()
    line = fit_calibration_line(default, repaid, bin_log_odds())
    default_rate = Estimate.share(float(default.sum()), outcomes) if outcomes else None
    expected_cost = false_negative_cost * float(expected_default.sum())
    area = auc_estimate(default, repaid)
    return RealisedPerformance(
        period=period,
        accepted=accepted,
        outcomes=outcomes,
        defaults=int(default.sum()),
        expected_defaults=float(expected_default.sum()),
        default_rate=default_rate,
        lowest_default_rate=float(default.sum()) / accepted if accepted else None,
        cost_per_accepted=default_rate * false_negative_cost if default_rate else None,
        expected_cost_per_accepted=expected_cost / outcomes if outcomes else None,
        auc=area,
        expected_auc=float(auc(expected_default, total - expected_default)) if area else None,
        calibration_slope=line.slope_estimate() if line else None,
        calibration_intercept=line.intercept_estimate() if line else None,
        log_odds_shift=log_odds_shift(default, repaid, bin_log_odds()),
        overridden=_overridden(counts),
    )


def _outcomes(counts: DayCounts, decision: str) -> tuple[Floats, Floats]:
    """The defaults and the repaid loans (bins,) among applicants with this decision."""
    by_outcome = counts.outcomes[decision]
    return np.array(by_outcome["default"], float), np.array(by_outcome["repaid"], float)


def _overridden(counts: DayCounts) -> OverriddenOutcomes:
    default, repaid = _outcomes(counts, "REFUSED")
    total = default + repaid
    expected = float((total * bin_probability()).sum())
    return OverriddenOutcomes(int(total.sum()), int(default.sum()), expected)


def _notes(
    months: tuple[RealisedPerformance, ...], total: RealisedPerformance
) -> tuple[Sentence, ...]:
    notes = [Sentence("performance.refused")]
    if total.due:
        notes.append(Sentence("performance.due"))
    incomplete = [month.period for month in months if month.incomplete]
    if incomplete:
        notes.append(Sentence("performance.incomplete", {"months": incomplete}))
    if total.overridden.outcomes:
        notes.append(Sentence("performance.overridden", {"number": total.overridden.outcomes}))
    return tuple(notes)
