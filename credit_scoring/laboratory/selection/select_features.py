"""The feature selection study: ranking in folds, the curve of metrics by inputs, and the choice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from credit_scoring.laboratory.result_cache import open_cache, run_cached
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
from credit_scoring.training.folds import Split, stratified_folds
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


def selection_cache(
    folder: Path, experiment: Experiment, folds: int, effort: RankingEffort
) -> Memory:
    """Return the cache of results of this experiment, number of folds, effort and code."""
    return open_cache(
        folder,
        experiment=experiment.fingerprint,
        folds=folds,
        effort=repr(effort),
        code=code_fingerprint(RANKING_CODE),
    )


def select_features(
    experiment: Experiment, cache: Memory, progress: Progress, *, folds: int, effort: RankingEffort,
    limits: Sequence[int] = INPUT_LIMITS, inputs: int | None = None, workers: int | None = None,
) -> Selection:  # fmt: skip
    """Rank the features, evaluate every limit of inputs out of fold, and choose one.

    The choice is `inputs`, or the limit of the lowest log-loss, which is less noisy than the cost.
    Every metric uses features that were ranked without the applicants it is measured on. `cache`
    comes from `selection_cache` with the same arguments.
    """
    task = experiment.task
    splits = stratified_folds(task.target, folds, task.seed)
    limits = sorted({*limits, *([inputs] if inputs else [])})
    row_sets = [*(fit_rows for fit_rows, _ in splits), np.arange(len(task.target))]
    rank = cache.cache(rank_features, ignore=["task", "effort"])
    rank_calls = [(task, rows, effort) for rows in row_sets]
    title = f"Ranking {len(task.catalogue):,} features inside {folds} folds and on all"
    *fold_rankings, ranking = run_cached(
        rank, rank_calls, progress, title, workers=workers, backend="threads"
    )
    names = {
        limit: [names_within(task, fold_ranking, limit) for fold_ranking in fold_rankings]
        for limit in limits
    }
    predictions = _predict_out_of_fold(task, splits, names, cache, progress, workers)
    with progress.step("Bootstrapping the applicants, the same samples for all") as report:
        samples = bootstrap_metrics(predictions, task.target, task.costs, task.seed, report)
    points = _curve_points(samples, names)
    best = min(points, key=lambda point: point.figures["log_loss"]["value"])
    return Selection(points, inputs or best.inputs, ranking, tuple(fold_rankings))


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
    cache: Memory,
    progress: Progress,
    workers: int | None,
) -> dict[str, Predictions]:
    """Return out-of-fold predictions by limit; `names` has each fold's features by limit.

    Limits with the same features share a result.
    """
    keys = {
        (fold, limit): (fold, tuple(task.with_features(fold_names).features.columns))
        for limit, names_by_fold in names.items()
        for fold, fold_names in enumerate(names_by_fold)
    }
    distinct = sorted(set(keys.values()))
    calls = [
        (task.with_features(columns), splits[fold], columns, ignore_progress)
        for fold, columns in distinct
    ]
    predict = cache.cache(predict_held_out, ignore=["task", "report"])
    title = f"Evaluating {len(names)} limits of inputs on {len(splits)} folds"
    results = run_cached(predict, calls, progress, title, workers=workers)
    by_key = dict(zip(distinct, results, strict=True))
    return {
        str(limit): concatenate([by_key[keys[fold, limit]] for fold in range(len(splits))])
        for limit in names
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
