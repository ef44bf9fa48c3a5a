"""Which features the model keeps: those that earn the most, as long as the request stays short enough."""

from collections.abc import Iterable, Sequence

import lightgbm as lgb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.features.feature import Feature

MAX_INPUTS = 125
CANDIDATES = 300
ROUNDS = 150
# Many shallow, random trees that each see few columns: a ranking that spreads over correlated features.
RANKING = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 4, "min_data_in_leaf": 40, "feature_fraction": 0.05,
    "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 20.0, "extra_trees": True, "verbosity": -1,
    "deterministic": True, "force_col_wise": True, "num_threads": 1,
}  # fmt: skip


def select(
    features: pl.DataFrame, target: NDArray[np.int8], catalogue: Sequence[Feature], seed: int
) -> list[str]:
    """The names of the features to keep, in catalogue order, asking for at most `MAX_INPUTS` inputs.

    `features` (n × columns) and `target` (n,) are training rows only: whoever evaluates the result on other rows
    selects again inside each fold.
    """
    gain = _gain(_candidates(features, target, seed), target, seed)
    ranked = sorted((f for f in catalogue if gain.get(f.name, 0) > 0), key=lambda f: -gain[f.name])
    kept = set(within(ranked, MAX_INPUTS))
    return [feature.name for feature in catalogue if feature.name in kept]


def within(ranked: Iterable[Feature], most: int) -> list[str]:
    """The first of the `ranked` features asking for at most `most` inputs together; one that does not fit is passed."""
    kept: list[str] = []
    asked: set[str] = set()
    for feature in ranked:
        needed = asked | set(feature.sources)
        if len(needed) <= most:
            kept.append(feature.name)
            asked = needed
    return kept


def _candidates(features: pl.DataFrame, target: NDArray[np.int8], seed: int) -> pl.DataFrame:
    """The columns worth a second look: ranked again by themselves, they do not compete with the useless ones."""
    gain = _gain(features, target, seed)
    best = set(sorted(gain, key=lambda name: -gain[name])[:CANDIDATES])
    return features.select(name for name in features.columns if name in best)


def _gain(features: pl.DataFrame, target: NDArray[np.int8], seed: int) -> dict[str, float]:
    """How much each column's splits lower the log-loss, summed over the trees."""
    categories = [i for i, dtype in enumerate(features.dtypes) if dtype == pl.Enum]
    matrix = features.select(pl.all().to_physical().cast(pl.Float32)).to_numpy()
    data = lgb.Dataset(
        matrix, target, categorical_feature=categories, params={**RANKING, "seed": seed}
    )
    booster = lgb.train({**RANKING, "seed": seed}, data, ROUNDS)
    return dict(zip(features.columns, booster.feature_importance("gain").tolist(), strict=True))
