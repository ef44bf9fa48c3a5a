"""A bundle's metrics by month of application, and their slopes over the months.

A month with few defaults or few repaid loans is left out. The PSI compares each month with the
first one, which therefore has none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from credit_scoring.confidence_interval import Estimate
from credit_scoring.errors import FeatureError
from credit_scoring.laboratory.evaluation.month_metrics import ScoredApplicants, month_metrics
from credit_scoring.laboratory.evaluation.trend import (
    MIN_MONTHS,
    months_since_first,
    slope_over_months,
)
from credit_scoring.monitoring.performance.auc_from_counts import MIN_PER_CLASS
from credit_scoring.training.metrics import Costs

PSI = "score_psi"


@dataclass(frozen=True)
class MonthlyMetrics:
    """One month, such as "2015-12": its applicants, defaults, and metrics by name."""

    month: str
    applicants: int
    defaults: int
    metrics: dict[str, Estimate]


@dataclass(frozen=True)
class ByMonth:
    """The months in order, the change of each metric per month, and the months left out.

    `source` says how the predictions were made.
    """

    months: tuple[MonthlyMetrics, ...]
    slopes: dict[str, Estimate]
    left_out: tuple[str, ...]
    source: str

    def as_dict(self) -> dict[str, Any]:
        """The content of `by_month` in evaluation.json."""
        rows = [
            {
                "month": month.month,
                "applicants": month.applicants,
                "defaults": month.defaults,
                "metrics": {name: vars(value) for name, value in month.metrics.items()},
            }
            for month in self.months
        ]
        slopes = {name: vars(slope) for name, slope in self.slopes.items()}
        return {
            "predictions": self.source,
            "months": rows,
            "slope_per_month": slopes,
            "left_out": list(self.left_out),
        }


def evaluate_by_month(
    applicants: ScoredApplicants, dates: pl.Series, costs: Costs, source: str
) -> ByMonth:
    """The metrics by month; FeatureError with fewer than MIN_MONTHS months to evaluate."""
    month_of = dates.dt.strftime("%Y-%m").to_numpy()
    names = sorted(set(month_of))
    parts = {name: applicants.rows(month_of == name) for name in names}
    kept = {name: part for name, part in parts.items() if _is_large_enough(part)}
    if len(kept) < MIN_MONTHS:
        raise FeatureError(
            f"{len(kept)} of {len(names)} months have at least {MIN_PER_CLASS} defaults and as "
            f"many repaid loans: a slope needs {MIN_MONTHS} such months"
        )
    months = tuple(_months(kept, costs))
    left_out = tuple(name for name in names if name not in kept)
    return ByMonth(months, slopes(months), left_out, source)


def _is_large_enough(part: ScoredApplicants) -> bool:
    defaults = part.default.sum()
    return bool(min(defaults, len(part.default) - defaults) >= MIN_PER_CLASS)


def _months(parts: dict[str, ScoredApplicants], costs: Costs) -> Iterator[MonthlyMetrics]:
    reference = next(iter(parts.values())).probability
    for position, (name, part) in enumerate(parts.items()):
        metrics = month_metrics(part, reference, costs)
        if position == 0:
            del metrics[PSI]
        defaults = int(part.default.sum())
        yield MonthlyMetrics(name, len(part.default), defaults, metrics)


def slopes(months: tuple[MonthlyMetrics, ...]) -> dict[str, Estimate]:
    """The change of each metric per month; none for one that too few months have."""
    since_first = months_since_first([month.month for month in months])
    sizes = np.array([month.applicants for month in months], np.float64)
    result = {}
    for name in months[-1].metrics:
        has_metric = np.array([name in month.metrics for month in months])
        values = [month.metrics[name].value for month in months if name in month.metrics]
        if len(values) >= MIN_MONTHS:
            result[name] = slope_over_months(
                since_first[has_metric], np.array(values), sizes[has_metric]
            )
    return result
