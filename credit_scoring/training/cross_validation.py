"""The training procedure, and its evaluation by cross-validation and on held-out rows.

The procedure on some rows: select features, then fit CustomThresholdLGBM (early stopping,
calibration and threshold use the estimator's own folds). Cross-validation repeats the whole
procedure in every fold, so the rows that a figure is measured on took part in no choice. The
held-out rows are used for evaluation only.
"""

import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.errors import FeatureError
from credit_scoring.estimator.ensemble import booster_seed
from credit_scoring.estimator.threshold_choice import CalibrationWarning
from credit_scoring.features.feature import Feature
from credit_scoring.progress import ReportProgress
from credit_scoring.training.directions import monotone_params
from credit_scoring.training.feature_selection import select_by_gain
from credit_scoring.training.folds import (
    FOLDS,
    Groups,
    Rows,
    Split,
    Target,
    split_held_out,
    stratified_folds,
    training_folds,
)
from credit_scoring.training.metrics import Costs
from credit_scoring.training.parallel import run_parallel
from credit_scoring.training.price_fit import PriceFit
from custom_threshold_model import CustomThresholdLGBM

FeatureLists = list[list[str]]  # the features of each booster
# Fits run in parallel: with one thread each they never wait for one another.
ONE_THREAD = {"num_threads": 1}
ALL_ROWS = slice(None)
TYPICAL_ROUNDS = 4000  # of a fit with all its folds: the first estimate of the time left


@dataclass(frozen=True)
class LearningTask:
    """Labelled applicants, and how a model is fitted to them.

    `features` is an (n, k) table and `target` (n,) holds 0 or 1. `params` override the estimator's
    LightGBM parameters; `n_boosters` and `threshold` are the estimator's. Features with a direction
    keep it in every fit. `fixed_features`, if any, replace the feature selection, and
    `held_out_rows` the random held-out applicants.
    `price` fits the price features again without the applicants that are judged. `groups` (n,), if
    any, numbers the loans of a table with copies, which stay on one side of every split.
    """

    features: pl.DataFrame
    target: Target
    catalogue: Sequence[Feature]
    costs: Costs
    seed: int
    params: Mapping[str, Any] = field(default_factory=dict)
    fixed_features: tuple[str, ...] = ()
    held_out_rows: Rows | None = None
    n_boosters: int = CustomThresholdLGBM.n_boosters
    threshold: str | None = None
    price: PriceFit | None = None
    groups: Groups | None = None

    def folds(self, count: int, rows: Rows | slice = ALL_ROWS) -> list[Split]:
        """Return `count` splits of `rows`, as positions among these; copies share a side."""
        groups = None if self.groups is None else self.groups[rows]
        return stratified_folds(self.target[rows], count, self.seed, groups)

    def select(self, rows: Rows) -> FeatureLists:
        """Return the features of each booster, selected on `rows` alone.

        FeatureError if no feature is informative.
        """
        if self.fixed_features:
            return [list(self.fixed_features)] * self.n_boosters
        seeds = [booster_seed(self.seed, number) for number in range(self.n_boosters)]
        lists = select_by_gain(self.features[rows], self.target[rows], self.catalogue, seeds)
        if not all(lists):
            raise FeatureError(
                f"no feature predicts the outcome in {len(rows)} rows: add rows or columns"
            )
        return lists

    def select_together(self, rows: Rows) -> list[str]:
        """Return the features that any booster uses, in catalogue order, see `select`."""
        selected = set().union(*self.select(rows))
        return [feature.name for feature in self.catalogue if feature.name in selected]

    def refitted(self, rows: Rows) -> "LearningTask":
        """Return the task whose fitted features used no other labelled applicant than `rows`."""
        fitted = [feature.name for feature in self.catalogue if feature.fitted]
        if self.price is None or not fitted:
            return self
        columns = self.price.columns(rows).select(fitted)
        return replace(self, features=self.features.with_columns(columns))

    def with_features(self, names: Sequence[str]) -> "LearningTask":
        """Return the task with these features only, in catalogue order."""
        selected = set(names)
        catalogue = [feature for feature in self.catalogue if feature.name in selected]
        features = self.features.select(feature.name for feature in catalogue)
        return replace(self, features=features, catalogue=catalogue)

    def fit(self, rows: Rows, lists: FeatureLists, report: ReportProgress) -> CustomThresholdLGBM:
        """Return the model fitted on `rows`, each booster on its features; it keeps directions."""
        selected = set().union(*lists)
        names = [name for name in self.features.columns if name in selected]
        model = CustomThresholdLGBM(
            false_negative_cost=self.costs.false_negative,
            false_positive_cost=self.costs.false_positive,
            threshold=self.threshold,
            n_boosters=self.n_boosters,
            n_splits=FOLDS,
            random_state=self.seed,
            params={**self.params, **ONE_THREAD, **monotone_params(names, self.catalogue)},
        )
        features = self.features[rows].select(names)
        groups = None if self.groups is None else self.groups[rows]
        return model.fit(features, self.target[rows], columns=lists, groups=groups, progress=report)

    def fit_on_all(self, rows: Rows, report: ReportProgress) -> CustomThresholdLGBM:
        """Return the model fitted on `rows`, every booster on all features of the task."""
        return self.fit(rows, [self.features.columns] * self.n_boosters, report)


