"""What a bundle is worth on a data set, alone or beside another bundle on the same applicants."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from credit_scoring.errors import FeatureError
from credit_scoring.laboratory.paired_bootstrap import difference, drawn_together, is_real
from credit_scoring.laboratory.score_dataset import Labelled, Opened, judge, labelled
from credit_scoring.tables.read_tables import UNKEPT, Reading
from credit_scoring.training.calibration_metrics import curve, line
from credit_scoring.training.cross_validation import Judged
from credit_scoring.training.metrics import Costs, Floats, Outcomes, with_intervals
from credit_scoring.training.plots import confusion_matrix, draw
from credit_scoring.training.threshold_curves import thinned
from credit_scoring.training.training_metrics import beside

Figures = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Assessment:
    """The figures of one bundle, each with its 95 % interval; `in_sample` where it was trained on the same data."""

    opened: Opened
    facts: dict[str, Any]
    in_sample: bool
    outcomes: Outcomes
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
            "calibration": curve(self.outcomes),
            "curves": thinned(self.outcomes),
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
            name: {**figure, "real": is_real(figure)} for name, figure in self.difference.items()
        }
        return {**self.one.as_dict(), "against": self.other.as_dict(), "difference": real}


def assess(opened: Opened, data: Path, seed: int = 0, reading: Reading = UNKEPT) -> Assessment:
    """Every figure of the bundle on the labelled applicants at `data`, see `labelled`."""
    (rows,) = labelled(data, opened, reading=reading)
    return _assessed(opened, rows, judge(opened, rows), opened.costs, seed)


def against(
    one: Opened, other: Opened, data: Path, seed: int = 0, reading: Reading = UNKEPT
) -> Comparison:
    """Two bundles on the same applicants, by paired bootstrap; mistakes cost what they cost for the first."""
    rows, others = labelled(data, one, other, reading=reading)
    _require_same(rows, others)
    judged = {"one": judge(one, rows), "other": judge(other, others)}
    drawn = drawn_together(judged, rows.target, one.costs, seed)
    return Comparison(
        _assessed(one, rows, judged["one"], one.costs, seed),
        _assessed(other, others, judged["other"], one.costs, seed),
        {name: difference(values, drawn["other"][name]) for name, values in drawn["one"].items()},
    )


def _require_same(one: Labelled, other: Labelled) -> None:
    if not one.table.applicant.equals(other.table.applicant) or not np.array_equal(
        one.target, other.target
    ):
        raise FeatureError(
            "the two models read other applicants or outcomes from the data: they cannot be compared"
        )


def _assessed(
    opened: Opened, rows: Labelled, judged: Judged, costs: Costs, seed: int
) -> Assessment:
    outcomes = Outcomes.of(rows.target, judged.probability, judged.refused, costs)
    order = np.argsort(-judged.probability, kind="stable")  # that of `outcomes`
    parts = [line(outcomes)]
    if rows.truth is not None:
        parts.append(beside(outcomes, rows.truth[order]))

    def extra(weight: Floats) -> dict[str, float]:
        return {name: value for part in parts for name, value in part(weight).items()}

    metrics = with_intervals(outcomes, seed, extra)
    return Assessment(opened, rows.facts, opened.learned_from(rows.facts), outcomes, metrics)


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
    drawn = draw({name: one.outcomes for name, one in both.items()}, manifest.threshold, importance)
    return {**drawn, "confusion_matrix.png": confusion_matrix(first.metrics)}
