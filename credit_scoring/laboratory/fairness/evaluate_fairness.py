"""Evaluates the decisions on a data set by group, and what leaving the attributes out costs."""

from pathlib import Path
from typing import Any

from credit_scoring.errors import FeatureError
from credit_scoring.features.assemble import FeatureTable, fit_and_build_features
from credit_scoring.laboratory.fairness.attribute_ablation import AttributeAblation
from credit_scoring.laboratory.fairness.group_metrics import compute_group_metrics
from credit_scoring.laboratory.fairness.groups import (
    HOME_CREDIT_ATTRIBUTES,
    group_applicants,
    sensitive_columns,
)
from credit_scoring.laboratory.score_dataset import (
    LabelledDataset,
    LoadedBundle,
    load_labelled,
    predict_dataset,
)
from credit_scoring.progress import Progress
from credit_scoring.tables.read_tables import ReadOptions, explain_read_errors, read_tables


def evaluate_fairness(
    loaded: LoadedBundle,
    data: Path,
    seed: int,
    read_options: ReadOptions,
    progress: Progress,
    *,
    made_by: str,
    price: bool,
) -> dict[str, Any]:
    """The content of fairness.json; `price` adds what leaving the attributes out costs.

    On the data that the bundle was trained on, its procedure is evaluated out of fold; on other
    data, the bundle itself. `made_by` is the command line.
    """
    with progress.step(f"Reading {data}"):
        (dataset,) = load_labelled(
            data, loaded, read_options=read_options, extra_columns=HOME_CREDIT_ATTRIBUTES
        )
    attributes = _attributes(loaded, dataset)
    in_sample = loaded.was_trained_on(dataset.facts)
    ablation = None
    if in_sample or price:
        table = _every_feature(loaded, dataset, data, seed, read_options, progress)
        ablation = AttributeAblation(loaded, table, attributes, seed, progress)
    predictions = (
        ablation.predict_as_trained()
        if ablation and in_sample
        else predict_dataset(loaded, dataset)
    )
    target = dataset.target[predictions.rows]
    with progress.step("Comparing groups"):
        features = dataset.table.features[predictions.rows]
        group_metrics = [
            compute_group_metrics(groups, target, predictions, seed)
            for groups in group_applicants(features, attributes)
        ]
    return {
        "model_version": loaded.version,
        "made_by": made_by,
        "data": dataset.facts,
        "judged": "out of fold" if in_sample else "on data that the model was not trained on",
        "threshold": loaded.bundle.manifest.threshold["value"],
        "attributes": group_metrics,
        "price": ablation.cost_of_exclusion() if ablation and price else None,
    }


def _attributes(loaded: LoadedBundle, dataset: LabelledDataset) -> tuple[str, ...]:
    """The columns to group by; FeatureError if a flat table's schema names none."""
    if not loaded.schema.exists():
        return HOME_CREDIT_ATTRIBUTES
    names = sensitive_columns(dataset.table)
    if not names:
        raise FeatureError(
            f"{loaded.schema} names no groups: in a copy, give the column of the groups "
            'use = "prohibited" or use = "restricted", and train on it with --schema'
        )
    return names


def _every_feature(
    loaded: LoadedBundle, dataset: LabelledDataset, data: Path, seed: int,
    read_options: ReadOptions, progress: Progress,
) -> FeatureTable:  # fmt: skip
    """The applicants with the features that the model does not use, too."""
    if loaded.schema.exists():
        return dataset.table
    with progress.step("Building features"), explain_read_errors(data, **vars(read_options)):
        return fit_and_build_features(read_tables(data, **vars(read_options)), seed)
