"""Feature selection: the features with the highest gain, within the limit of inputs per request."""

from collections.abc import Iterable, Sequence
from heapq import nlargest

import lightgbm as lgb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.features.feature import Feature
from credit_scoring.training.folds import Target

MAX_INPUTS = 125  # of a request
CANDIDATES = 300  # features that are ranked a second time
ROUNDS = 150
# Many shallow, random trees of few columns each: the gain spreads over correlated features.
RANKING_PARAMS = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 4, "min_data_in_leaf": 40,
    "feature_fraction": 0.05, "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 20.0,
    "extra_trees": True, "verbosity": -1, "deterministic": True, "force_col_wise": True,
    "num_threads": 1,
}  # fmt: skip


def select_by_gain(
    features: pl.DataFrame, target: Target, catalogue: Sequence[Feature], seed: int
) -> list[str]:
    """Return the features to keep, in catalogue order; they need at most MAX_INPUTS inputs.

    `features` (n, k) and `target` (n,) hold training rows only. To evaluate the result on other
    rows, select again inside each fold.

    Features are ranked twice: the best candidates are ranked again without the uninformative ones.
    """
    gain = _gain_by_feature(features, target, seed)
    candidates = set(nlargest(CANDIDATES, gain, key=gain.__getitem__))
    columns = [name for name in features.columns if name in candidates]
    gain = _gain_by_feature(features.select(columns), target, seed)
    informative = (feature for feature in catalogue if gain.get(feature.name, 0) > 0)
    ranked = sorted(informative, key=lambda feature: -gain[feature.name])
    selected = set(within_input_limit(ranked, MAX_INPUTS))
    return [feature.name for feature in catalogue if feature.name in selected]


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


def _gain_by_feature(features: pl.DataFrame, target: Target, seed: int) -> dict[str, float]:
    """Return how much each column's splits lower the log-loss, summed over the trees."""
    params = {**RANKING_PARAMS, "seed": seed}
    categories = category_positions(features)
    data = lgb.Dataset(to_matrix(features), target, categorical_feature=categories, params=params)
    booster = lgb.train(params, data, ROUNDS)
    return dict(zip(features.columns, booster.feature_importance("gain").tolist(), strict=True))
