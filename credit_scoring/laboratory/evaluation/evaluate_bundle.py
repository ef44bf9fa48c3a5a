"""What a bundle is worth on a data set, alone or beside another bundle on the same applicants."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from credit_scoring.errors import FeatureError
from credit_scoring.laboratory.paired_bootstrap import bootstrap_metrics, difference, is_significant
from credit_scoring.laboratory.score_dataset import (
    LabelledDataset,
    LoadedBundle,
    load_labelled,
    predict_dataset,
)
from credit_scoring.tables.read_tables import UNKEPT, Reading
from credit_scoring.training.calibration_metrics import calibration_curve, calibration_line
from credit_scoring.training.cross_validation import Predictions
from credit_scoring.training.metrics import Costs, Floats, RankedOutcomes, metrics_with_intervals
from credit_scoring.training.plots import draw_plots, plot_confusion_matrix
from credit_scoring.training.threshold_curves import thin_curves
from credit_scoring.training.training_metrics import true_probability_metrics

Figures = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Assessment:
    """The figures of one bundle, each with its 95 % interval; `in_sample` where it was trained on the same data."""

    opened: LoadedBundle
    facts: dict[str, Any]
    in_sample: bool
    outcomes: RankedOutcomes
    metrics: Figures

    def as_dict(self) -> dict[str, Any]:
        """The assessment as JSON has it."""
        return {
            "model_version": self.opened.version,
            "in_sample": self.in_sample,
            "data": self.facts,
            "costs": vars(self.outcomes.costs),
            "threshold": self.opened.bundle.manifest.threshold,
            "metrics": self.metrics,
            "calibration": calibration_curve(self.outcomes),
            "curves": thin_curves(self.outcomes),
        }


@dataclass(frozen=True)
class Comparison:
    """Two bundles on the same applicants; `difference` is the first's figure minus the second's, with its interval."""

    one: Assessment
    other: Assessment
    difference: Figures

    @property
    def cost(self) -> dict[str, float]:
        """How much more the first costs per applicant."""
        return self.difference["cost_per_applicant"]

    def as_dict(self) -> dict[str, Any]:
        """The comparison as JSON has it."""
        real = {
            name: {**figure, "real": is_significant(figure)}
            for name, figure in self.difference.items()
        }
        return {**self.one.as_dict(), "against": self.other.as_dict(), "difference": real}


def assess(
    opened: LoadedBundle, data: Path, seed: int = 0, reading: Reading = UNKEPT
) -> Assessment:
    """Every figure of the bundle on the labelled applicants at `data`, see `labelled`."""
    (rows,) = load_labelled(data, opened, reading=reading)
    return _assessed(opened, rows, predict_dataset(opened, rows), opened.costs, seed)


def against(
    one: LoadedBundle, other: LoadedBundle, data: Path, seed: int = 0, reading: Reading = UNKEPT
) -> Comparison:
    """Two bundles on the same applicants, by paired bootstrap; mistakes cost what they cost for the first."""
    rows, others = load_labelled(data, one, other, reading=reading)
    _require_same(rows, others)
    judged = {"one": predict_dataset(one, rows), "other": predict_dataset(other, others)}
    drawn = bootstrap_metrics(judged, rows.target, one.costs, seed)
    return Comparison(
        _assessed(one, rows, judged["one"], one.costs, seed),
        _assessed(other, others, judged["other"], one.costs, seed),
        {name: difference(values, drawn["other"][name]) for name, values in drawn["one"].items()},
    )


def _require_same(one: LabelledDataset, other: LabelledDataset) -> None:
    if not one.table.applicant.equals(other.table.applicant) or not np.array_equal(
        one.target, other.target
    ):
        raise FeatureError(
            "the two models read other applicants or outcomes from the data: they cannot be compared"
        )


def _assessed(
    opened: LoadedBundle, rows: LabelledDataset, judged: Predictions, costs: Costs, seed: int
) -> Assessment:
    outcomes = RankedOutcomes.of(rows.target, judged.probability, judged.refused, costs)
    order = np.argsort(-judged.probability, kind="stable")  # that of `outcomes`
    parts = [calibration_line(outcomes)]
    if rows.truth is not None:
        parts.append(true_probability_metrics(outcomes, rows.truth[order]))

    def extra(weight: Floats) -> dict[str, float]:
        return {name: value for part in parts for name, value in part(weight).items()}

    metrics = metrics_with_intervals(outcomes, seed, extra)
    return Assessment(opened, rows.facts, opened.was_trained_on(rows.facts), outcomes, metrics)


def by_name(found: Assessment | Comparison) -> dict[str, Assessment]:
    """One assessment or both, by what a person calls them."""
    if isinstance(found, Assessment):
        return {f"model {found.opened.version}": found}
    return {
        f"model {found.one.opened.version}": found.one,
        f"against {found.other.opened.version}": found.other,
    }


def pictures(found: Assessment | Comparison) -> dict[str, bytes]:
    """PNG files by name; of two bundles the threshold, importances and confusion matrix are the first's."""
    both = by_name(found)
    first = next(iter(both.values()))
    manifest = first.opened.bundle.manifest
    importance = {
        feature.name: feature.importance
        for feature in manifest.features
        if feature.role != "ratio input"
    }
    drawn = draw_plots(
        {name: one.outcomes for name, one in both.items()}, manifest.threshold, importance
    )
    return {**drawn, "confusion_matrix.png": plot_confusion_matrix(first.metrics)}
