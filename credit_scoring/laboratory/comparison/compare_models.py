"""The comparison: every candidate on the same folds, and which differences are significant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Memory

from credit_scoring.laboratory.comparison.candidates import SERVED, Candidate, TrainingEffort
from credit_scoring.laboratory.comparison.evaluate_candidate import (
    CandidateResult,
    evaluate_candidate,
)
from credit_scoring.laboratory.experiment import Experiment, code_fingerprint, select_fold_features
from credit_scoring.laboratory.paired_bootstrap import (
    MetricSamples,
    bootstrap_metrics,
    is_significant,
    metric_difference,
    metric_interval,
)
from credit_scoring.laboratory.result_cache import CachedRunner, open_cache
from credit_scoring.progress import Progress
from credit_scoring.training.cross_validation import LearningTask, concatenate
from credit_scoring.training.folds import Split
from credit_scoring.training.metrics import Intervals

COST = "cost_per_applicant"
METRICS = (
    COST, "roc_auc", "pr_auc", "log_loss", "brier", "recall", "precision", "f1", "ks",
    "refused_share",
)  # fmt: skip
CODE = (  # what the results depend on, with the training code
    "credit_scoring.laboratory.comparison.candidates",
    "credit_scoring.laboratory.comparison.evaluate_candidate",
    "credit_scoring.laboratory.comparison.preprocessing",
)


@dataclass(frozen=True)
class ComparisonRow:
    """One candidate: its metrics, and how much more it costs than the best and the served model.

    `over_best` and `over_served` have `value`, `low`, `high` and `real` (significant); None for the
    model itself, or if the served model is not compared. `train_seconds` is the CPU time of a fit
    with calibration and threshold, `predict_ms` that of 1,000 predictions.
    """

    candidate: Candidate
    figures: Intervals
    over_best: dict[str, Any] | None
    over_served: dict[str, Any] | None
    threshold: float
    train_seconds: float
    predict_ms: float


@dataclass(frozen=True)
class ComparisonSettings:
    """Number of folds, training effort, and parallel workers (by default one per core)."""

    folds: int = 5
    effort: TrainingEffort = field(default_factory=TrainingEffort)
    workers: int | None = None


def compare_models(
    experiment: Experiment,
    candidates: Sequence[Candidate],
    cache_folder: Path,
    settings: ComparisonSettings,
    progress: Progress,
) -> tuple[ComparisonRow, ...]:
    """Evaluate the candidates on the same folds, and return them by rising cost.

    Results in the cache are not computed again. The features are selected once per fold, on its
    training rows.
    """
    task = experiment.task
    cache = comparison_cache(experiment, cache_folder, settings)
    runner = CachedRunner(cache, progress, settings.workers)
    splits = task.folds(settings.folds)
    fold_tasks = _select_features(task, splits, runner)
    results = _evaluate(candidates, fold_tasks, splits, settings.effort, runner)
    predictions = {
        candidate.name: concatenate([result.predictions for result in fold_results])
        for candidate, fold_results in results.items()
    }
    with progress.step("Bootstrapping the applicants, the same samples for all") as report:
        samples = bootstrap_metrics(predictions, task.target, task.costs, task.seed, report)
    return _rank_by_cost(results, samples, len(task.target))


def comparison_cache(experiment: Experiment, folder: Path, settings: ComparisonSettings) -> Memory:
    """Return the cache of results of this experiment, number of folds, effort and code."""
    facts = {"folds": settings.folds, "effort": repr(settings.effort)}
    code = code_fingerprint(*CODE)
    return open_cache(folder, experiment=experiment.fingerprint, code=code, **facts)


def _select_features(
    task: LearningTask, splits: Sequence[Split], runner: CachedRunner
) -> list[LearningTask]:
    """Return the task of each fold, with the features selected on its training rows."""
    calls = [(task, fit_rows) for fit_rows, _ in splits]
    title = f"Selecting features inside {len(splits)} folds"
    names = runner.run(select_fold_features, calls, title, ignore=["task"], backend="threads")
    return [task.with_features(fold_names) for fold_names in names]


def _evaluate(
    candidates: Sequence[Candidate],
    fold_tasks: Sequence[LearningTask],
    splits: Sequence[Split],
    effort: TrainingEffort,
    runner: CachedRunner,
) -> dict[Candidate, list[CandidateResult]]:
    """Return the results of each candidate, one per fold."""
    calls = [
        (candidate, task, split, effort)
        for candidate in candidates
        for task, split in zip(fold_tasks, splits, strict=True)
    ]
    title = f"Evaluating {len(candidates)} candidates on {len(splits)} folds"
    results = iter(runner.run(evaluate_candidate, calls, title, ignore=["task", "effort"]))
    return {candidate: [next(results) for _ in splits] for candidate in candidates}


def _rank_by_cost(
    results: Mapping[Candidate, Sequence[CandidateResult]],
    samples: Mapping[str, MetricSamples],
    applicants: int,
) -> tuple[ComparisonRow, ...]:
    ranked = sorted(results, key=lambda candidate: float(samples[candidate.name][COST][0]))
    return tuple(
        ComparisonRow(
            candidate=candidate,
            figures={name: metric_interval(samples[candidate.name][name]) for name in METRICS},
            over_best=_extra_cost(samples, candidate.name, ranked[0].name),
            over_served=_extra_cost(samples, candidate.name, SERVED),
            threshold=float(np.mean([result.threshold for result in results[candidate]])),
            train_seconds=float(np.mean([result.fit_seconds for result in results[candidate]])),
            predict_ms=1e6 * sum(part.predict_seconds for part in results[candidate]) / applicants,
        )
        for candidate in ranked
    )


def _extra_cost(
    samples: Mapping[str, MetricSamples], name: str, reference: str
) -> dict[str, Any] | None:
    if name == reference or reference not in samples:
        return None
    difference = metric_difference(samples[name][COST], samples[reference][COST])
    return {**difference, "real": is_significant(difference)}
