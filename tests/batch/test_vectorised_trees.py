"""Vectorised trees give LightGBM's raw scores bit for bit, or are not used."""

import numpy as np
import polars as pl
import pytest

from credit_scoring.batch import score_block, vectorised_trees
from credit_scoring.batch.score_block import BlockScorer
from credit_scoring.batch.vectorised_trees import ZERO, exact_threshold, raw_scores
from custom_threshold_model import CustomThresholdLGBM

ROWS = 2000
LEVELS = [f"level {number}" for number in range(70)]  # more than two words of a category set


def table(seed):
    """Numbers around 0, tiny, missing and never missing, and a category with many levels."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=ROWS)
    return pl.DataFrame(
        {
            "number": np.where(rng.random(ROWS) < 0.2, np.nan, numbers),
            "complete": numbers + rng.normal(size=ROWS),
            "sparse": np.where(rng.random(ROWS) < 0.7, 0.0, rng.normal(size=ROWS)),
            "tiny": rng.choice([-2e-35, -1e-36, 0.0, 1e-36, 2e-35], ROWS),
            "category": pl.Series(rng.choice(LEVELS, ROWS), dtype=pl.Enum(LEVELS)),
        }
    ).with_columns(pl.selectors.float().cast(pl.Float32).fill_nan(None))


def fitted(**params):
    """A model fitted on random labels that depend on the columns of `table`."""
    frame = table(1)
    rng = np.random.default_rng(2)
    risk = frame["complete"].to_numpy() + (frame["category"].to_physical().to_numpy() % 3)
    large_trees = {"min_data_in_leaf": 1, "lambda_l2": 0.0, "bagging_fraction": 1.0}
    params = (
        {"num_iterations": 10, "feature_fraction": 1.0, "num_threads": 1} | large_trees | params
    )
    model = CustomThresholdLGBM(n_splits=2, params=params)
    return model.fit(frame, (risk + rng.normal(size=ROWS) > 2).astype(int))


def leaves(model):
    return max(tree["num_leaves"] for tree in model.booster_.dump_model()["tree_info"])


@pytest.mark.parametrize("num_leaves", [2, 8, 9, 31, 64])
def test_raw_scores_equal_those_of_lightgbm(num_leaves):
    model = fitted(num_leaves=num_leaves, extra_trees=num_leaves % 2 == 0)
    assert leaves(model) == num_leaves
    trees = vectorised_trees.vectorised_trees(model)
    assert trees is not None
    matrix = model.encode(table(3))
    columns = matrix.T.astype(np.float32)
    expected = model.booster_.predict(matrix, raw_score=True)
    np.testing.assert_array_equal(raw_scores(trees, columns), expected)
    assert len(set(expected)) > num_leaves


def test_the_model_of_the_sample_is_vectorised(bundle):
    assert vectorised_trees.vectorised_trees(bundle.model) is not None


def test_a_tree_may_have_one_leaf():
    model = fitted(min_gain_to_split=1e9)
    assert leaves(model) == 1
    trees = vectorised_trees.vectorised_trees(model)
    assert trees is not None
    assert len(set(raw_scores(trees, np.zeros((5, 3), dtype=np.float32)))) == 1


@pytest.mark.parametrize(
    "params",
    [
        pytest.param({"num_leaves": 65}, id="many leaves"),
        pytest.param({"zero_as_missing": True}, id="zeros are missing"),
    ],
)
def test_other_trees_are_left_to_lightgbm(params):
    model = fitted(**params)
    assert leaves(model) == params.get("num_leaves", leaves(fitted()))
    assert vectorised_trees.vectorised_trees(model) is None


def test_trees_that_score_otherwise_are_left_to_lightgbm(monkeypatch):
    """A threshold rounded up instead of down shows at the edges."""
    model = fitted()
    assert vectorised_trees.vectorised_trees(model) is not None
    rounded_up = lambda threshold: np.nextafter(exact_threshold(threshold), np.float32(np.inf))  # noqa: E731
    monkeypatch.setattr(vectorised_trees, "exact_threshold", rounded_up)
    assert vectorised_trees.vectorised_trees(model) is None


def test_lightgbm_scores_a_block_alike(monkeypatch, bundle, model_table):
    features = model_table.features
    scores = BlockScorer(bundle, reasons=4).score(features)
    monkeypatch.setattr(score_block, "vectorised_trees", lambda _model: None)
    assert BlockScorer(bundle, reasons=4).score(features).equals(scores)


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        pytest.param(0.5, 0.5, id="exact"),
        pytest.param(0.1, np.nextafter(np.float32(0.1), np.float32(0)), id="rounded down"),
        pytest.param(-0.1, np.float32(-0.1), id="already rounded down"),
        pytest.param(0.0, ZERO, id="zero"),
        pytest.param(1e-36, ZERO, id="tiny"),
        pytest.param(-1e-36, -np.nextafter(ZERO, np.float32(1)), id="tiny and negative"),
        pytest.param(float("inf"), np.inf, id="infinity"),
        pytest.param(1e300, np.finfo(np.float32).max, id="beyond 32 bits"),
        pytest.param(-1e300, -np.inf, id="beyond 32 bits and negative"),
    ],
)
def test_a_threshold_is_the_largest_32_bit_number_that_goes_left(threshold, expected):
    assert exact_threshold(threshold) == np.float32(expected)
    assert exact_threshold(threshold).dtype == np.float32
