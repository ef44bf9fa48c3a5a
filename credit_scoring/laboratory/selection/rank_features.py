"""Ranks features by importance, and separates them from noise and from duplicates.

Sources: Breiman (2001), Random forests (permutation importance); Altmann et al. (2010), Permutation
importance: a corrected feature importance measure (the gain with a shuffled outcome is noise).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.metrics import log_loss

from credit_scoring.errors import FeatureError
from credit_scoring.training.cross_validation import LearningTask
from credit_scoring.training.feature_selection import (
    CANDIDATES,
    RANKING_PARAMS,
    category_positions,
    to_matrix,
)
from credit_scoring.training.folds import Rows, Target, stratified_folds
from credit_scoring.training.metrics import Floats

Matrix = NDArray[np.float32]
Ranking = dict[str, NDArray[Any]]  # a table as columns
KEPT, NOISE, DUPLICATE = "kept", "noise", "duplicate"  # verdicts
DUPLICATE_CORRELATION = 0.97  # rank correlation from which two features are duplicates
NOISE_QUANTILE = 0.95  # of the gains with a shuffled outcome


@dataclass(frozen=True)
class RankingEffort:
    """How thorough the ranking is: rounds per fit, folds, fits with a shuffled outcome, rows."""

    rounds: int = 150
    folds: int = 3
    shuffled_fits: int = 20
    candidates: int = CANDIDATES
    permuted_rows: int = 2000


@dataclass(frozen=True)
class RankingModel:
    """Fits small models on one matrix (n, k): many shallow, random trees of few columns each."""

    matrix: Matrix
    categories: Sequence[int]
    seed: int
    rounds: int

    def fit(self, rows: Rows, target: Target) -> lgb.Booster:
        """Return a model of `target` (one value per row) fitted on the rows."""
        params = {**RANKING_PARAMS, "seed": self.seed}
        data = lgb.Dataset(
            self.matrix[rows], target, categorical_feature=list(self.categories), params=params
        )
        return lgb.train(params, data, self.rounds)

    def with_columns(self, columns: NDArray[np.intp]) -> "RankingModel":
        """Return the same on some of the columns."""
        all_categories = set(self.categories)
        categories = [place for place, column in enumerate(columns) if column in all_categories]
        matrix = np.ascontiguousarray(self.matrix[:, columns])
        return RankingModel(matrix, categories, self.seed, self.rounds)


def rank_features(task: LearningTask, rows: Rows, effort: RankingEffort) -> Ranking:
    """Rank the features on `rows` only; FeatureError if none is better than noise.

    The columns of the ranking (k,), the most important feature first:

    - `name`
    - `importance`: share of the gain, mean over the folds
    - `permutation`: rise in out-of-fold log-loss if the values are shuffled, mean over the folds
    - `gain` on all rows, and `noise`: its 95 % quantile with a shuffled outcome
    - `correlation` with `twin`, the most similar of the better features
    - `verdict`: "kept", "noise" (no better than with a shuffled outcome) or "duplicate"
    """
    features = task.refitted(rows).features[rows]
    target = task.target[rows]
    names = np.array(features.columns)
    all_columns = RankingModel(
        to_matrix(features), category_positions(features), task.seed, effort.rounds
    )
    first_importance, _ = _cross_validated_importance(all_columns, target, effort, permute=False)
    candidates = np.argsort(-first_importance, kind="stable")[: effort.candidates]
    candidates = candidates[first_importance[candidates] > 0]
    _require_any(candidates, rows)
    twin, correlation = _find_duplicates(all_columns.matrix[:, candidates])
    is_duplicate = twin >= 0
    distinct = candidates[~is_duplicate]
    duplicates = candidates[is_duplicate]
    model = all_columns.with_columns(distinct)
    importance, permutation = _cross_validated_importance(model, target, effort, permute=True)
    gain, noise = _gain_and_noise(model, target, effort)
    is_better = gain > noise
    _require_any(np.flatnonzero(is_better), rows)
    order = _rank_order(importance, permutation, is_better)
    zeros = np.zeros(len(duplicates))
    verdicts = np.where(is_better[order], KEPT, NOISE)
    twin_names = names[candidates[twin[is_duplicate]]]
    return {
        "name": np.concatenate([names[distinct[order]], names[duplicates]]),
        "importance": np.concatenate([importance[order], first_importance[duplicates]]),
        "permutation": np.concatenate([permutation[order], zeros]),
        "gain": np.concatenate([gain[order], zeros]),
        "noise": np.concatenate([noise[order], zeros]),
        "twin": np.array([*[""] * len(order), *twin_names]),
        "correlation": np.concatenate([np.zeros(len(order)), correlation[is_duplicate]]),
        "verdict": np.array([*verdicts, *[DUPLICATE] * len(duplicates)]),
    }


def _require_any(features: NDArray[np.intp], rows: Rows) -> None:
    if not len(features):
        raise FeatureError(
            f"no feature predicts the outcome better than noise in {len(rows)} rows: "
            "add rows or columns"
        )


def _cross_validated_importance(
    model: RankingModel, target: Target, effort: RankingEffort, *, permute: bool
) -> tuple[Floats, Floats]:
    """Return each column's share of the gain and permutation importance, means over the folds."""
    shares = []
    rises = []
    for fit_rows, fold_rows in stratified_folds(target, effort.folds, model.seed):
        booster = model.fit(fit_rows, target[fit_rows])
        gain = booster.feature_importance("gain")
        shares.append(gain / max(gain.sum(), 1e-300))
        if permute:
            matrix = model.matrix[fold_rows]
            rises.append(_log_loss_rise(booster, matrix, target[fold_rows], effort, model.seed))
    return np.mean(shares, axis=0), np.mean(rises or np.zeros((1, len(gain))), axis=0)


