"""Several boosters: other seeds, own columns, ordinary trees on many rows, one merged model."""

import lightgbm as lgb
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from credit_scoring.estimator import ensemble, merge_boosters
from credit_scoring.estimator.boosting import DEFAULT_PARAMS
from credit_scoring.estimator.ensemble import ensemble_params
from credit_scoring.estimator.shape_defaults import NARROW_TREES, ORDINARY_TREE_ROWS, WIDE_COLUMNS
from tests.estimator.small_model import SMALL_PARAMS, small_model

COLUMNS = [["number:0 é", "income type"], ["number:1 é", "number:0 é", "region"]]


@pytest.fixture(scope="module")
def boosters():
    """The boosters of the last fit, in the order of their training."""
    return []


@pytest.fixture(scope="module")
def fitted(X, y, boosters):
    """A model of two boosters with other columns."""
    names = sorted({name for part in COLUMNS for name in part})
    merge = merge_boosters.merge_boosters

    def spy(parts, matrix, threads):
        boosters.extend(parts)
        return merge(parts, matrix, threads)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ensemble, "merge_boosters", spy)
        return small_model(n_boosters=2).fit(X.select(names), y, columns=COLUMNS)


def mean_prediction(boosters, matrix, **output):
    """The mean of the boosters' predictions, each made from its own columns."""
    parts = []
    for booster in boosters:
        columns = [int(name.removeprefix("Column_")) for name in booster.feature_name()]
        parts.append(booster.predict(matrix[:, columns], num_threads=1, **output))
    return np.mean(parts, axis=0)


class TestMergedModel:
    def test_raw_score_is_the_mean_of_the_boosters(self, fitted, boosters, X):
        features = X.select(fitted.feature_names_in_.tolist())
        matrix = fitted.encode(features)
        expected = mean_prediction(boosters, matrix, raw_score=True)
        np.testing.assert_allclose(fitted.raw_score(features), expected, atol=1e-12)

    def test_one_row_and_many_have_the_same_bits(self, fitted, X):
        matrix = fitted.encode(X.select(fitted.feature_names_in_.tolist()))
        rows = [fitted.row_probability(row) for row in matrix[:50]]
        np.testing.assert_array_equal(rows, fitted.matrix_probability(matrix)[:50])

    def test_explanations_add_up(self, fitted, X):
        features = X.select(fitted.feature_names_in_.tolist())
        total = fitted.explain(features).sum(axis=1)
        np.testing.assert_allclose(total, fitted.raw_score(features), atol=1e-9)

    def test_trees_are_counted_together(self, fitted, boosters):
        trees = sum(booster.num_trees() for booster in boosters)
        assert fitted.best_iteration_ == fitted.booster_.num_trees() == trees

    def test_importances_are_by_column_of_the_whole(self, fitted, boosters):
        names = fitted.booster_.feature_name()
        expected = np.zeros(len(names))
        for booster in boosters:
            for name, gain in zip(
                booster.feature_name(), booster.feature_importance("gain"), strict=True
            ):
                expected[names.index(name)] += gain
        actual = fitted.booster_.feature_importance("gain")
        np.testing.assert_allclose(actual, expected, rtol=1e-4)

    def test_each_booster_uses_its_columns_only(self, fitted, boosters):
        names = fitted.feature_names_in_.tolist()
        used = [{names[int(n.removeprefix("Column_"))] for n in b.feature_name()} for b in boosters]
        assert used == [set(part) for part in COLUMNS]

    def test_a_text_that_lightgbm_reads_otherwise_is_an_error(self, X, y, monkeypatch):
        monkeypatch.setattr(merge_boosters, "DIVIDED", ())
        with pytest.raises(RuntimeError, match=r"from the mean of its boosters.* n_boosters=1"):
            small_model(n_boosters=2).fit(X, y)


