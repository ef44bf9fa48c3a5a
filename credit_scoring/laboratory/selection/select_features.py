"""The selection, whole: features ranked inside folds, the curve of cost and AUC against their number, the list."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import custom_threshold_model as estimator
from credit_scoring.errors import SettingError
from credit_scoring.laboratory import experiment
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
from credit_scoring.laboratory.selection import rank_features as ranking
from credit_scoring.laboratory.selection.rank_features import KEPT, Effort, rank
from credit_scoring.progress import Progress
from credit_scoring.training import cross_validation, feature_selection
from credit_scoring.training.cross_validation import LearningTask, Predictions, Rows
from credit_scoring.training.feature_selection import MAX_INPUTS, within

SIZES = (5, 10, 20, 30, 45, 60, 80, 100, MAX_INPUTS)
FIGURES = ("cost_per_applicant", "roc_auc", "log_loss")


@dataclass(frozen=True)
class Point:
    """The procedure with at most `inputs` inputs, judged out of fold: figures with intervals.

    `features` is their mean number over the folds. `worse` tells whether the log-loss is greater than the best's for
    real, by paired bootstrap; `over_best` by how much.
    """

    inputs: int
    features: float
    figures: dict[str, dict[str, float]]
    over_best: dict[str, float]
    worse: bool


@dataclass(frozen=True)
class Selection:
    """The curve, the number of inputs settled on, the ranking on all applicants and those inside the folds."""

    points: tuple[Point, ...]
    inputs: int
    ranking: Arrays
    inside: tuple[Arrays, ...]

    @property
    def fewest(self) -> int:
        """The fewest inputs whose log-loss is not worse than the best for real."""
        return min(point.inputs for point in self.points if not point.worse)


def kept_in(folder: Path, study: Study, folds: int, effort: Effort) -> Kept:
    """Where the results of this study, number of folds, effort and code are kept."""
    code = code_fingerprint(ranking, cross_validation, experiment, feature_selection, estimator)
    return Kept(
        folder / key_of(study=study.fingerprint, folds=folds, effort=repr(effort), code=code)
    )


def select_features(
    study: Study, kept: Kept, progress: Progress, *, folds: int, effort: Effort, sizes: Sequence[int] = SIZES,
    inputs: int | None = None, jobs: int | None = None,
) -> Selection:  # fmt: skip
    """Rank the features, judge each number of inputs out of fold, settle on `inputs` or on the best number.

    The best is the lowest log-loss, which tells more than the cost does. Every figure is of features that were
    ranked without the applicants it is measured on. `kept` must be of this study, see `kept_in`.
    """
    problem, splits = study.problem, splits_of(study.problem, folds)
    sizes = sorted({*sizes, *([inputs] if inputs else [])})
    kept.tidy()
    with progress.step(
        f"Ranking {len(problem.catalogue):,} features inside {folds} folds and on all"
    ) as report:
        *inside, overall = _rankings(
            problem, splits, kept, effort, partial(side_by_side, report=report, jobs=jobs)
        )
    chosen = [{size: names_within(problem, one, size) for size in sizes} for one in inside]
    with progress.step(f"Judging {len(sizes)} numbers of inputs on {folds} folds") as report:
        judged = _judgements(
            problem, splits, kept, chosen, partial(side_by_side, report=report, jobs=jobs)
        )
    with progress.step("Bootstrap samples of the applicants, the same for all") as report:
        drawn = bootstrap_metrics(judged, problem.target, problem.costs, problem.seed, report)
    counts = {size: float(np.mean([len(names[size]) for names in chosen])) for size in sizes}
    points = _points(drawn, counts)
    best = min(points, key=lambda point: point.figures["log_loss"]["value"])
    return Selection(points, inputs or best.inputs, overall, tuple(inside))


def _rankings(
    problem: LearningTask,
    splits: Sequence[Split],
    kept: Kept,
    effort: Effort,
    do: Callable[..., None],
) -> list[Arrays]:
    """The features ranked on each fold's training part, and last on all applicants."""
    parts = [*(rows for rows, _ in splits), np.arange(len(problem.target))]
    names = [f"ranked-{i}" for i in range(len(splits))] + ["ranked-all"]
    missing = [
        (name, rows) for name, rows in zip(names, parts, strict=True) if kept.find(name) is None
    ]
    do([partial(_rank, problem, rows, effort, kept, name) for name, rows in missing], by="threads")
    return [kept.require(name) for name in names]


def _judgements(
    problem: LearningTask, splits: Sequence[Split], kept: Kept, chosen: Sequence[Mapping[int, list[str]]],
    do: Callable[..., None],
) -> dict[str, Predictions]:  # fmt: skip
    """All applicants judged by models with so many inputs at most: `chosen` has each fold's features by that number."""
    tasks = {
        _judged(names, i): (names, split)
        for i, split in enumerate(splits)
        for names in chosen[i].values()
    }
    missing = [(name, *task) for name, task in tasks.items() if kept.find(name) is None]
    do(
        [
            partial(_judge, _with(problem, names), split, kept, name)
            for name, names, split in missing
        ]
    )
    return {
        str(size): together(
            splits, [kept.require(_judged(names[size], i)) for i, names in enumerate(chosen)]
        )
        for size in chosen[0]
    }


def _judged(names: Sequence[str], fold: int) -> str:
    """By the features, not their number: where a ranking has no more, greater numbers are the same."""
    return f"judged-{key_of(names=names)}-{fold}"


def _rank(problem: LearningTask, rows: Rows, effort: Effort, kept: Kept, name: str) -> None:
    kept.keep(name, rank(problem, rows, effort))


def names_within(problem: LearningTask, ranked: Arrays, inputs: int) -> list[str]:
    """The features of a ranking that ask for at most so many inputs, the best first; SettingError if there is none."""
    described = {feature.name: feature for feature in problem.catalogue}
    worthy = ranked["name"][ranked["verdict"] == KEPT]
    names = within((described[name] for name in worthy), inputs)
    if not names:
        raise SettingError(
            f"no feature that tells anything asks for {inputs} inputs or fewer: allow more"
        )
    return names


def _with(problem: LearningTask, names: Sequence[str]) -> LearningTask:
    """The problem with those features alone, in catalogue order."""
    chosen = set(names)
    catalogue = [feature for feature in problem.catalogue if feature.name in chosen]
    return replace(
        problem,
        features=problem.features.select(feature.name for feature in catalogue),
        catalogue=catalogue,
    )


def _judge(problem: LearningTask, split: Split, kept: Kept, name: str) -> None:
    rows, others = split
    model = problem.fit(rows, problem.features.columns, lambda _done, _total: None)
    probability = model.predict_proba(problem.features[others])[:, 1]
    kept.keep(name, {"probability": probability, "refused": model.refuses(probability)})


def _points(drawn: Mapping[str, Drawn], counts: Mapping[int, float]) -> tuple[Point, ...]:
    best = min(drawn.values(), key=lambda one: float(one["log_loss"][0]))
    found = []
    for size, count in counts.items():
        mine = drawn[str(size)]
        over = difference(mine["log_loss"], best["log_loss"])
        figures = {name: figure(mine[name]) for name in FIGURES}
        found.append(Point(size, count, figures, over, is_significant(over) and over["value"] > 0))
    return tuple(found)


def as_dict(selection: Selection, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The curve and what was settled on, for selection.json."""
    points = [vars(point) for point in selection.points]
    return {
        "inputs": selection.inputs,
        "fewest": selection.fewest,
        "facts": dict(facts),
        "points": points,
    }
