"""Out-of-fold predictions by the procedure that made a bundle, with and without the attributes."""

from dataclasses import replace
from typing import Any

from credit_scoring.features.assemble import FeatureTable
from credit_scoring.laboratory.paired_bootstrap import (
    bootstrap_metrics,
    is_significant,
    metric_difference,
    metric_interval,
)
from credit_scoring.laboratory.score_dataset import LoadedBundle
from credit_scoring.progress import Progress
from credit_scoring.training.cross_validation import LearningTask, Predictions, cross_validate
from credit_scoring.training.train import make_learning_task


class AttributeAblation:
    """Cross-validation on the applicants of a table, with the bundle's costs and parameters.

    `table` has every feature, the `attributes` included. Each set of attributes is trained on once.
    """

    def __init__(
        self, loaded: LoadedBundle, table: FeatureTable, attributes: tuple[str, ...], seed: int,
        progress: Progress,
    ) -> None:  # fmt: skip
        self._loaded = loaded
        self._table = table
        self._attributes = attributes
        self._seed = seed
        self._progress = progress
        self._predictions: dict[tuple[tuple[str, ...], tuple[str, ...]], Predictions] = {}

    def predict_as_trained(self) -> Predictions:
        """With the bundle's attributes; with its features too, if they were not selected."""
        settings = self._loaded.bundle.manifest.settings
        names = self._loaded.bundle.model.feature_names_in_.tolist()
        fixed_features = tuple(names) if "features" in settings else ()
        return self._predict(tuple(settings.get("allowed_attributes", ())), fixed_features)

    def cost_of_exclusion(self) -> dict[str, Any]:
        """What leaving the attributes out costs; features are selected in both cases."""
        excluded = self._predict(())
        included = self._predict(tuple(sorted(self._attributes)))
        return compare_exclusion(excluded, included, self._learning_task(()))

    def _learning_task(self, allowed: tuple[str, ...]) -> LearningTask:
        settings = self._loaded.bundle.manifest.settings
        task = make_learning_task(
            self._table,
            costs=self._loaded.costs,
            seed=self._seed,
            allowed=allowed,
            directions=settings.get("directions", False),
        )
        return replace(task, params=settings.get("params", {}).get("values", {}))

    def _predict(
        self, allowed: tuple[str, ...], fixed_features: tuple[str, ...] = ()
    ) -> Predictions:
        key = allowed, fixed_features
        if key not in self._predictions:
            attributes = f"with {', '.join(allowed)}" if allowed else "without the attributes"
            task = replace(self._learning_task(allowed), fixed_features=fixed_features)
            with self._progress.step(f"Training out of fold, {attributes}") as report:
                self._predictions[key] = cross_validate(task, report)
        return self._predictions[key]


def compare_exclusion(
    excluded: Predictions, included: Predictions, task: LearningTask
) -> dict[str, Any]:
    """AUC and cost without and with the attributes, and the paired difference.

    A difference is the value without the attributes minus the value with them.
    """
    samples = bootstrap_metrics(
        {"excluded": excluded, "included": included}, task.target, task.costs, task.seed
    )
    comparison = {}
    for name in ("roc_auc", "cost_per_applicant"):
        without_attributes = samples["excluded"][name]
        with_attributes = samples["included"][name]
        difference = metric_difference(without_attributes, with_attributes)
        comparison[name] = {
            "excluded": metric_interval(without_attributes),
            "included": metric_interval(with_attributes),
            "difference": {**difference, "real": is_significant(difference)},
        }
    return comparison
