"""Predictions of a fitted model for encoded rows, and the importance of its columns."""

from typing import Any

import lightgbm as lgb
import numpy as np

from credit_scoring.estimator import boosting, calibration
from credit_scoring.estimator.single_row import SingleRowPredictor
from credit_scoring.estimator.sklearn_exceptions import not_fitted_error
from credit_scoring.estimator.state import require
from credit_scoring.estimator.type_aliases import Floats

FEW_ROWS = 1000  # up to this number, starting threads costs more than it saves


class EncodedPredictions:
    """What a model answers for encoded rows; `matrix` is (n, k) float64, `row` is (k,).

    The subclass sets the attributes, see CustomThresholdLGBM.
    """

    booster_: lgb.Booster
    calibration_: tuple[float, float]
    n_features_in_: int
    _single_row: SingleRowPredictor

    def lightgbm_params(self) -> dict[str, Any]:
        """Return the parameters that LightGBM gets."""
        raise NotImplementedError

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether `fit` has run."""
        return hasattr(self, "booster_")

    @property
    def feature_importances_(self) -> Floats:
        """The share (k,) of each column in the gain of all splits; 0 without any split."""
        self._require_fitted()
        gain = np.asarray(self.booster_.feature_importance("gain"), dtype=np.float64)
        return gain / (gain.sum() or 1.0)

    def matrix_raw_score(self, matrix: Floats) -> Floats:
        """Return the log-odds (n,) before calibration."""
        return self._lightgbm(matrix, raw_score=True)

    def matrix_explain(self, matrix: Floats) -> Floats:
        """Explain an encoded matrix, see `explain`."""
        return self._lightgbm(matrix, pred_contrib=True)

    def matrix_probability(self, matrix: Floats) -> Floats:
        """Return the probability of default (n,) for an encoded matrix (n, k), see `encode`."""
        return calibration.calibrated(self.matrix_raw_score(matrix), self.calibration_)

    def row_probability(self, row: Floats) -> float:
        """Return the probability of default of one encoded row (k,), bit for bit as for a batch."""
        self._require_fitted()
        raw_score = self._single_row.predict(row, explain=False)
        return float(calibration.calibrated(raw_score, self.calibration_)[0])

    def row_explain(self, row: Floats) -> Floats:
        """Explain one encoded row (k,): the (k + 1,) of `explain`, bit for bit."""
        self._require_fitted()
        return self._single_row.predict(row, explain=True).copy()

    def _require_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            name = type(self).__name__
            raise not_fitted_error(f"This {name} is not fitted yet: call fit before using it")

    def _lightgbm(self, matrix: Floats, **output: Any) -> Floats:
        self._require_fitted()
        is_encoded = matrix.ndim == 2 and matrix.dtype == np.float64  # noqa: PLR2004
        require(
            is_encoded and matrix.shape[1] == self.n_features_in_,
            f"matrix is {matrix.dtype} {matrix.shape}: expected float64 (n, {self.n_features_in_})",
        )
        few_rows = len(matrix) <= FEW_ROWS
        threads = {"num_threads": 1} if few_rows else boosting.thread_option(self.lightgbm_params())
        return np.asarray(self.booster_.predict(matrix, **output, **threads))
