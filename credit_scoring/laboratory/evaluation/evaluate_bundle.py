"""Evaluates a bundle on labelled data, alone or compared with another on the same applicants."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from credit_scoring.errors import FeatureError
from credit_scoring.laboratory.evaluation.by_month import ByMonth, evaluate_by_month
from credit_scoring.laboratory.evaluation.month_metrics import ScoredApplicants
from credit_scoring.laboratory.paired_bootstrap import (
    bootstrap_metrics,
    is_significant,
    metric_difference,
)
from credit_scoring.laboratory.score_dataset import (
    LabelledDataset,
    LoadedBundle,
    load_labelled,
    predict_dataset,
)
from credit_scoring.laboratory.threshold.labelled_predictions import (
    OUT_OF_FOLD,
    UNSEEN,
    predict_out_of_fold,
)
from credit_scoring.progress import ReportProgress
from credit_scoring.tables.read_tables import UNCACHED, ReadOptions
from credit_scoring.training.bundle_files import gain_importance
from credit_scoring.training.calibration_metrics import calibration_curve, calibration_line
from credit_scoring.training.cross_validation import Predictions
from credit_scoring.training.metrics import (
    Costs,
    Floats,
    Intervals,
    RankedOutcomes,
    metrics_with_intervals,
)
from credit_scoring.training.out_of_time import application_dates
from credit_scoring.training.plots import draw_plots, plot_confusion_matrix
from credit_scoring.training.threshold_curves import thin_curves
from credit_scoring.training.training_metrics import true_probability_metrics


@dataclass(frozen=True)
class Evaluation:
    """The metrics of one bundle; `in_sample` if the bundle was trained on the same data.

    `by_month` has them by month of application, if they were asked for.
    """

    loaded: LoadedBundle
    facts: dict[str, Any]
    in_sample: bool
    outcomes: RankedOutcomes
    metrics: Intervals
    by_month: ByMonth | None = None

    @property
    def version(self) -> str:
        """The model's version."""
        return self.loaded.version

    def as_dict(self) -> dict[str, Any]:
        """The content of evaluation.json."""
        return {
            "model_version": self.version,
            "in_sample": self.in_sample,
            "data": self.facts,
            "costs": vars(self.outcomes.costs),
            "threshold": self.loaded.bundle.manifest.threshold,
            "metrics": self.metrics,
            "calibration": calibration_curve(self.outcomes),
            "curves": thin_curves(self.outcomes),
            **({} if self.by_month is None else {"by_month": self.by_month.as_dict()}),
        }


@dataclass(frozen=True)
class BundleComparison:
    """Two bundles on the same applicants; `difference` is the first's metric minus the second's."""

    first: Evaluation
    second: Evaluation
    difference: Intervals

    @property
    def extra_cost(self) -> dict[str, float]:
        """How much more the first costs per applicant, with the interval."""
        return self.difference["cost_per_applicant"]

    def as_dict(self) -> dict[str, Any]:
        """The content of evaluation.json."""
        difference = {
            name: {**interval, "real": is_significant(interval)}
            for name, interval in self.difference.items()
        }
        return {**self.first.as_dict(), "against": self.second.as_dict(), "difference": difference}


def evaluate_bundle(
    loaded: LoadedBundle,
    data: Path,
    seed: int = 0,
    read_options: ReadOptions = UNCACHED,
    months: ReportProgress | None = None,
) -> Evaluation:
    """The metrics of the bundle on the applicants at `data`; errors as of `load_labelled`.

    With `months`, the progress to report to, also by month of application.
    """
    (dataset,) = load_labelled(data, loaded, read_options=read_options)
    predictions = predict_dataset(loaded, dataset)
    evaluation = _evaluate(loaded, dataset, predictions, loaded.costs, seed)
    return evaluation if months is None else _with_months(evaluation, dataset, predictions, months)