@dataclass(frozen=True)
class Predictions:
    """Probabilities of default and decisions (n,) for the applicants `rows` (n,)."""

    rows: Rows
    probability: NDArray[np.float64]
    refused: NDArray[np.bool_]

    @classmethod
    def of(cls, model: CustomThresholdLGBM, features: pl.DataFrame, rows: Rows) -> "Predictions":
        """Predict the applicants `rows` of a feature table."""
        names = model.feature_names_in_.tolist()
        probability = model.predict_proba(features[rows].select(names))[:, 1]
        return cls(rows, probability, model.refuses(probability))


@dataclass(frozen=True)
class TrainedModel:
    """The model fitted on all rows, and predictions by models that had not seen the rows."""

    model: CustomThresholdLGBM
    out_of_fold: Predictions
    held_out: Predictions


def train_model(task: LearningTask, report: ReportProgress) -> TrainedModel:
    """Fit the final model, cross-validate the procedure, and predict the held-out rows."""
    training, held_out = split_held_out(task.target, task.seed, task.held_out_rows, task.groups)
    all_rows = np.arange(len(task.target))

    @cache
    def selected() -> FeatureLists:
        return task.refitted(training).select(training)

    def fit_final(report: ReportProgress) -> CustomThresholdLGBM:
        return task.fit(all_rows, selected(), report)

    def predict_rest(report: ReportProgress) -> Predictions:
        return predict_held_out(task, (training, held_out), selected(), report)

    splits = training_folds(task.target, training, task.seed, task.groups)
    folds = [partial(_predict_fold, task, split) for split in splits]
    model, rest, *parts = _run_fits([fit_final, predict_rest, *folds], report)
    return TrainedModel(model, concatenate(parts), rest)


def cross_validate(task: LearningTask, report: ReportProgress) -> Predictions:
    """Return out-of-fold predictions of every row by the whole procedure; fits no final model."""
    fits = [partial(_predict_fold, task, split) for split in task.folds(FOLDS)]
    return concatenate(_run_fits(fits, report))


def _predict_fold(task: LearningTask, split: Split, report: ReportProgress) -> Predictions:
    names = task.refitted(split[0]).select(split[0])
    return predict_held_out(task, split, names, report)


def predict_held_out(
    task: LearningTask, split: Split, lists: FeatureLists, report: ReportProgress
) -> Predictions:
    """Fit on the first rows of the split with the selected features, and predict the second."""
    fit_rows, held_out = split
    task = task.refitted(fit_rows)
    return Predictions.of(task.fit(fit_rows, lists, report), task.features, held_out)


def concatenate(parts: Sequence[Predictions]) -> Predictions:
    """Return the predictions of all parts together, in their order."""
    return Predictions(
        rows=np.concatenate([part.rows for part in parts]),
        probability=np.concatenate([part.probability for part in parts]),
        refused=np.concatenate([part.refused for part in parts]),
    )


def _run_fits(fits: Sequence[Callable[[ReportProgress], Any]], report: ReportProgress) -> list[Any]:
    progress = _FitProgress(len(fits), report)
    jobs = [partial(fit, partial(progress.update, number)) for number, fit in enumerate(fits)]
    with warnings.catch_warnings():  # the model that is kept has its own note in the report
        warnings.simplefilter("ignore", CalibrationWarning)
        try:
            return run_parallel(jobs, backend="threads")
        finally:
            progress.stop()


class _FitProgress:
    """The combined progress of parallel fits; `stop` ends the running fits at their next round."""

    def __init__(self, fits: int, report: ReportProgress) -> None:
        self._report = report
        self._shares = [0.0] * fits
        self._stopped = threading.Event()
        self._lock = threading.Lock()

    def update(self, fit: int, done: int, total: int) -> None:
        """Record the rounds of a fit. Early stopping usually ends a fit long before `total`."""
        if self._stopped.is_set():
            raise KeyboardInterrupt
        share = 1.0 if done == total else min(0.95, done / TYPICAL_ROUNDS)
        with self._lock:
            self._shares[fit] = max(self._shares[fit], share)
            self._report(round(100 * sum(self._shares)), 100 * len(self._shares))

    def stop(self) -> None:
        """End the running fits."""
        self._stopped.set()
