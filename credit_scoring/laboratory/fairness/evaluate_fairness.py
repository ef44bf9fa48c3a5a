"""Evaluates the decisions on a data set by group, and what leaving the attributes out costs."""

from pathlib import Path
from typing import Any

from credit_scoring.errors import FeatureError
from credit_scoring.laboratory.fairness.attribute_ablation import AttributeAblation
from credit_scoring.laboratory.fairness.group_metrics import (
    ATTRIBUTES,
    compute_group_metrics,
    group_applicants,
)
from credit_scoring.laboratory.score_dataset import LoadedBundle, load_labelled, predict_dataset
from credit_scoring.progress import Progress
from credit_scoring.tables.read_tables import ReadOptions


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
    if loaded.schema.exists():
        raise FeatureError(
            f"the model {loaded.version} is of a flat table: fairness knows sex, age and marital "
            "status in tables like Home Credit's only"
        )
    with progress.step(f"Reading {data}"):
        (dataset,) = load_labelled(
            data, loaded, read_options=read_options, extra_columns=ATTRIBUTES
        )
    in_sample = loaded.was_trained_on(dataset.facts)
    ablation = None
    if in_sample or price:
        ablation = AttributeAblation(loaded, data, seed, read_options, progress)
    predictions = (
        ablation.predict_as_trained()
        if ablation and in_sample
        else predict_dataset(loaded, dataset)
    )
    target = dataset.target[predictions.rows]
    with progress.step("Comparing groups"):
        attributes = [
            compute_group_metrics(groups, target, predictions, seed)
            for groups in group_applicants(dataset.table.features[predictions.rows])
        ]
    return {
        "model_version": loaded.version,
        "made_by": made_by,
        "data": dataset.facts,
        "judged": "out of fold" if in_sample else "on data that the model was not trained on",
        "threshold": loaded.bundle.manifest.threshold["value"],
        "attributes": attributes,
        "price": ablation.cost_of_exclusion() if ablation and price else None,
    }
