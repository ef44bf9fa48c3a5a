"""The procedure that made a bundle, judged out of fold: as it was, without the sensitive attributes, with them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from credit_scoring.features.assemble import build_features
from credit_scoring.laboratory.fairness.group_metrics import ATTRIBUTES, price
from credit_scoring.laboratory.score_dataset import LoadedBundle
from credit_scoring.progress import Progress
from credit_scoring.tables.read_tables import Reading, breaches_named, read_tables
from credit_scoring.training.cross_validation import LearningTask, Predictions, cross_validate
from credit_scoring.training.train import make_learning_task


class BothWays:
    """Trainings on the applicants at `data` with the bundle's costs and parameters, each judged once."""

    def __init__(
        self, opened: LoadedBundle, data: Path, seed: int, reading: Reading, progress: Progress
    ) -> None:
        self._opened, self._seed, self._progress = opened, seed, progress
        self._judged: dict[tuple[tuple[str, ...], tuple[str, ...]], Predictions] = {}
        with progress.step("Building features"), breaches_named(data, **vars(reading)):
            self._table = build_features(read_tables(data, **vars(reading)))

    def as_trained(self) -> Predictions:
        """With the attributes that the bundle was allowed, and its features where they were given and not selected."""
        settings = self._opened.bundle.manifest.settings
        given = "features" in settings
        chosen = tuple(self._opened.bundle.model.feature_names_in_.tolist()) if given else ()
        return self._out_of_fold(tuple(settings.get("allowed_attributes", ())), chosen)

    def price(self) -> dict[str, Any]:
        """What leaving the attributes out costs, see `fairness.price`; features are selected both ways."""
        without, included = self._out_of_fold(()), self._out_of_fold(tuple(sorted(ATTRIBUTES)))
        return price(without, included, self._problem(()))

    def _problem(self, allowed: tuple[str, ...]) -> LearningTask:
        given = self._opened.bundle.manifest.settings.get("params", {}).get("values", {})
        free = make_learning_task(
            self._table, costs=self._opened.costs, seed=self._seed, allowed=allowed
        )
        return replace(free, params=given)

    def _out_of_fold(self, allowed: tuple[str, ...], chosen: tuple[str, ...] = ()) -> Predictions:
        if (allowed, chosen) not in self._judged:
            title = f"Training out of fold, {'with ' + ', '.join(allowed) if allowed else 'without the attributes'}"
            with self._progress.step(title) as report:
                problem = replace(self._problem(allowed), chosen=chosen)
                self._judged[allowed, chosen] = cross_validate(problem, report)
        return self._judged[allowed, chosen]
