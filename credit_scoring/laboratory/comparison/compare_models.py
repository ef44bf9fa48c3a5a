"""The comparison: every candidate on the same folds, and which differences are significant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Memory

from credit_scoring.laboratory.comparison.candidates import SERVED, Candidate, TrainingEffort
from credit_scoring.laboratory.comparison.evaluate_candidate import (
    CandidateResult,
    evaluate_candidate,
)
from credit_scoring.laboratory.experiment import (
    Experiment,
    code_fingerprint,
    select_fold_features,
)
from credit_scoring.laboratory.paired_bootstrap import (
    MetricSamples,
    bootstrap_metrics,
    is_significant,
    metric_difference,
    metric_interval,
)
from credit_scoring.laboratory.result_cache import open_cache, run_cached
from credit_scoring.progress import Progress
from credit_scoring.training.cross_validation import concatenate
from credit_scoring.training.folds import stratified_folds
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


def comparison_cache(
    folder: Path, experiment: Experiment, folds: int, effort: TrainingEffort
) -> Memory:
    """Return the cache of results of this experiment, number of folds, effort and code."""
    return open_cache(
        folder,
        experiment=experiment.fingerprint,
        folds=folds,
        effort=repr(effort),
        code=code_fingerprint(*CODE),
    )


def compare_models(
    experiment: Experiment,
    candidates: Sequence[Candidate],
    cache: Memory,
    progress: Progress,
    *,
    folds: int,
    effort: TrainingEffort,
    workers: int | None = None,
) -> tuple[ComparisonRow, ...]:
    """Evaluate the candidates on the same folds, and return them by rising cost.

    The features are selected once per fold, on its training rows. `cache` comes from
    `comparison_cache` with the same arguments.
    """
    task = experiment.task
    splits = stratified_folds(task.target, folds, task.seed)
    select = cache.cache(select_fold_features, ignore=["task"])
    features = run_cached(
        select, [(task, fit_rows) for fit_rows, _ in splits], progress,
        f"Selecting features inside {folds} folds", workers=workers, backend="threads",
    )  # fmt: skip
    fold_tasks = [task.with_features(names) for names in features]
    calls = [
        (candidate, fold_task, split, effort)
        for candidate in candidates
        for fold_task, split in zip(fold_tasks, splits, strict=True)
    ]
    title = f"Evaluating {len(candidates)} candidates on {folds} folds"
    evaluate = cache.cache(evaluate_candidate, ignore=["task", "effort"])
    fold_results = run_cached(evaluate, calls, progress, title, workers=workers)
    results = {
        candidate: fold_results[folds * place : folds * (place + 1)]
        for place, candidate in enumerate(candidates)
    }
    with progress.step("Bootstrapping the applicants, the same samples for all") as report:
        predictions = {
            candidate.name: concatenate([result.predictions for result in parts])
            for candidate, parts in results.items()
        }
        samples = bootstrap_metrics(predictions, task.target, task.costs, task.seed, report)
    return _rank_by_cost(results, samples, len(task.target))


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
