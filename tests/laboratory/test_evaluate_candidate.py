"""Candidates are fitted, calibrated and given a threshold on training rows only."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import roc_auc_score

from credit_scoring.laboratory.comparison.candidates import MODELS, Candidate
from credit_scoring.laboratory.comparison.evaluate_candidate import (
    CostSensitiveModel,
    evaluate_candidate,
)
from credit_scoring.training.folds import stratified_folds
from credit_scoring.training.metrics import Costs
from tests.laboratory.comparison_runs import ALL_CANDIDATES, CANDIDATES, EFFORT
from tests.training.learning_tasks import make_task


def candidate_name(candidate):
    return candidate.name


def first_fold(task, folds=2):
    return stratified_folds(task.target, folds, task.seed)[0]


@pytest.mark.parametrize("candidate", ALL_CANDIDATES, ids=candidate_name)
def test_other_predicted_rows_change_nothing(candidate):
    """Changing their features and outcomes leaves the predictions of the first 50 the same.

    They would change if a median, a scale, a synthetic neighbour, the calibration or the threshold
    used all rows.
    """
    task = make_task(rows=1000, noise=3)
    split = first_fold(task, folds=3)
    result = evaluate_candidate(candidate, task, split, EFFORT)
    probability = result.predictions.probability
    min_auc = 0.5 if candidate.model == "dummy" else 0.6
    assert min_auc <= roc_auc_score(task.target[split[1]], probability) < 0.9
    assert 0 < result.threshold <= 1
    assert np.array_equal(result.predictions.refused, probability >= result.threshold)

    changed = np.isin(np.arange(len(task.target)), split[1][50:])
    numbers = pl.col(pl.Float32)
    features = task.features.with_columns(
        pl.when(pl.Series(changed)).then(1e6).otherwise(numbers).cast(pl.Float32).name.keep()
    )
    target = np.where(changed, 1 - task.target, task.target).astype(np.int8)
    changed_task = replace(task, features=features, target=target)
    again = evaluate_candidate(candidate, changed_task, split, EFFORT)
    assert np.array_equal(again.predictions.probability[:50], probability[:50])
    assert again.threshold == result.threshold


def test_calibration_uses_out_of_fold_predictions():
    predicted_rows = []

    class RememberingClassifier(ClassifierMixin, BaseEstimator):
        """Recognises the rows it was fitted on by their first column."""

        def fit(self, matrix, target):
            self.classes_ = np.unique(target)
            self.fit_rows_ = set(matrix[:, 0])
            return self

        def predict_proba(self, matrix):
            assert not self.fit_rows_ & set(matrix[:, 0])
            predicted_rows.extend(matrix[:, 0])
            return np.column_stack([1 - matrix[:, 1], matrix[:, 1]])

        def predict(self, matrix):
            return self.predict_proba(matrix)[:, 1] > 0.5

    rng = np.random.default_rng(0)
    score = rng.random(200)
    target = (rng.random(200) < score**2).astype(np.int8)
    frame = pl.DataFrame({"row": np.arange(200.0), "score": score}).cast(pl.Float32)
    folds = stratified_folds(target, 2, seed=0)
    model = CostSensitiveModel.fit(RememberingClassifier(), frame, target, Costs(), folds)
    assert sorted(predicted_rows) == list(range(200))
    assert len(model.estimator.fit_rows_) == 200
    assert model.calibration[0] > 0


@pytest.mark.parametrize("strategy", MODELS["logistic_regression"].strategies)
def test_every_strategy_predicts_the_true_rate(strategy):
    task = make_task(rows=1000)
    candidate = Candidate("logistic_regression", strategy)
    result = evaluate_candidate(candidate, task, first_fold(task), EFFORT)
    mean_probability = result.predictions.probability.mean()
    assert mean_probability == pytest.approx(task.target.mean(), abs=0.03)
    assert result.threshold == pytest.approx(1 / 11, abs=0.05)


def test_uninformative_score_gets_the_base_rate():
    task = make_task(rows=300)
    result = evaluate_candidate(CANDIDATES[0], task, first_fold(task), EFFORT)
    probability = result.predictions.probability
    assert np.ptp(probability) == 0
    assert probability[0] == pytest.approx(task.target.mean(), abs=0.01)
