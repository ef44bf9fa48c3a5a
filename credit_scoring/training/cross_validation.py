"""How a model is made and how that way of making it is judged.

`fit` is the whole procedure on some rows: select features, then CustomThresholdLGBM (early stopping, calibration
and threshold on its own folds). The out-of-fold figures repeat it inside each fold, so that nothing they are
measured on took part in any choice; the held-out rows are kept from it altogether.
"""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold, train_test_split

from credit_scoring.errors import FeatureError
from credit_scoring.features.feature import Feature
from credit_scoring.progress import ReportProgress
from credit_scoring.training.feature_selection import select
from credit_scoring.training.metrics import Costs
from custom_threshold_model import CustomThresholdLGBM

Rows = NDArray[np.intp]
Result = TypeVar("Result")
FOLDS = 5
HELD_OUT = 0.2
ONE_THREAD = {
    "num_threads": 1
}  # fits run side by side, and one thread a fit never waits for another
USUAL_ROUNDS = 4000  # of one fit, all its folds together: a first guess for the time left


@dataclass(frozen=True)
class LearningTask:
    """What there is to learn from: `features` (n × columns), `target` (n,) 0 or 1, and how.

    `params` are LightGBM's, over the estimator's own. `chosen` features, where given, stand instead of a selection.
    """

    features: pl.DataFrame
    target: NDArray[np.int8]
    catalogue: Sequence[Feature]
    costs: Costs
    seed: int
    params: Mapping[str, Any] = field(default_factory=dict)
    chosen: tuple[str, ...] = ()

    def select(self, rows: Rows) -> list[str]:
        """The features worth keeping, judged on `rows` alone; FeatureError where there is none."""
        if self.chosen:
            return list(self.chosen)
        names = select(self.features[rows], self.target[rows], self.catalogue, self.seed)
        if not names:
            raise FeatureError(
                f"no feature tells anything of the outcome in {len(rows)} rows: add rows or columns"
            )
        return names

    def fit(self, rows: Rows, names: list[str], report: ReportProgress) -> CustomThresholdLGBM:
        """The model on `rows` and the features `names`."""
        model = CustomThresholdLGBM(
            false_negative_cost=self.costs.false_negative,
            false_positive_cost=self.costs.false_positive,
            n_splits=FOLDS,
            random_state=self.seed,
            params={**self.params, **ONE_THREAD},
        )
        return model.fit(self.features[rows].select(names), self.target[rows], progress=report)


@dataclass(frozen=True)
class Predictions:
    """Probabilities and decisions (n,) on the applicants `rows`, by models that never saw them."""

    rows: Rows
    probability: NDArray[np.float64]
    refused: NDArray[np.bool_]


@dataclass(frozen=True)
class Trained:
    """The final model, fitted on every labelled row, and how its making fared on rows it had not seen."""

    model: CustomThresholdLGBM
    out_of_fold: Predictions
    held_out: Predictions


def train(problem: LearningTask, report: ReportProgress) -> Trained:
    """Judge the procedure out of fold and on held-out rows, then fit the final model on all rows."""
    training, held_out = split_held_out(problem)
    splits = task_folds(problem, training)
    work = _SideBySide(len(splits) + 2, report)
    try:
        folds = [work.start(_judge, problem, a, b) for a, b in splits]
        names = problem.select(training)
        judged = work.start(_judge_chosen, problem, training, held_out, names)
        final = work.start(problem.fit, np.arange(len(problem.target)), names)
        work.wait()
        return Trained(
            model=final.result(),
            out_of_fold=_together([fold.result() for fold in folds]),
            held_out=judged.result(),
        )
    finally:
        work.stop()


def split_held_out(problem: LearningTask) -> tuple[Rows, Rows]:
    """The rows to train on, and the HELD_OUT share of them that no choice may look at."""
    every = np.arange(len(problem.target))
    training, held_out = train_test_split(
        every, test_size=HELD_OUT, stratify=problem.target, random_state=problem.seed
    )
    return np.sort(training), np.sort(held_out)


def task_folds(problem: LearningTask, rows: Rows) -> list[tuple[Rows, Rows]]:
    """`rows` cut into FOLDS parts, alike in default rate: per part the rows to learn from and the part."""
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=problem.seed)
    return [(rows[a], rows[b]) for a, b in splitter.split(rows, problem.target[rows])]


def cross_validate(problem: LearningTask, report: ReportProgress) -> Predictions:
    """The whole procedure judged out of fold on every row; no final model."""
    splits = task_folds(problem, np.arange(len(problem.target)))
    work = _SideBySide(len(splits), report)
    try:
        parts = [work.start(_judge, problem, a, b) for a, b in splits]
        work.wait()
        return _together([part.result() for part in parts])
    finally:
        work.stop()


def _judge(problem: LearningTask, rows: Rows, others: Rows, report: ReportProgress) -> Predictions:
    """The whole procedure on `rows`, judged on `others`."""
    return _judge_chosen(problem, rows, others, problem.select(rows), report)


def _judge_chosen(
    problem: LearningTask, rows: Rows, others: Rows, names: list[str], report: ReportProgress
) -> Predictions:
    """A model on `rows` and the features `names`, judged on `others`."""
    model = problem.fit(rows, names, report)
    probability = model.predict_proba(problem.features[others].select(names))[:, 1]
    return Predictions(others, probability, model.refuses(probability))


def _together(parts: list[Predictions]) -> Predictions:
    return Predictions(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in Predictions.__dataclass_fields__
        )
    )


class _SideBySide:
    """Fits on all cores at once, with one account of how far they are; `stop` ends those still running."""

    def __init__(self, tasks: int, report: ReportProgress) -> None:
        self._pool = ThreadPoolExecutor(max_workers=os.cpu_count())
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._share = [0.0] * tasks
        self._usual = USUAL_ROUNDS
        self._report = report
        self._futures: list[Future[Any]] = []

    def start(self, task: Callable[..., Result], *arguments: Any) -> Future[Result]:
        """Begin `task(*arguments, report)`."""
        index = len(self._futures)
        future = self._pool.submit(
            task, *arguments, lambda done, total: self._advance(index, done, total)
        )
        self._futures.append(future)
        return future

    def wait(self) -> None:
        """Until all have ended; the error of the first that fails, at once."""
        for ended in wait(self._futures, return_when=FIRST_EXCEPTION).done:
            ended.result()

    def _advance(self, index: int, done: int, total: int) -> None:
        """Note how far a fit is; early stopping ends it sooner than `total`, so fits that ended tell how long."""
        if self._stopped.is_set():
            raise KeyboardInterrupt
        with self._lock:
            finished = done == total
            self._share[index] = (
                1.0 if finished else max(self._share[index], min(0.95, done / self._usual))
            )
            self._report(round(100 * sum(self._share)), 100 * len(self._share))

    def stop(self) -> None:
        """End what still runs, at its next round."""
        self._stopped.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
