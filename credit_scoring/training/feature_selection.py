"""Feature selection: the features with the highest gain, within the limit of inputs per request."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import nlargest
from typing import Any

import lightgbm as lgb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.features.feature import Feature
from credit_scoring.training.folds import Target

MAX_INPUTS = 125  # of a request
CANDIDATES = 300  # features that are ranked a second time
ROUNDS = 150
COLUMNS_PER_TREE = 5  # at least, or a tree of a narrow table would see a single one
# Many shallow, random trees of few columns each: the gain spreads over correlated features.
RANKING_PARAMS: dict[str, Any] = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 4, "min_data_in_leaf": 40,
    "feature_fraction": 0.05, "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 20.0,
    "extra_trees": True, "verbosity": -1, "deterministic": True, "force_col_wise": True,
    "num_threads": 1,
}  # fmt: skip


def select_by_gain(
    features: pl.DataFrame, target: Target, catalogue: Sequence[Feature], seeds: Sequence[int]
) -> list[list[str]]:
    """Return the features of each booster, in catalogue order; together at most MAX_INPUTS inputs.

    `features` (n, k) and `target` (n,) hold training rows only. To evaluate the result on other
    rows, select again inside each fold. Each of the `seeds` gives one ranking.
    """
    rankings = [_ranked(gain, catalogue) for gain in _gains(features, target, seeds)]
    selected = [set(names) for names in within_common_limit(rankings, MAX_INPUTS)]
    return [[f.name for f in catalogue if f.name in names] for names in selected]


def within_common_limit(rankings: Sequence[Sequence[Feature]], limit: int) -> list[list[str]]:
    """Return the best features of each ranking, all of which need at most `limit` inputs together.

    Every list has the same limit of its own, the largest with which they fit. If not even one input
    each does, all have the features of the first ranking.
    """
    sources = {feature.name: set(feature.sources) for ranked in rankings for feature in ranked}
    for own_limit in range(limit, 0, -1):
        parts = [within_input_limit(ranked, own_limit) for ranked in rankings]
        inputs = set().union(*(sources[name] for names in parts for name in names))
        if len(inputs) <= limit and all(parts):
            return parts
    return [within_input_limit(rankings[0], limit)] * len(rankings)


def within_input_limit(ranked: Iterable[Feature], limit: int) -> list[str]:
    """Return the best features that need at most `limit` inputs together; others are skipped."""
    selected: list[str] = []
    inputs: set[str] = set()
    for feature in ranked:
        inputs_with_feature = inputs | set(feature.sources)
        if len(inputs_with_feature) <= limit:
            selected.append(feature.name)
            inputs = inputs_with_feature
    return selected


def to_matrix(features: pl.DataFrame) -> NDArray[np.float32]:
    """Return the features (n, k) as numbers: a category as its code, missing as NaN.

    A code is the level's position in the contract.
    """
    return features.select(pl.all().to_physical().cast(pl.Float32)).to_numpy()


def category_positions(features: pl.DataFrame) -> list[int]:
    """Return the positions of the category columns."""
    return [position for position, dtype in enumerate(features.dtypes) if dtype == pl.Enum]


def _gains(
    features: pl.DataFrame, target: Target, seeds: Sequence[int]
) -> Iterator[dict[str, float]]:
    """Yield the gain of each feature per seed.

    Features are ranked twice: the best candidates of the first seed are ranked again, once per
    seed, without the uninformative ones.
    """
    gain = _gain_by_feature(_binned(features, target), features.columns, seeds[0])
    candidates = set(nlargest(CANDIDATES, gain, key=gain.__getitem__))
    columns = [name for name in features.columns if name in candidates]
    binned = _binned(features.select(columns), target)
    for seed in seeds:
        yield _gain_by_feature(binned, columns, seed)


def _ranked(gain: Mapping[str, float], catalogue: Sequence[Feature]) -> list[Feature]:
    """Return the informative features by falling gain."""
    informative = (feature for feature in catalogue if gain.get(feature.name, 0) > 0)
    return sorted(informative, key=lambda feature: -gain[feature.name])


def _binned(features: pl.DataFrame, target: Target) -> lgb.Dataset:
    categories = category_positions(features)
    matrix = to_matrix(features)
    return lgb.Dataset(matrix, target, categorical_feature=categories, params=RANKING_PARAMS)


def ranking_params(columns: int) -> dict[str, Any]:
    """Return LightGBM's parameters of the ranking; a tree sees some columns of a narrow table."""
    share = max(RANKING_PARAMS["feature_fraction"], min(1.0, COLUMNS_PER_TREE / columns))
    return {**RANKING_PARAMS, "feature_fraction": share}


def _gain_by_feature(data: lgb.Dataset, names: Sequence[str], seed: int) -> dict[str, float]:
    """Return how much each column's splits lower the log-loss, summed over the trees."""
    booster = lgb.train({**ranking_params(len(names)), "seed": seed}, data, ROUNDS)
    return dict(zip(names, booster.feature_importance("gain").tolist(), strict=True))
