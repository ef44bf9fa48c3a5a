"""The feature selection study: ranking in folds, the curve of metrics by inputs, and the choice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Memory

from credit_scoring.errors import SettingError
from credit_scoring.laboratory.experiment import Experiment, code_fingerprint
from credit_scoring.laboratory.paired_bootstrap import (
    MetricSamples,
    bootstrap_metrics,
    is_significant,
    metric_difference,
    metric_interval,
)
from credit_scoring.laboratory.result_cache import CachedRunner, open_cache
from credit_scoring.laboratory.selection.rank_features import (
    KEPT,
    Ranking,
    RankingEffort,
    rank_features,
)
from credit_scoring.progress import Progress
from credit_scoring.training.cross_validation import (
    LearningTask,
    Predictions,
    concatenate,
    predict_held_out,
)
from credit_scoring.training.feature_selection import MAX_INPUTS, within_input_limit
from credit_scoring.training.folds import Split
from credit_scoring.training.metrics import Intervals
from credit_scoring.training.parallel import ignore_progress

INPUT_LIMITS = (5, 10, 20, 30, 45, 60, 80, 100, MAX_INPUTS)
METRICS = ("cost_per_applicant", "roc_auc", "log_loss")
RANKING_CODE = "credit_scoring.laboratory.selection.rank_features"


@dataclass(frozen=True)
class CurvePoint:
    """Out-of-fold metrics, with intervals, of a model with at most `inputs` inputs.

    `features` is the mean number of features over the folds. `over_best` is by how much the
    log-loss exceeds the lowest; `worse` is whether that is significant, by paired bootstrap.
    """

    inputs: int
    features: float
    figures: Intervals
    over_best: dict[str, float]
    worse: bool


@dataclass(frozen=True)
class Selection:
    """The curve, the chosen limit of inputs, the rankings on all applicants and in the folds."""

    points: tuple[CurvePoint, ...]
    inputs: int
    ranking: Ranking
    fold_rankings: tuple[Ranking, ...]

    @property
    def fewest(self) -> int:
        """The lowest limit whose log-loss is not significantly worse than the best."""
        return min(point.inputs for point in self.points if not point.worse)

    def as_dict(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the content of selection.json."""
        return {
            "inputs": self.inputs,
            "fewest": self.fewest,
            "facts": dict(facts),
            "points": [vars(point) for point in self.points],
        }


@dataclass(frozen=True)
class SelectionSettings:
    """Folds, ranking effort, limits of inputs to evaluate, and parallel workers.

    `inputs` is the limit to choose; by default the one with the lowest log-loss, which is less
    noisy than the cost. By default there is one worker per core.
    """

    folds: int = 5
    effort: RankingEffort = field(default_factory=RankingEffort)
    limits: Sequence[int] = INPUT_LIMITS
    inputs: int | None = None
    workers: int | None = None

    @property
    def all_limits(self) -> list[int]:
        """The limits to evaluate, ascending."""
        return sorted({*self.limits, *([self.inputs] if self.inputs else [])})


def select_features(
    experiment: Experiment, cache_folder: Path, settings: SelectionSettings, progress: Progress
) -> Selection:
    """Rank the features, evaluate every limit of inputs out of fold, and choose one.

    Results in the cache are not computed again. Every metric uses features that were ranked
    without the applicants it is measured on.
    """
    task = experiment.task
    cache = selection_cache(experiment, cache_folder, settings)
    runner = CachedRunner(cache, progress, settings.workers)
    splits = task.folds(settings.folds)
    *fold_rankings, ranking = _rank(task, splits, settings.effort, runner)
    names = {
        limit: [names_within(task, fold_ranking, limit) for fold_ranking in fold_rankings]
        for limit in settings.all_limits
    }
    predictions = _predict_out_of_fold(task, splits, names, runner)
    with progress.step("Bootstrapping the applicants, the same samples for all") as report:
        samples = bootstrap_metrics(predictions, task.target, task.costs, task.seed, report)
    points = _curve_points(samples, names)
    best = min(points, key=lambda point: point.figures["log_loss"]["value"])
    return Selection(points, settings.inputs or best.inputs, ranking, tuple(fold_rankings))


def selection_cache(experiment: Experiment, folder: Path, settings: SelectionSettings) -> Memory:
    """Return the cache of results of this experiment, number of folds, effort and code."""
    facts = {"folds": settings.folds, "effort": repr(settings.effort)}
    code = code_fingerprint(RANKING_CODE)
    return open_cache(folder, experiment=experiment.fingerprint, code=code, **facts)


def _rank(
    task: LearningTask, splits: Sequence[Split], effort: RankingEffort, runner: CachedRunner
) -> list[Ranking]:
    """Return the rankings on the training rows of each fold, and last the one on all rows."""
    row_sets = [*(fit_rows for fit_rows, _ in splits), np.arange(len(task.target))]
    calls = [(task, rows, effort) for rows in row_sets]
    title = f"Ranking {len(task.catalogue):,} features inside {len(splits)} folds and on all"
    return runner.run(rank_features, calls, title, ignore=["task", "effort"], backend="threads")


def names_within(task: LearningTask, ranking: Ranking, limit: int) -> list[str]:
    """Return a ranking's best features that need at most `limit` inputs; SettingError if none."""
    features = {feature.name: feature for feature in task.catalogue}
    kept = ranking["name"][ranking["verdict"] == KEPT]
    names = within_input_limit((features[name] for name in kept), limit)
    if not names:
        raise SettingError(f"no informative feature needs {limit} inputs or fewer: allow more")
    return names


def _predict_out_of_fold(
    task: LearningTask,
    splits: Sequence[Split],
    names: Mapping[int, Sequence[list[str]]],
    runner: CachedRunner,
) -> dict[str, Predictions]:
    """Return out-of-fold predictions by limit; `names` has each fold's features by limit.

    Limits that select the same features in a fold share the result.
    """
    calls: dict[tuple[int, tuple[str, ...]], tuple[Any, ...]] = {}
    keys_by_limit: dict[int, list[tuple[int, tuple[str, ...]]]] = {limit: [] for limit in names}
    for limit, keys in keys_by_limit.items():
        for fold, fold_names in enumerate(names[limit]):
            fold_task = task.with_features(fold_names)
            columns = tuple(fold_task.features.columns)
            lists = [list(columns)] * task.n_boosters
            calls[fold, columns] = (fold_task, splits[fold], lists, ignore_progress)
            keys.append((fold, columns))
    title = f"Evaluating {len(names)} limits of inputs on {len(splits)} folds"
    parts = runner.run(predict_held_out, [*calls.values()], title, ignore=["task", "report"])
    by_key = dict(zip(calls, parts, strict=True))
    return {
        str(limit): concatenate([by_key[key] for key in keys])
        for limit, keys in keys_by_limit.items()
    }


def _curve_points(
    samples: Mapping[str, MetricSamples], names: Mapping[int, Sequence[list[str]]]
) -> tuple[CurvePoint, ...]:
    best = min(samples.values(), key=lambda metrics: float(metrics["log_loss"][0]))
    points = []
    for limit, names_by_fold in names.items():
        metrics = samples[str(limit)]
        over_best = metric_difference(metrics["log_loss"], best["log_loss"])
        points.append(
            CurvePoint(
                inputs=limit,
                features=float(np.mean([len(fold_names) for fold_names in names_by_fold])),
                figures={name: metric_interval(metrics[name]) for name in METRICS},
                over_best=over_best,
                worse=is_significant(over_best) and over_best["value"] > 0,
            )
        )
    return tuple(points)
