"""Candidates: every model with every strategy, and what is left out if a library is missing."""

import sys

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from credit_scoring.errors import SettingError
from credit_scoring.laboratory.comparison.candidates import (
    MODELS,
    STRATEGIES,
    Candidate,
    find_candidates,
)
from credit_scoring.laboratory.comparison.comparison_report import unavailable_lines
from credit_scoring.laboratory.comparison.preprocessing import Columns, as_frame, dense
from credit_scoring.training.feature_selection import to_matrix
from tests.laboratory.comparison_runs import ALL_CANDIDATES, EFFORT
from tests.training.learning_tasks import LEVELS, make_task

RESAMPLED = [
    candidate for candidate in ALL_CANDIDATES if candidate.strategy in {"smote", "undersampling"}
]
WEIGHTED = [candidate for candidate in ALL_CANDIDATES if candidate.strategy == "class_weights"]


def candidate_name(candidate):
    return candidate.name


def make_model(candidate, weight):
    pipeline = candidate.pipeline(Columns((0,)), EFFORT, seed=0, weight=weight)
    return pipeline["model"].get_params()


class TestPipeline:
    def test_all_models_and_strategies_exist(self):
        assert list(MODELS) == [
            "dummy", "logistic_regression", "random_forest", "lightgbm", "xgboost", "catboost",
            "mlp",
        ]  # fmt: skip
        assert list(STRATEGIES) == [
            "none", "class_weights", "is_unbalance", "smote", "undersampling",
        ]  # fmt: skip
        lightgbm = {item.strategy for item in ALL_CANDIDATES if item.model == "lightgbm"}
        assert lightgbm == set(STRATEGIES)
        assert find_candidates()[0] == ALL_CANDIDATES

    @pytest.mark.parametrize("candidate", RESAMPLED, ids=candidate_name)
    def test_resampling_balances_the_training_rows(self, candidate):
        class_counts = []

        class Learner(ClassifierMixin, BaseEstimator):
            def fit(self, _features, target):
                self.classes_ = np.unique(target)
                class_counts.append(np.bincount(target))
                return self

        task = make_task(rows=300, noise=2)
        pipeline = candidate.pipeline(Columns.of(task.features), EFFORT, seed=0, weight=1.0)
        pipeline.set_params(model=Learner()).fit(to_matrix(task.features), task.target)
        defaults = task.target.sum()
        expected = defaults if candidate.strategy == "undersampling" else 300 - defaults
        assert class_counts[0].tolist() == [expected, expected]

    @pytest.mark.parametrize("candidate", WEIGHTED, ids=candidate_name)
    def test_class_weights_are_the_costs(self, candidate):
        params = make_model(candidate, weight=7.0)
        weights = params.get("class_weight") or {0: 1.0, 1: params["scale_pos_weight"]}
        assert weights == {0: 1.0, 1: 7.0}

    def test_is_unbalance_is_lightgbm_s_parameter(self):
        params = make_model(Candidate("lightgbm", "is_unbalance"), weight=7.0)
        assert params["is_unbalance"] is True
        assert "scale_pos_weight" not in params


class TestPreprocessing:
    MATRIX = np.array([[1, 0], [np.nan, 2], [3, np.nan], [1e9, 1]], np.float32)

    def test_dense_has_all_levels_and_no_missing_values(self):
        transformer = dense(Columns((0, len(LEVELS)))).fit(self.MATRIX[:3])
        matrix = transformer.transform(self.MATRIX)
        assert matrix.shape == (4, 2 + len(LEVELS))
        # the median, and the scaled mark of a missing value
        assert matrix[1, :2].tolist() == [0, pytest.approx(2**0.5)]
        assert matrix[3, 0] == 10  # clipped
        assert matrix[:, 2:].tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0], [0, 1, 0]]

    def test_frame_keeps_missing_values_and_all_levels(self):
        frame = as_frame(Columns((0, len(LEVELS)))).fit_transform(self.MATRIX)
        assert frame["0"].isna().tolist() == [False, True, False, False]
        assert frame["1"].tolist() == [0, 2, -1, 1]
        assert frame["1"].cat.categories.tolist() == [-1, 0, 1, 2]


class TestMissingLibraries:
    @pytest.mark.parametrize(
        ("module", "package", "count"),
        [
            ("xgboost", "xgboost", 4),
            ("catboost", "catboost", 4),
            ("imblearn", "imbalanced-learn", 12),
            ("pandas", "pandas", 9),
        ],
    )
    def test_are_named_with_the_candidates_left_out(self, monkeypatch, module, package, count):
        monkeypatch.setitem(sys.modules, module, None)  # its import now fails
        available, unavailable = find_candidates()
        assert list(unavailable) == [package]
        assert len(unavailable[package]) == count
        assert len(available) == len(ALL_CANDIDATES) - count
        (line,) = unavailable_lines(unavailable)
        assert line.startswith(f"{package} is not installed, so ")
        assert "pip install -r requirements-lab.txt" in line

    def test_no_candidate_left_is_an_error(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "catboost", None)
        message = r"catboost is not installed \(requirements-lab\.txt\)"
        with pytest.raises(SettingError, match=message):
            find_candidates(["catboost"])
