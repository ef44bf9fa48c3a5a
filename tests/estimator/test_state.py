"""The saved state: the same bytes, built-in types, nothing invalid accepted."""

# ruff: noqa: S301 - the pickles are our own

import copy
import functools
import math
import os
import pickle
import pickletools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from credit_scoring.estimator.state import MAX_NESTING, require_plain
from custom_threshold_model import CustomThresholdLGBM
from tests.estimator.small_model import SMALL_PARAMS, small_model
from tests.server_process import PATIENCE

ROOT = Path(__file__).parents[2]


def test_same_data_and_seed_give_the_same_bytes(model, X, y):
    saved = pickle.dumps(model, protocol=4)
    assert pickle.dumps(small_model().fit(X, y), protocol=4) == saved
    assert pickle.dumps(small_model(random_state=1).fit(X, y), protocol=4) != saved
    assert pickle.dumps(pickle.loads(saved), protocol=4) == saved


def test_pickle_needs_one_global_and_no_call(model):
    saved = pickle.dumps(model, protocol=4)
    operations = list(pickletools.genops(saved))
    names = [operation.name for operation, _, _ in operations]
    assert names.count("STACK_GLOBAL") == 1
    assert not {"GLOBAL", "REDUCE", "INST", "OBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"} & set(names)
    text = [argument for operation, argument, _ in operations if "UNICODE" in operation.name]
    assert text[:2] == ["custom_threshold_model", "CustomThresholdLGBM"]


def test_saved_state_has_built_in_types_only(numbers):
    odd = small_model(
        false_negative_cost=np.float64(10),
        n_splits=np.int64(3),
        params={**SMALL_PARAMS, "num_leaves": np.int64(4)},
    )
    require_plain(odd.fit(*numbers).__getstate__())
    with pytest.raises(TypeError, match="cannot be saved"):
        pickle.dumps(CustomThresholdLGBM(params={"num_leaves": max}))


def test_a_loaded_model_predicts_the_same(model, X):
    """It does not contain the training rows."""
    loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(loaded.explain(X), model.explain(X))
    for name in (
        "threshold_",
        "empirical_threshold_",
        "threshold_interval_",
        "out_of_fold_cost_",
        "calibration_",
        "categories_",
        "best_iteration_",
    ):
        assert getattr(loaded, name) == getattr(model, name)
    np.testing.assert_array_equal(loaded.feature_names_in_, model.feature_names_in_)
    assert loaded.classes_.dtype == model.classes_.dtype
    assert not hasattr(loaded, "out_of_fold_probability_")


def as_format_1(state):
    """The state as it was saved before the rules of the threshold and several boosters."""
    state = copy.deepcopy(state)
    for name in ("threshold", "n_boosters"):
        del state["params"][name]
    for name in ("empirical_threshold", "out_of_fold_cost"):
        del state["fitted"][name]
    return {**state, "format": 1}


def test_a_state_of_format_1_has_one_booster_and_the_cheapest_cut(X, y):
    model = small_model(n_boosters=1, threshold="empirical").fit(X, y)
    loaded = CustomThresholdLGBM.__new__(CustomThresholdLGBM)
    loaded.__setstate__(as_format_1(model.__getstate__()))
    assert loaded.get_params() == model.get_params()
    assert loaded.threshold_ == loaded.empirical_threshold_ == model.threshold_
    assert loaded.out_of_fold_cost_ is None
    assert loaded.calibration_warning is None
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert pickle.loads(pickle.dumps(loaded)).get_params() == model.get_params()


def test_an_invalid_state_of_format_1_is_refused(model):
    state = as_format_1(model.__getstate__())
    for path, value, message in (
        (["params"], None, "params is None"),
        (["fitted"], [], r"fitted is \[\]"),
        (["fitted", "threshold"], None, "threshold is None: expected a number from 0 to 1"),
        (["extra"], 1, "expected the keys format, params, fitted"),
    ):
        with pytest.raises(ValueError, match=message):
            CustomThresholdLGBM.__new__(CustomThresholdLGBM).__setstate__(
                altered(state, path, value)
            )


def test_an_unfitted_model_keeps_invalid_parameters():
    loaded = pickle.loads(pickle.dumps(CustomThresholdLGBM(n_splits=-7, params={"num_leaves": 3})))
    assert (
        loaded.get_params()
        == CustomThresholdLGBM(n_splits=-7, params={"num_leaves": 3}).get_params()
    )
    assert not loaded.__sklearn_is_fitted__()


LOAD_ELSEWHERE = """
import sys
for absent in ("sklearn", "pandas", "polars"):
    sys.modules[absent] = None
import pickle
import numpy as np
model = pickle.loads(open("model.pkl", "rb").read())
matrix = np.load("matrix.npy")
rows = np.array([model.row_probability(row) for row in matrix])
assert (rows == model.matrix_probability(matrix)).all()
np.save("answers.npy", rows)
assert sys.modules["sklearn"] is None
ours = {name for name in sys.modules if name.startswith("credit_scoring")}
assert all(name.startswith("credit_scoring.estimator") for name in ours - {"credit_scoring"})
"""


