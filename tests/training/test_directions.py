"""Directions: constraints by name, ratios that could break a promise, and models that keep it."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from credit_scoring.features.catalogue import catalogue
from credit_scoring.features.definitions.row_ratios import available_ratios
from credit_scoring.features.formula.arrays import compute_on_arrays
from credit_scoring.training.cross_validation import LearningTask
from credit_scoring.training.directions import (
    monotone_params,
    with_kept_promises,
    without_directions,
)
from credit_scoring.training.metrics import Costs
from tests.training.learning_tasks import make_feature, make_task

PAIRS = 100_000
SCORES = ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3")
FEW_TREES = {"num_iterations": 150, "feature_fraction": 0.5, "min_data_in_leaf": 5, "num_leaves": 8}


class TestConstraints:
    def test_are_in_the_order_of_the_names(self):
        features = [
            make_feature("a", direction="up"),
            make_feature("b"),
            make_feature("c", direction="down"),
        ]
        assert monotone_params(["c", "a", "b"], features) == {
            "monotone_constraints": [-1, 1, 0],
            "monotone_constraints_method": "basic",
        }

    def test_are_absent_without_a_direction(self):
        assert monotone_params(["b"], [make_feature("a", direction="up"), make_feature("b")]) == {}

    def test_are_absent_from_a_task_without_directions(self):
        features = without_directions([make_feature("a", direction="up")])
        assert monotone_params(["a"], features) == {}


def test_a_ratio_without_a_direction_is_left_out_if_an_input_has_one():
    features = [
        make_feature("a", direction="up"),
        make_feature("b"),
        make_feature("a_per_b", inputs=("a", "b")),
        make_feature("b_per_a", inputs=("a", "b"), direction="down"),
        make_feature("b_squared", inputs=("b",)),
    ]
    assert [f.name for f in with_kept_promises(features)] == ["a", "b", "b_per_a", "b_squared"]


def contrary_task():
    """The risk rises with `risk`; the other columns are noise, which a free model follows."""
    task = make_task(rows=800, noise=4)
    return replace(task, params=FEW_TREES)


def with_direction(task, **directions):
    features = [replace(f, direction=directions.get(f.name)) for f in task.catalogue]
    return replace(task, catalogue=features)


def fit(task):
    rows = np.arange(len(task.target))
    return task.fit_on_all(rows, lambda _done, _total: None)


def violations(model, features, name, sign, compute=lambda frame: frame):
    """How many of PAIRS applicants get a probability that moves against `sign` as `name` rises."""
    rng = np.random.default_rng(1)
    columns = {column: rng.permutation(np.resize(features[column].to_numpy(), PAIRS))
               for column in features.columns if features[column].dtype != pl.Enum}  # fmt: skip
    frame = features[np.resize(np.arange(len(features)), PAIRS)].with_columns(
        pl.Series(column, values, dtype=pl.Float32, nan_to_null=True)
        for column, values in columns.items()
    )
    two = rng.choice(features[name].drop_nulls().to_numpy(), (2, PAIRS))
    low, high = (pl.Series(name, side, dtype=pl.Float32) for side in np.sort(two, axis=0))
    before, after = (
        model.predict_proba(compute(frame.with_columns(values)))[:, 1] for values in (low, high)
    )
    return int((sign * (after - before) < 0).sum())


class TestModel:
    @pytest.mark.parametrize(
        ("name", "direction", "sign"),
        [("risk", "up", 1), ("risk", "down", -1), ("noise_0", "up", 1), ("noise_1", "down", -1)],
        ids=["with the data", "against the data", "noise up", "noise down"],
    )
    def test_keeps_the_direction_over_pairs(self, name, direction, sign):
        task = contrary_task()
        model = fit(with_direction(task, **{name: direction, "noise_3": "up"}))
        assert violations(model, task.features, name, sign) == 0

    def test_without_directions_breaks_it(self):
        task = contrary_task()
        assert violations(fit(task), task.features, "noise_0", 1) > PAIRS / 100


def score_task():
    """Three scores, partly missing, amounts and their ratios of the catalogue."""
    rng = np.random.default_rng(3)
    rows = 3000
    columns = {name: rng.random(rows) for name in SCORES}
    columns["AMT_CREDIT"] = rng.random(rows) * 1e6 + 1e5
    columns["AMT_ANNUITY"] = columns["AMT_CREDIT"] / (10 + 40 * rng.random(rows))
    hidden = sum(columns[name] for name in SCORES)
    target = (rng.random(rows) < 1 / (1 + np.exp(3 * hidden - 2.5))).astype(np.int8)
    for name in SCORES:
        columns[name] = np.where(rng.random(rows) < 0.2, np.nan, columns[name])
    inputs = pl.DataFrame(
        [
            pl.Series(name, values, dtype=pl.Float32, nan_to_null=True)
            for name, values in columns.items()
        ]
    )
    features = [f for f in catalogue({"application"}) if set(f.sources) <= set(columns)]
    kept = with_kept_promises(features)
    frame = computed(inputs, [feature.name for feature in kept])
    return inputs, LearningTask(frame, target, kept, Costs(), seed=0, params=FEW_TREES)


def computed(inputs, names):
    """The inputs and the ratios among `names` that are computed from them, in this order."""
    arrays = {column: inputs[column].to_numpy() for column in inputs.columns}
    return inputs.with_columns(
        pl.Series(ratio.feature.name, compute_on_arrays(ratio.formula, arrays), nan_to_null=True)
        for ratio in available_ratios(inputs.columns)
    ).select(names)


@pytest.fixture(scope="module")
def scored():
    inputs, task = score_task()
    return inputs, task, fit(task)


class TestRequest:
    def test_spread_of_the_scores_is_left_out(self, scored):
        names = {feature.name for feature in scored[1].catalogue}
        assert "application_external_score_spread" not in names
        assert {"application_external_score_mean", "application_score_per_annuity_rate"} <= names

    @pytest.mark.parametrize("name", SCORES)
    def test_a_better_score_never_raises_the_risk_with_its_ratios(self, name, scored):
        inputs, task, model = scored
        names = task.features.columns
        assert violations(model, inputs, name, -1, lambda frame: computed(frame, names)) == 0
