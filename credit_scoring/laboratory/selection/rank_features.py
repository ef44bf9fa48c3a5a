"""The features of some applicants from the most useful to the useless, with the figures that say so.

Sources: Breiman (2001), Random forests (permutation importance); Altmann et al. (2010), Permutation importance: a
corrected feature importance measure (the outcome shuffled: what a feature gains that cannot tell anything).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold

from credit_scoring.errors import FeatureError
from credit_scoring.laboratory.experiment import coded
from credit_scoring.laboratory.result_cache import Arrays
from credit_scoring.training.cross_validation import LearningTask, Rows
from credit_scoring.training.feature_selection import CANDIDATES, RANKING
from credit_scoring.training.metrics import Floats

Matrix = NDArray[np.float32]
KEPT, NOISE, DUPLICATE = "kept", "noise", "duplicate"
SAME = 0.97  # rank correlation from which on two features tell the same
QUANTILE = 0.95  # of the gains with a shuffled outcome: what noise may reach


@dataclass(frozen=True)
class Effort:
    """How much is looked at: rounds of a fit, folds, fits with a shuffled outcome, rows that are permuted."""

    rounds: int = 150
    folds: int = 3
    nulls: int = 20
    candidates: int = CANDIDATES
    permuted_rows: int = 2000


@dataclass(frozen=True)
class Fits:
    """Small models of one matrix (n, k): many shallow, random trees that each see few columns."""

    matrix: Matrix
    categories: Sequence[int]
    seed: int
    rounds: int

    def booster(self, rows: Rows, target: NDArray[np.int8]) -> lgb.Booster:
        """A model of `target` (one per row) on those rows."""
        params = {**RANKING, "seed": self.seed}
        data = lgb.Dataset(
            self.matrix[rows], target, categorical_feature=list(self.categories), params=params
        )
        return lgb.train(params, data, self.rounds)

    def of(self, columns: NDArray[np.intp]) -> "Fits":
        """The same of some columns."""
        coded_ones = [i for i, column in enumerate(columns) if column in set(self.categories)]
        return Fits(
            np.ascontiguousarray(self.matrix[:, columns]), coded_ones, self.seed, self.rounds
        )


def rank(problem: LearningTask, rows: Rows, effort: Effort) -> Arrays:
    """Rank the features by what `rows` alone tell.

    Arrays (k,), the most useful first: `name`; `importance`, the share of the gain, and `permutation`, the rise in
    log-loss out of fold when its values are shuffled, each a mean over the folds; `gain` on all rows and `noise`, what
    it gains with a shuffled outcome at most (95 %); `correlation` with `twin`, the better feature it is closest to;
    `verdict`: "kept", "noise" (no better than with a shuffled outcome) or "duplicate". FeatureError if none is kept.
    """
    features, target = problem.features[rows], problem.target[rows]
    categories = [i for i, count in enumerate(_levels(problem)) if count]
    whole = Fits(coded(features), categories, problem.seed, effort.rounds)
    names = np.array(features.columns)
    first, _ = _out_of_fold(whole, target, effort, _no_permutation)
    candidates = np.argsort(-first, kind="stable")[: effort.candidates]
    candidates = candidates[first[candidates] > 0]
    _require_any(candidates, rows)
    twin, correlation = _twins(whole.matrix[:, candidates])
    single = twin < 0
    fits = whole.of(candidates[single])
    importance, permutation = _out_of_fold(fits, target, effort, _permutation)
    gain, noise = _noise(fits, target, effort)
    order = _order(importance, permutation, gain > noise)
    _require_any(np.flatnonzero(gain > noise), rows)
    alone, doubled = candidates[single][order], candidates[~single]
    nothing = np.zeros(len(doubled))
    return {
        "name": np.concatenate([names[alone], names[doubled]]),
        "importance": np.concatenate([importance[order], first[doubled]]),
        "permutation": np.concatenate([permutation[order], nothing]),
        "gain": np.concatenate([gain[order], nothing]),
        "noise": np.concatenate([noise[order], nothing]),
        "twin": np.concatenate([np.full(len(alone), ""), names[candidates[twin[~single]]]]).astype(
            str
        ),
        "correlation": np.concatenate([np.zeros(len(alone)), correlation[~single]]),
        "verdict": np.array(
            [*np.where((gain > noise)[order], KEPT, NOISE), *[DUPLICATE] * len(doubled)]
        ),
    }


def _require_any(found: NDArray[np.intp], rows: Rows) -> None:
    if not len(found):
        raise FeatureError(
            f"no feature tells more of the outcome than noise in {len(rows)} rows: add rows or columns"
        )


def _levels(problem: LearningTask) -> list[int]:
    described = {feature.name: len(feature.levels) for feature in problem.catalogue}
    return [described[name] for name in problem.features.columns]


Permute = Callable[[lgb.Booster, Matrix, NDArray[np.int8], Effort, int], Floats]


def _out_of_fold(
    fits: Fits, target: NDArray[np.int8], effort: Effort, permute: Permute
) -> tuple[Floats, Floats]:
    """Each column's share of the gain, and what `permute` finds on the rows not learned from: means over the folds."""
    splitter = StratifiedKFold(effort.folds, shuffle=True, random_state=fits.seed)
    shares, permuted = [], []
    for learned, other in splitter.split(target, target):
        booster = fits.booster(learned, target[learned])
        gain = booster.feature_importance("gain")
        shares.append(gain / max(gain.sum(), 1e-300))
        permuted.append(permute(booster, fits.matrix[other], target[other], effort, fits.seed))
    return np.mean(shares, axis=0), np.mean(permuted, axis=0)