def _log_loss_rise(
    booster: lgb.Booster, matrix: Matrix, target: Target, effort: RankingEffort, seed: int
) -> Floats:
    """Return the rise in log-loss if one column's values are shuffled, for each column."""
    rng = np.random.default_rng(seed)
    sample = rng.permutation(len(target))[: effort.permuted_rows]
    shuffled = rng.permutation(len(sample))
    matrix = matrix[sample].copy()
    target = target[sample]

    def loss() -> float:
        return float(log_loss(target, booster.predict(matrix, num_threads=1), labels=[0, 1]))

    unshuffled_loss = loss()
    rise = np.zeros(matrix.shape[1])
    for column in np.flatnonzero(booster.feature_importance("gain") > 0):
        values = matrix[:, column].copy()
        matrix[:, column] = values[shuffled]
        rise[column] = loss() - unshuffled_loss
        matrix[:, column] = values
    return rise


def _gain_and_noise(
    model: RankingModel, target: Target, effort: RankingEffort
) -> tuple[Floats, Floats]:
    """Return each column's gain, and the quantile of its gains with a shuffled outcome."""
    rng = np.random.default_rng(model.seed)
    all_rows = np.arange(len(target))
    gain = model.fit(all_rows, target).feature_importance("gain")
    noise = [
        model.fit(all_rows, rng.permutation(target)).feature_importance("gain")
        for _ in range(effort.shuffled_fits)
    ]
    return gain, np.quantile(noise, NOISE_QUANTILE, axis=0)


def _find_duplicates(matrix: Matrix) -> tuple[NDArray[np.intp], Floats]:
    """Return for each column, best first, the better column that it duplicates, and the similarity.

    The column is -1 if there is none; it is never itself a duplicate. The similarity is the rank
    correlation. A missing value ranks below all others, or above if the two columns have opposite
    signs, so common missing values count too.
    """
    missing_lowest = _standard_ranks(np.nan_to_num(matrix, nan=-np.inf, posinf=None, neginf=None))
    missing_highest = _standard_ranks(np.nan_to_num(matrix, nan=np.inf, posinf=None, neginf=None))
    similarity = np.maximum(
        np.abs(missing_lowest.T @ missing_lowest), np.abs(missing_lowest.T @ missing_highest)
    )
    twin = np.full(len(similarity), -1)
    correlation = np.zeros(len(similarity))
    for column in range(1, len(similarity)):
        better = np.where(twin[:column] < 0, similarity[column, :column], 0.0)
        closest = int(np.argmax(better))
        if better[closest] >= DUPLICATE_CORRELATION:
            twin[column] = closest
            correlation[column] = better[closest]
    return twin, correlation


def _standard_ranks(matrix: Matrix) -> Matrix:
    """Return each column's ranks, scaled so that the product of two is their correlation."""
    ranks = rankdata(matrix, axis=0)
    ranks -= ranks.mean(axis=0)
    ranks /= np.maximum(np.linalg.norm(ranks, axis=0), 1e-12)
    return np.asarray(ranks, np.float32)


def _rank_order(
    importance: Floats, permutation: Floats, is_better: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """Return the order: features better than noise first, then by the mean of the two ranks."""
    rank_sum = rankdata(-importance) + rankdata(-permutation)
    return np.lexsort((-importance, rank_sum, ~is_better))
