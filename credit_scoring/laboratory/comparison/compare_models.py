"""The comparison, whole: folds, features selected inside them, every contender judged, what the differences are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import custom_threshold_model as estimator
from credit_scoring.laboratory import experiment
from credit_scoring.laboratory.comparison import candidates, preprocessing
from credit_scoring.laboratory.comparison import evaluate_candidate as judging
from credit_scoring.laboratory.comparison.candidates import (
    MODELS,
    SERVED,
    STRATEGIES,
    Candidate,
    Effort,
)
from credit_scoring.laboratory.comparison.evaluate_candidate import judge
from credit_scoring.laboratory.experiment import (
    Split,
    Study,
    code_fingerprint,
    side_by_side,
    splits_of,
    together,
)
from credit_scoring.laboratory.paired_bootstrap import (
    Drawn,
    bootstrap_metrics,
    difference,
    figure,
    is_significant,
)
from credit_scoring.laboratory.result_cache import Arrays, Kept, key_of
from credit_scoring.progress import Progress
from credit_scoring.training import cross_validation
from credit_scoring.training import feature_selection as selection
from credit_scoring.training.cross_validation import LearningTask, Rows

COST = "cost_per_applicant"
SHOWN = (
    COST,
    "roc_auc",
    "pr_auc",
    "log_loss",
    "brier",
    "recall",
    "precision",
    "f1",
    "ks",
    "refused_share",
)


@dataclass(frozen=True)
class Row:
    """One contender's line: its figures with intervals, and how much more it costs than the best and the served one.

    `over_best` and `over_served` have `value`, `low`, `high` and `real`; None for itself, or without a served one.
    `train_seconds` is CPU time of a fit with its calibration and threshold, `predict_ms` of 1,000 applicants.
    """

    contender: Candidate
    figures: dict[str, dict[str, float]]
    over_best: dict[str, Any] | None
    over_served: dict[str, Any] | None
    threshold: float
    train_seconds: float
    predict_ms: float

    @property
    def title(self) -> str:
        """Model and strategy for people."""
        return f"{MODELS[self.contender.model].title}, {STRATEGIES[self.contender.strategy].title}"


def kept_in(folder: Path, study: Study, folds: int, effort: Effort) -> Kept:
    """Where the results of this study, number of folds, effort and code are kept."""
    code = code_fingerprint(
        candidates, judging, preprocessing, cross_validation, experiment, selection, estimator
    )
    return Kept(
        folder / key_of(study=study.fingerprint, folds=folds, effort=repr(effort), code=code)
    )


def compare(
    study: Study, asked: Sequence[Candidate], kept: Kept, progress: Progress, *, folds: int, effort: Effort,
    jobs: int | None = None,
) -> tuple[Row, ...]:  # fmt: skip
    """Judge the contenders on the same folds; whatever `kept` has already is not done again.

    The features are selected on each fold's training part, once for all. `kept` must be of this study, number of
    folds and effort alone: see `kept_in`.
    """
    problem, splits = study.problem, splits_of(study.problem, folds)
    kept.tidy()
    with progress.step(f"Selecting features inside {folds} folds") as report:
        missing = [i for i in range(folds) if kept.find(_selected(i)) is None]
        work = [partial(_select, problem, splits[i][0], kept, i) for i in missing]
        side_by_side(work, report, jobs=jobs, by="threads")
    parts = [_part(problem, kept.require(_selected(i))["names"].tolist()) for i in range(folds)]
    tasks = [
        (contender, i)
        for i in range(folds)
        for contender in asked
        if kept.find(_judged(contender, i)) is None
    ]
    title = f"Judging {len(asked)} contenders on {folds} folds ({len(asked) * folds - len(tasks)} results kept)"
    with progress.step(title) as report:
        work = [
            partial(_judge, contender, parts[i], splits[i], effort, kept, i)
            for contender, i in tasks
        ]
        side_by_side(work, report, jobs=jobs)
    results = {one: [kept.require(_judged(one, i)) for i in range(folds)] for one in asked}
    judged = {one.name: together(splits, found) for one, found in results.items()}
    with progress.step("Bootstrap samples of the applicants, the same for all") as report:
        drawn = bootstrap_metrics(judged, problem.target, problem.costs, problem.seed, report)
    return _rows(drawn, results, len(problem.target))


def _selected(fold: int) -> str:
    return f"selected-{fold}"


def _judged(contender: Candidate, fold: int) -> str:
    return f"{contender.name}-{fold}"


def _select(problem: LearningTask, rows: Rows, kept: Kept, fold: int) -> None:
    kept.keep(_selected(fold), {"names": np.array(problem.select(rows))})


def _part(problem: LearningTask, names: list[str]) -> LearningTask:
    """The problem with those features alone."""
    chosen = set(names)
    catalogue = [feature for feature in problem.catalogue if feature.name in chosen]
    return replace(problem, features=problem.features.select(names), catalogue=catalogue)


def _judge(
    contender: Candidate, problem: LearningTask, split: Split, effort: Effort, kept: Kept, fold: int
) -> None:
    kept.keep(_judged(contender, fold), judge(contender, problem, split, effort))


def _rows(
    drawn: Mapping[str, Drawn], results: Mapping[Candidate, Sequence[Arrays]], applicants: int
) -> tuple[Row, ...]:
    ranked = sorted(results, key=lambda one: float(drawn[one.name][COST][0]))
    best = ranked[0].name

    def over(name: str, other: str) -> dict[str, Any] | None:
        if name == other or other not in drawn:
            return None
        found = difference(drawn[name][COST], drawn[other][COST])
        return {**found, "real": is_significant(found)}

    return tuple(
        Row(
            contender=one,
            figures={name: figure(drawn[one.name][name]) for name in SHOWN},
            over_best=over(one.name, best),
            over_served=over(one.name, SERVED),
            threshold=float(np.mean([part["threshold"] for part in results[one]])),
            train_seconds=float(np.mean([part["train_seconds"] for part in results[one]])),
            predict_ms=1e6
            * float(np.sum([part["predict_seconds"] for part in results[one]]))
            / applicants,
        )
        for one in ranked
    )