def _no_permutation(_booster: lgb.Booster, matrix: Matrix, *_others: object) -> Floats:
    return np.zeros(matrix.shape[1])


def _permutation(
    booster: lgb.Booster, matrix: Matrix, target: NDArray[np.int8], effort: Effort, seed: int
) -> Floats:
    """How much the log-loss rises when a column's values are shuffled among the rows, column by column."""
    rng = np.random.default_rng(seed)
    some = rng.permutation(len(target))[: effort.permuted_rows]
    matrix, target, shuffled = matrix[some].copy(), target[some], rng.permutation(len(some))

    def loss() -> float:
        return float(log_loss(target, booster.predict(matrix, num_threads=1), labels=[0, 1]))

    base, rise = loss(), np.zeros(matrix.shape[1])
    for i in np.flatnonzero(booster.feature_importance("gain") > 0):
        column = matrix[:, i].copy()
        matrix[:, i] = column[shuffled]
        rise[i] = loss() - base
        matrix[:, i] = column
    return rise


def _noise(fits: Fits, target: NDArray[np.int8], effort: Effort) -> tuple[Floats, Floats]:
    """Each column's gain, and the 95 % quantile of what it gains when the outcome is shuffled."""
    rng, every = np.random.default_rng(fits.seed), np.arange(len(target))
    gain = fits.booster(every, target).feature_importance("gain")
    nulls = [
        fits.booster(every, rng.permutation(target)).feature_importance("gain")
        for _ in range(effort.nulls)
    ]
    return gain, np.quantile(nulls, QUANTILE, axis=0)


def _twins(matrix: Matrix) -> tuple[NDArray[np.intp], Floats]:
    """For each column (the best first) the better one, itself without a twin, that tells the same, or -1; how alike.

    Rank correlation, a missing value ranking below all others, or above where the two run against each other: what is
    missing together counts too.
    """
    below, above = (
        _standard_ranks(np.nan_to_num(matrix, nan=end, posinf=None, neginf=None))
        for end in (-np.inf, np.inf)
    )
    alike = np.maximum(np.abs(below.T @ below), np.abs(below.T @ above))
    twin, correlation = np.full(len(alike), -1), np.zeros(len(alike))
    for i in range(1, len(alike)):
        better = np.where(twin[:i] < 0, alike[i, :i], 0.0)
        closest = int(np.argmax(better))
        if better[closest] >= SAME:
            twin[i], correlation[i] = closest, better[closest]
    return twin, correlation


def _standard_ranks(matrix: Matrix) -> Matrix:
    """Each column's ranks, centred and of length 1: the product of two columns is their correlation."""
    ranked = rankdata(matrix, axis=0)
    ranked -= ranked.mean(axis=0)
    ranked /= np.maximum(np.linalg.norm(ranked, axis=0), 1e-12)
    return np.asarray(ranked, np.float32)


def _order(importance: Floats, permutation: Floats, better: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Those that beat noise first, each part by the mean of its two ranks."""
    places = rankdata(-importance) + rankdata(-permutation)
    return np.lexsort((-importance, places, ~better))
