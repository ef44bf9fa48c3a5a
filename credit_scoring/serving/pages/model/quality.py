"""The quality of a model in the words of a risk manager: each metric with its interval."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from credit_scoring.bundle.manifest import Manifest
from credit_scoring.confidence_interval import Estimate

MAIN = (  # the metrics of the first table; those without data are left out
    "roc_auc",
    "recall",
    "good_refused",
    "refused_share",
    "accepted_default_rate",
    "precision",
    "cost_per_applicant",
    "cost_accept_all",
    "cost_refuse_all",
)
TECHNICAL = (
    "gini",
    "ks",
    "pr_auc",
    "f1",
    "log_loss",
    "brier",
    "calibration_slope",
    "calibration_intercept",
    "true_roc_auc",
    "true_cost_per_applicant",
    "true_log_loss",
    "true_calibration_slope",
)
SHARES = frozenset(MAIN[:6])  # shown in per cent
DECIMALS = 3  # of the other metrics


@dataclass(frozen=True)
class MetricRow:
    """A metric by set of predictions; None where it was not measured."""

    name: str
    is_share: bool
    estimates: tuple[Estimate | None, ...]


def metric_rows(manifest: Manifest, names: tuple[str, ...]) -> list[MetricRow]:
    """The metrics of `names` that at least one set of predictions has."""
    sets = [_estimates(metrics) for metrics in manifest.metrics.values()]
    rows = (
        MetricRow(name, name in SHARES, tuple(estimates.get(name) for estimates in sets))
        for name in names
    )
    return [row for row in rows if any(row.estimates)]


def _estimates(metrics: Mapping[str, Mapping[str, float]]) -> dict[str, Estimate]:
    """The metrics as they were measured, and the shares that follow from the counts."""
    measured = {
        name: Estimate(row["value"], row["low"], row["high"]) for name, row in metrics.items()
    }
    return {**dict(_shares_of_counts(metrics)), **measured}


def _shares_of_counts(metrics: Mapping[str, Any]) -> Iterator[tuple[str, Estimate]]:
    if not {"false_positive", "true_negative", "false_negative"} <= metrics.keys():
        return
    good_refused, good_accepted, missed = (
        round(metrics[name]["value"])
        for name in ("false_positive", "true_negative", "false_negative")
    )
    if good_refused + good_accepted:
        yield "good_refused", Estimate.share(good_refused, good_refused + good_accepted)
    if missed + good_accepted:
        yield "accepted_default_rate", Estimate.share(missed, missed + good_accepted)
