"""Evaluates one candidate on one fold.

Calibration and threshold are fitted on the training rows of the fold only.
"""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from credit_scoring.estimator.calibration import calibrated
from credit_scoring.estimator.threshold import is_default_expected, optimal_threshold
from credit_scoring.laboratory.comparison.candidates import SERVED, Candidate, TrainingEffort
from credit_scoring.laboratory.comparison.preprocessing import Columns
from credit_scoring.training.cross_validation import LearningTask, Predictions
from credit_scoring.training.feature_selection import to_matrix
from credit_scoring.training.folds import Rows, Split, Target
from credit_scoring.training.metrics import Costs, Floats
from credit_scoring.training.parallel import ignore_progress

MIN_PROBABILITY = 1e-6  # nearer to 0 or 1, log-odds are too large for a straight line
# The number of epochs is a setting, so reaching it is not a failure.
EPOCHS_WARNING = "Stochastic Optimizer: Maximum iterations"
Predict = Callable[[pl.DataFrame, Rows], Predictions]


@dataclass(frozen=True)
class CandidateResult:
    """The predictions of a fold, the threshold, and the CPU seconds of fitting and predicting.

    Fitting includes calibration and threshold.
    """

    predictions: Predictions
    threshold: float
    fit_seconds: float
    predict_seconds: float


def evaluate_candidate(
    candidate: Candidate, task: LearningTask, split: Split, effort: TrainingEffort
) -> CandidateResult:
    """Fit on the first rows of the split and predict the second; uses all features of `task`."""
    fit_rows, fold_rows = split
    task = task.refitted(fit_rows)
    started = time.process_time()
    predict, threshold = _fit_candidate(candidate, task, fit_rows, effort)
    fitted = time.process_time()
    predictions = predict(task.features, fold_rows)
    predict_seconds = time.process_time() - fitted
    return CandidateResult(predictions, threshold, fitted - started, predict_seconds)


def _fit_candidate(
    candidate: Candidate, task: LearningTask, rows: Rows, effort: TrainingEffort
) -> tuple[Predict, float]:
    if candidate.name == SERVED:
        served = task.fit_on_all(rows, ignore_progress)
        return partial(Predictions.of, served), float(served.threshold_)
    weight = task.costs.false_negative / task.costs.false_positive
    estimator = candidate.pipeline(Columns.of(task.features), effort, task.seed, weight)
    folds = task.folds(effort.inner_folds, rows)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", EPOCHS_WARNING, ConvergenceWarning)
        model = CostSensitiveModel.fit(
            estimator, task.features[rows], task.target[rows], task.costs, folds
        )
    return model.predict, model.threshold


@dataclass(frozen=True)
class CostSensitiveModel:
    """An estimator with calibrated probabilities and the threshold of the lowest cost."""

    estimator: Any
    calibration: tuple[float, float]  # slope and intercept
    threshold: float

    @classmethod
    def fit(
        cls,
        estimator: Any,
        features: pl.DataFrame,
        target: Target,
        costs: Costs,
        folds: list[Split],
    ) -> "CostSensitiveModel":
        """Fit on all rows; calibration and threshold use out-of-fold predictions.

        The estimator may weight or resample its training rows. The out-of-fold predictions are of
        unchanged rows, so the calibrated probabilities match the true default rate.
        """
        matrix = to_matrix(features)
        predicted = cross_val_predict(estimator, matrix, target, cv=folds, method="predict_proba")
        out_of_fold = _log_odds(predicted[:, 1])
        calibration = _fit_calibration(out_of_fold, target)
        threshold = optimal_threshold(
            target, calibrated(out_of_fold, calibration), costs.false_negative, costs.false_positive
        )
        return cls(estimator.fit(matrix, target), calibration, threshold)

    def predict(self, features: pl.DataFrame, rows: Rows) -> Predictions:
        """Predict the applicants `rows` of a feature table."""
        predicted = self.estimator.predict_proba(to_matrix(features[rows]))[:, 1]
        probability = calibrated(_log_odds(predicted), self.calibration)
        return Predictions(rows, probability, is_default_expected(probability, self.threshold))


def _fit_calibration(log_odds: Floats, target: Target) -> tuple[float, float]:
    """Return slope and intercept (Platt 1999); an uninformative score gives the base rate."""
    line = LogisticRegression(C=np.inf).fit(log_odds[:, None], target)
    if line.coef_[0, 0] > 0:
        return float(line.coef_[0, 0]), float(line.intercept_[0])
    return 0.0, float(_log_odds(target.mean(keepdims=True))[0])


def _log_odds(probability: Floats) -> Floats:
    inside = np.clip(probability.astype(np.float64), MIN_PROBABILITY, 1 - MIN_PROBABILITY)
    log_odds: Floats = np.log(inside / (1 - inside))
    return log_odds
