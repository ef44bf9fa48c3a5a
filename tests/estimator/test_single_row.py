"""Single-row prediction: the bits of a batch, in threads, after a fork, without private names."""

import copy
import gc
import math
import os
import re
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from lightgbm import basic

from credit_scoring.estimator import single_row

ROOT = Path(single_row.__file__).parents[2]


def test_one_row_scores_as_in_the_batch(model, X):
    matrix = model.encode(X)
    single = np.array([model.row_probability(row) for row in matrix])
    np.testing.assert_array_equal(single, model.predict_proba(X)[:, 1])
    np.testing.assert_array_equal(single, model.matrix_probability(matrix))
    np.testing.assert_array_equal(single[:7], model.matrix_probability(matrix[:7]))
    assert math.isfinite(model.row_probability(np.full(8, np.nan)))


def test_one_row_is_explained_as_in_the_batch(model, X):
    matrix = model.encode(X)
    single = [model.row_explain(row) for row in matrix]  # none overwrites the one before it
    np.testing.assert_array_equal(single, model.explain(X))
    assert np.isfinite(model.row_explain(np.full(8, np.nan))).all()


@pytest.mark.parametrize("row", [np.zeros(7), np.zeros(1), np.zeros((1, 8)), np.float64(0)])
def test_a_row_of_another_shape_is_refused(model, row):
    for ask in (model.row_probability, model.row_explain):
        with pytest.raises(ValueError, match=r"row has the shape .*: expected \(8,\)"):
            ask(row)


def test_eight_threads_get_their_own_results(model, X):
    matrix = model.encode(X)
    probabilities = model.matrix_probability(matrix)
    contributions = model.matrix_explain(matrix)
    start = threading.Barrier(8)

    def predict_all(seed):
        start.wait()
        for i in np.random.default_rng(seed).permutation(len(matrix)):
            np.testing.assert_array_equal(model.row_explain(matrix[i]), contributions[i])
            assert model.row_probability(matrix[i]) == probabilities[i]
            assert model.row_probability(matrix[i - 1]) == probabilities[i - 1]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(predict_all, range(8)))


def test_a_forked_process_has_its_own_handle(model, X):
    row = model.encode(X.head(1))[0]
    probability = model.row_probability(row)
    contributions = model.row_explain(row)
    parent_path = model._single_row._paths.score
    child = os.fork()
    if child == 0:
        is_right = False
        try:
            is_right = (
                model.row_probability(row) == probability
                and model._single_row._paths.score is not parent_path
                and np.array_equal(model.row_explain(row), contributions)
            )
        finally:
            os._exit(0 if is_right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_handle_is_freed_with_its_model(model, X, monkeypatch):
    results = []
    library = basic._LIB
    watched = type("Watched", (), {"__getattr__": lambda _self, name: getattr(library, name)})()
    watched.LGBM_FastConfigFree = lambda handle: results.append(library.LGBM_FastConfigFree(handle))
    monkeypatch.setattr(basic, "_LIB", watched)
    other = copy.deepcopy(model)
    other.row_probability(other.encode(X.head(1))[0])
    path = weakref.ref(other._single_row._paths.score)
    del other
    gc.collect()
    assert path() is None
    assert results == [0]


def test_the_fast_path_is_used(model, X):
    model.row_probability(model.encode(X.head(1))[0])
    assert isinstance(model._single_row._paths.score, single_row._FastPath)


@pytest.mark.parametrize(
    "private_names",
    [{}, {"_LIB": basic._LIB}, {"_LIB": object(), "_safe_call": basic._safe_call}],
    ids=["none", "no check", "no function"],
)
def test_booster_predict_replaces_missing_private_names(model, X, monkeypatch, private_names):
    monkeypatch.setattr(single_row, "basic", SimpleNamespace(**private_names))
    assert_same_without_fast_path(model, X, model.booster_)


def test_booster_predict_replaces_a_missing_handle(model, X):
    public = SimpleNamespace(num_feature=lambda: 8, predict=model.booster_.predict)
    assert_same_without_fast_path(model, X, public)


def assert_same_without_fast_path(model, X, booster):
    """The fallback has the bits of the batch."""
    matrix = model.encode(X.head(5))
    predictor = single_row.SingleRowPredictor(booster)
    raw_scores = [predictor.predict(row, explain=False) for row in matrix]
    contributions = [predictor.predict(row, explain=True) for row in matrix]
    np.testing.assert_array_equal(np.concatenate(raw_scores), model.raw_score(X.head(5)))
    np.testing.assert_array_equal(contributions, model.matrix_explain(matrix))
    assert isinstance(predictor._paths.score, single_row._BoosterPath)


def test_private_names_of_lightgbm_are_in_one_module():
    private_name = re.compile(r"\b_(LIB|safe_call|ConfigAliases|handle)\b")
    files = [ROOT / "custom_threshold_model.py", *(ROOT / "credit_scoring").rglob("*.py")]
    users = [file.name for file in files if private_name.search(file.read_text("utf-8"))]
    assert users == ["single_row.py"]