class TestParameters:
    def test_seeds_differ_and_the_first_is_the_random_state(self):
        seeds = [part["seed"] for part in ensemble_params(None, 7, 3, 100, 9)]
        assert seeds[0] == 7
        assert len(set(seeds)) == 3

    def test_the_last_of_several_has_ordinary_trees_on_many_rows(self):
        shapes = [
            (part["num_leaves"], part["extra_trees"])
            for part in ensemble_params(None, 0, 3, ORDINARY_TREE_ROWS, WIDE_COLUMNS)
        ]
        usual = DEFAULT_PARAMS["num_leaves"], True
        assert shapes == [usual, usual, (8, False)]

    @pytest.mark.parametrize(("n_boosters", "rows"), [(1, ORDINARY_TREE_ROWS), (3, 9_999)])
    def test_otherwise_all_are_alike(self, n_boosters, rows):
        parts = ensemble_params(None, 0, n_boosters, rows, WIDE_COLUMNS)
        assert {part["num_leaves"] for part in parts} == {DEFAULT_PARAMS["num_leaves"]}

    @pytest.mark.parametrize("columns", [1, 5, 20, 60, WIDE_COLUMNS - 1])
    @pytest.mark.parametrize("rows", [100, ORDINARY_TREE_ROWS])
    def test_a_narrow_table_has_trees_of_many_columns(self, rows, columns):
        parts = ensemble_params(None, 0, 4, rows, columns)
        kinds = [(part["num_leaves"], part["feature_fraction"]) for part in parts]
        assert kinds == [(16, 1.0), (8, 1.0), (8, 0.5), (16, 1.0)]
        assert [part["extra_trees"] for part in parts] == [True, False, True, True]

    @pytest.mark.parametrize("columns", [WIDE_COLUMNS, 134, 1500])
    def test_a_wide_table_keeps_the_default_parameters(self, columns):
        (part,) = ensemble_params(None, 0, 1, ORDINARY_TREE_ROWS, columns)
        assert part.items() >= DEFAULT_PARAMS.items()

    def test_given_parameters_override_those_of_a_narrow_table(self):
        parts = ensemble_params({"colsample_bytree": 0.3, "num_leaves": 3}, 0, 3, 100, 20)
        assert {(part["feature_fraction"], part["num_leaves"]) for part in parts} == {(0.3, 3)}

    def test_a_narrow_table_has_its_interactions_learned(self):
        """Neither column has an effect of its own."""
        rng = np.random.default_rng(5)
        matrix = rng.normal(size=(1500, 20))
        y = (matrix[:, 0] * matrix[:, 1] + 0.3 * rng.normal(size=1500) > 0.3).astype(int)
        params = {"num_threads": 1, "num_iterations": 150}
        model = small_model(n_boosters=len(NARROW_TREES), params=params).fit(matrix, y)
        assert roc_auc_score(y, model.out_of_fold_probability_) > 0.85

    def test_several_boosters_take_larger_steps(self):
        rates = [ensemble_params(None, 0, count, 100, 9)[0]["learning_rate"] for count in (1, 2)]
        assert rates == [0.05, 0.1]

    def test_given_parameters_apply_to_every_booster(self):
        given = {"num_leaf": 5, "extra_tree": True}
        parts = ensemble_params(given, 0, 3, ORDINARY_TREE_ROWS, WIDE_COLUMNS)
        assert {(part["num_leaves"], part["extra_trees"]) for part in parts} == {(5, True)}

    def test_monotone_constraints_follow_the_columns(self, numbers):
        """No booster's score falls as column 0 rises, though column 0 is not the first of each."""
        matrix, y = numbers
        params = {**SMALL_PARAMS, "monotone_constraints": [1, 0, 0, 0]}
        model = small_model(n_boosters=2, params=params)
        model.fit(matrix, y, columns=[["x1", "x0"], ["x0", "x2", "x3"]])
        moved = np.repeat(matrix[:1], 200, axis=0)
        moved[:, 0] = np.linspace(-3, 3, 200)
        assert (np.diff(model.matrix_probability(moved)) >= 0).all()
        assert "monotone_constraints=1 0 0 0\n" in model.booster_.model_to_string()

    def test_constraints_for_other_columns_are_refused(self, numbers):
        params = {**SMALL_PARAMS, "monotone_constraints": [1, 0]}
        with pytest.raises(ValueError, match="params has 2 monotone_constraints: expected 4"):
            small_model(params=params).fit(*numbers)


class TestColumns:
    @pytest.mark.parametrize(
        ("columns", "message"),
        [
            ([["x0"]], "columns has 1 lists: expected 2"),
            ([["x0"], ["nine"]], r"columns names \['nine'\], which is not a column of X"),
            ([["x0"], []], "columns has an empty list"),
        ],
    )
    def test_invalid_columns_are_refused(self, numbers, columns, message):
        with pytest.raises(ValueError, match=message):
            small_model(n_boosters=2).fit(*numbers, columns=columns)

    def test_one_booster_is_lightgbms_own_text(self, X, y):
        model = small_model(n_boosters=1).fit(X, y)
        text = model.booster_.model_to_string()
        assert lgb.Booster(model_str=text).num_trees() == model.best_iteration_
        assert "leaf_value" in text