def _with_months(
    evaluation: Evaluation,
    dataset: LabelledDataset,
    predictions: Predictions,
    report: ReportProgress,
) -> Evaluation:
    """The evaluation with the metrics by month, out of fold if it is in-sample."""
    loaded, probability, source = evaluation.loaded, predictions.probability, UNSEEN
    dates = application_dates(dataset.table)
    if evaluation.in_sample:
        probability, source = predict_out_of_fold(loaded, dataset, report), OUT_OF_FOLD
    refused = loaded.bundle.model.refuses(probability).astype(np.float64)
    applicants = ScoredApplicants(dataset.target.astype(np.float64), probability, refused)
    by_month = evaluate_by_month(applicants, dates, evaluation.outcomes.costs, source)
    return replace(evaluation, by_month=by_month)


def compare_bundles(
    first: LoadedBundle,
    second: LoadedBundle,
    data: Path,
    seed: int = 0,
    read_options: ReadOptions = UNCACHED,
) -> BundleComparison:
    """Two bundles on the same applicants, by paired bootstrap, with the costs of the first."""
    datasets = load_labelled(data, first, second, read_options=read_options)
    _require_same_applicants(*datasets)
    predictions = [
        predict_dataset(loaded, dataset)
        for loaded, dataset in zip((first, second), datasets, strict=True)
    ]
    samples = bootstrap_metrics(
        dict(zip(("first", "second"), predictions, strict=True)),
        datasets[0].target,
        first.costs,
        seed,
    )
    return BundleComparison(
        _evaluate(first, datasets[0], predictions[0], first.costs, seed),
        _evaluate(second, datasets[1], predictions[1], first.costs, seed),
        {
            name: metric_difference(values, samples["second"][name])
            for name, values in samples["first"].items()
        },
    )


def _require_same_applicants(first: LabelledDataset, second: LabelledDataset) -> None:
    same_applicants = first.table.applicant.equals(second.table.applicant)
    if not same_applicants or not np.array_equal(first.target, second.target):
        raise FeatureError(
            "the two models read different applicants or outcomes from the data: "
            "they cannot be compared"
        )


def _evaluate(
    loaded: LoadedBundle,
    dataset: LabelledDataset,
    predictions: Predictions,
    costs: Costs,
    seed: int,
) -> Evaluation:
    outcomes = RankedOutcomes.of(
        dataset.target, predictions.probability, predictions.refused, costs
    )
    extra_metrics = [calibration_line(outcomes)]
    if dataset.truth is not None:
        order = np.argsort(-predictions.probability, kind="stable")  # the order of `outcomes`
        extra_metrics.append(true_probability_metrics(outcomes, dataset.truth[order]))

    def all_extra_metrics(weight: Floats) -> dict[str, float]:
        return {name: value for part in extra_metrics for name, value in part(weight).items()}

    metrics = metrics_with_intervals(outcomes, seed, all_extra_metrics)
    in_sample = loaded.was_trained_on(dataset.facts)
    return Evaluation(loaded, dataset.facts, in_sample, outcomes, metrics)


def evaluations_by_label(result: Evaluation | BundleComparison) -> dict[str, Evaluation]:
    """The evaluation, or both, by the label that tables and plots show."""
    if isinstance(result, Evaluation):
        return {f"model {result.version}": result}
    return {
        f"model {result.first.version}": result.first,
        f"against {result.second.version}": result.second,
    }


def evaluation_plots(result: Evaluation | BundleComparison) -> Mapping[str, bytes]:
    """PNG files by name; threshold, importance and confusion matrix are of the first bundle."""
    evaluations = evaluations_by_label(result)
    first = next(iter(evaluations.values()))
    bundle = first.loaded.bundle
    outcomes = {label: evaluation.outcomes for label, evaluation in evaluations.items()}
    return {
        **draw_plots(outcomes, bundle.manifest.threshold, gain_importance(bundle.model)),
        "confusion_matrix.png": plot_confusion_matrix(first.metrics),
    }