def test_a_pickle_loads_without_training_libraries(model, X, tmp_path):
    matrix = model.encode(X)
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(model, protocol=4))
    np.save(tmp_path / "matrix.npy", matrix)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-c", LOAD_ELSEWHERE],
        cwd=tmp_path,
        env=environment,
        check=True,
        timeout=PATIENCE,
    )
    np.testing.assert_array_equal(np.load(tmp_path / "answers.npy"), model.predict_proba(X)[:, 1])


DEEP = functools.reduce(lambda inner, _: [inner], range(100_000), [])


class Text(str):
    """A subclass of a built-in type, which a state may not hold."""

    __slots__ = ()


def altered(state, path, value):
    state = copy.deepcopy(state)
    *parents, last = path
    target = state
    for key in parents:
        target = target[key]
    target[last] = value
    return state


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["format"], 3, "format is 3: expected 2; retrain, or load it with the version"),
        (["format"], True, "format is True: expected 2"),
        (["params", "n_boosters"], 0, "n_boosters is 0: expected a whole number from 1 to 100"),
        (["params", "threshold"], "cheap", "expected None or one of expected_cost, empirical"),
        (["fitted", "empirical_threshold"], 2.0, "empirical_threshold is 2.0: expected a number"),
        (["fitted", "out_of_fold_cost"], {}, "out_of_fold_cost is {}: expected None or numbers"),
        (["extra"], 1, "expected the keys format, params, fitted"),
        (["params", "extra"], 1, "params is .*: expected the constructor's parameters"),
        (["params"], None, "params is None: expected the constructor's parameters"),
        (
            ["params", "false_negative_cost"],
            -1.0,
            "false_negative_cost is -1.0: expected a number above 0",
        ),
        (["params", "false_negative_cost"], np.float64(10), "has a float64: expected dict, list"),
        (["params", "params"], {1: 1}, "a dictionary has other keys than text"),
        (["params", "params"], {"a": 2 * [[]]}, "a list or dictionary is in two places"),
        (["params", "params"], {"a": DEEP}, f"the state has more than {MAX_NESTING} levels"),
        (["params", "params"], {"num_leaves": (1,)}, "has a tuple: expected dict"),
        (["fitted"], [], r"fitted is \[\]: expected None or what fit learned"),
        (["fitted", "extra"], 1, "expected the keys model, names"),
        (["fitted", "model"], 1, "model is 1: expected a LightGBM model as text"),
        (["fitted", "names"], ["a", "a"], "names is .*: expected distinct column names"),
        (["fitted", "names"], ["a", "b"], "names has 2 columns: expected the model's 8"),
        (["fitted", "names"], [Text("a")], "has a Text: expected dict, list"),
        (["fitted", "categories"], {"a": [1]}, "categories is .*: expected levels by column name"),
        (["fitted", "categories"], {"a": ["b"]}, "categories names other columns than names"),
        (
            ["fitted", "classes"],
            [1, 1],
            r"classes is \[1, 1\]: expected two labels, default second",
        ),
        (["fitted", "classes"], [0, "1"], "classes is .*: expected two labels, default second"),
        (["params", "default_class"], [1], "default_class is .*: expected None or a label of y"),
        (["params", "n_jobs"], 0, "n_jobs is 0: expected None or a whole number other than 0"),
        (["fitted", "threshold"], math.inf, "threshold is inf: expected a number from 0 to 1"),
        (["fitted", "threshold"], 1, "threshold is 1: expected a number from 0 to 1"),
        (
            ["fitted", "threshold_interval"],
            [0.2, 0.1],
            "expected two numbers from 0 to 1 in ascending order",
        ),
        (["fitted", "threshold"], -0.1, "threshold is -0.1: expected a number from 0 to 1"),
        (["fitted", "threshold"], 1.1, "threshold is 1.1: expected a number from 0 to 1"),
        (["fitted", "threshold_interval"], [0.2], "expected two numbers from 0 to 1"),
        (["fitted", "calibration"], [0.0, 1.0], "expected a slope above 0 and an intercept"),
        (["fitted", "calibration"], [1.0, math.nan], "expected a slope above 0 and an intercept"),
        (["fitted", "best_iteration"], 0, "best_iteration is 0: expected a whole number from 1"),
        (
            ["fitted", "best_iteration"],
            True,
            "best_iteration is True: expected a whole number from 1",
        ),
    ],
)
def test_an_invalid_state_is_refused(model, path, value, message):
    state = altered(model.__getstate__(), path, value)
    with pytest.raises(ValueError, match=message):
        CustomThresholdLGBM.__new__(CustomThresholdLGBM).__setstate__(state)
