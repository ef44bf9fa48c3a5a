"""One contender on one fold: calibrated and given its threshold on the training part alone, then judged on the rest."""

import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from credit_scoring.laboratory.comparison.candidates import SERVED, Candidate, Effort, How
from credit_scoring.laboratory.comparison.preprocessing import Columns
from credit_scoring.laboratory.experiment import Split, coded
from credit_scoring.laboratory.result_cache import Arrays
from credit_scoring.training.cross_validation import LearningTask, Rows
from credit_scoring.training.metrics import Costs, Floats
from custom_threshold_model import CustomThresholdLGBM, is_default_expected, optimal_threshold

CERTAIN = 1e-6  # a probability nearer to 0 or 1 has no log-odds that a straight line could use
EPOCHS_MEANT = (
    "Stochastic Optimizer: Maximum iterations"  # the number of epochs is a setting, not a failure
)


@dataclass(frozen=True)
class CostSensitive:
    """An estimator with the calibration of its probabilities and the threshold that costs least."""

    estimator: Any
    slope: float
    intercept: float
    threshold: float

    @classmethod
    def fit(
        cls,
        estimator: Any,
        features: pl.DataFrame,
        target: NDArray[np.int8],
        costs: Costs,
        how: How,
    ) -> "CostSensitive":
        """Fit on all rows; calibration and threshold come from predictions for rows that a fit had not seen.

        Whatever the estimator does to its own training rows (weights, resampling), those predictions are for rows
        as they are, so the calibrated probabilities are at the true rate.
        """
        matrix = coded(features)
        splitter = StratifiedKFold(how.effort.inner_folds, shuffle=True, random_state=how.seed)
        unseen = cross_val_predict(estimator, matrix, target, cv=splitter, method="predict_proba")[
            :, 1
        ]
        slope, intercept = _calibration(unseen, target)
        probability = _calibrated(unseen, slope, intercept)
        threshold = optimal_threshold(
            target, probability, costs.false_negative, costs.false_positive
        )
        return cls(estimator.fit(matrix, target), slope, intercept, threshold)

    def judge(self, features: pl.DataFrame) -> tuple[Floats, NDArray[np.bool_]]:
        """The probability of default (n,) of each applicant, and whether to refuse (n,)."""
        probability = _calibrated(
            self.estimator.predict_proba(coded(features))[:, 1], self.slope, self.intercept
        )
        return probability, is_default_expected(probability, self.threshold)


def _log_odds(probability: Floats) -> Floats:
    inside = np.clip(probability.astype(np.float64), CERTAIN, 1 - CERTAIN)
    odds: Floats = np.log(inside / (1 - inside))
    return odds


def _calibration(probability: Floats, target: NDArray[np.int8]) -> tuple[float, float]:
    """Slope and intercept of the log-odds (Platt 1999); a score that tells nothing gets the base rate for all."""
    line = LogisticRegression(C=np.inf).fit(_log_odds(probability)[:, None], target)
    if line.coef_[0, 0] > 0:
        return float(line.coef_[0, 0]), float(line.intercept_[0])
    return 0.0, float(_log_odds(target.mean(keepdims=True))[0])


def _calibrated(probability: Floats, slope: float, intercept: float) -> Floats:
    calibrated: Floats = 1 / (1 + np.exp(-(slope * _log_odds(probability) + intercept)))
    return calibrated


@dataclass(frozen=True)
class Served:
    """The served model, which calibrates itself and has a threshold of its own."""

    model: CustomThresholdLGBM

    @property
    def threshold(self) -> float:
        """From which probability on it refuses."""
        return float(self.model.threshold_)

    def judge(self, features: pl.DataFrame) -> tuple[Floats, NDArray[np.bool_]]:
        """The probability of default (n,) of each applicant, and whether to refuse (n,)."""
        probability = self.model.predict_proba(features)[:, 1]
        return probability, self.model.refuses(probability)


def _silent(_done: int, _total: int) -> None:
    """No report: the comparison counts contenders, not rounds."""


def judge(contender: Candidate, problem: LearningTask, split: Split, effort: Effort) -> Arrays:
    """Fit on the first part of the split and judge the second.

    `problem` has the features that the models may use and no other. The result has `probability` and `refused` of
    the judged rows, in their order, the `threshold` and the CPU seconds of fitting and of predicting.
    """
    rows, others = split
    begun = time.process_time()
    fitted = _fit(contender, problem, rows, effort)
    trained = time.process_time()
    probability, refused = fitted.judge(problem.features[others])
    predicted = time.process_time()
    facts = {
        "threshold": fitted.threshold,
        "train_seconds": trained - begun,
        "predict_seconds": predicted - trained,
    }
    return {
        "probability": probability,
        "refused": refused,
        **{name: np.array(fact) for name, fact in facts.items()},
    }


def _fit(
    contender: Candidate, problem: LearningTask, rows: Rows, effort: Effort
) -> CostSensitive | Served:
    if contender.name == SERVED:
        return Served(problem.fit(rows, problem.features.columns, _silent))
    how = How(effort, problem.seed, problem.costs.false_negative / problem.costs.false_positive)
    estimator = contender.pipeline(Columns.of(problem.features), how)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", EPOCHS_MEANT, ConvergenceWarning)
        return CostSensitive.fit(
            estimator, problem.features[rows], problem.target[rows], problem.costs, how
        )
