"""CustomThresholdLGBM: a LightGBM classifier with the decision threshold of lowest expected cost.

This class is the one global of the pickled model. It needs NumPy, narwhals, LightGBM and
`credit_scoring.estimator`, nothing else of this project.
Source: Lundberg et al. (2020), From local explanations to global understanding (TreeSHAP).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import lightgbm as lgb
import narwhals.stable.v2 as nw
import numpy as np

from credit_scoring.estimator import boosting, calibration, encoding
from credit_scoring.estimator.learn import learn
from credit_scoring.estimator.single_row import SingleRowPredictor
from credit_scoring.estimator.state import (
    FORMAT,
    LEARNED_RULES,
    PARAMETER_RULES,
    require,
    require_rules,
    to_plain,
    validate_state,
)
from credit_scoring.estimator.threshold import (
    cost_per_applicant,
    is_default_expected,
    theoretical_threshold,
)
from credit_scoring.estimator.threshold_choice import (
    EMPIRICAL,
    CalibrationWarning,
    calibration_warning,
    threshold_rule,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from credit_scoring.estimator.type_aliases import Floats, Progress

NO_NAMES = "X does not have valid feature names, but CustomThresholdLGBM was fitted with them"
FEW_ROWS = 1000  # up to this number, starting threads costs more than it saves


class NotFittedError(ValueError, AttributeError):
    """The estimator is used before `fit`. scikit-learn's error of that name has the same bases."""


@dataclass(kw_only=True, eq=False)
class CustomThresholdLGBM:
    """Gradient-boosted trees, calibrated, with the threshold that minimises C_FN * FN + C_FP * FP.

    `false_negative_cost` and `false_positive_cost` (above 0, in one unit) are the costs of
    accepting a defaulter and of refusing a good applicant. `n_splits` folds serve early stopping,
    Platt calibration (unless `calibrate` is False) and the threshold. `threshold` is
    "expected_cost", which is C_FP / (C_FP + C_FN), or "empirical", the cheapest cut out of fold;
    by default the first if calibrated. The raw score is the mean of `n_boosters` boosters'.
    `random_state` seeds folds, trees and bootstrap: equal data, seed and machine give an equal
    pickle. `params` are LightGBM's, under any alias, merged over `boosting.DEFAULT_PARAMS`.

    Learned: `booster_`, all boosters in one (it calls column i Column_i, so a column name may be
    any text), `classes_` (the larger is default), `feature_names_in_`, `n_features_in_`,
    `categories_` {name: levels}, `calibration_` (slope, intercept) of the raw log-odds,
    `threshold_`, the cheapest cut `empirical_threshold_` with its 95 % `threshold_interval_`,
    `out_of_fold_cost_` per row of both rules (`COST_NAMES`), `best_iteration_`, the number of
    trees, and, until pickled, `out_of_fold_probability_` (n,), calibrated.
    """

    false_negative_cost: float = 10.0
    false_positive_cost: float = 1.0
    calibrate: bool = True
    threshold: str | None = None
    n_boosters: int = 3
    n_splits: int = 5
    random_state: int = 0
    params: dict[str, Any] | None = None

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002, FBT001, FBT002 - scikit-learn's
        """Return the constructor's parameters by name."""
        return {name: getattr(self, name) for name in PARAMETER_RULES}

    def set_params(self, **params: Any) -> CustomThresholdLGBM:
        """Set parameters of the constructor; ValueError if a name is not one of them."""
        expected = f"expected one of {', '.join(PARAMETER_RULES)}"
        for name, value in params.items():
            require(name in PARAMETER_RULES, f"{name} is not a parameter: {expected}")
            setattr(self, name, value)
        return self

    def __sklearn_tags__(self) -> Any:
        """Describe the estimator to scikit-learn, the only caller, hence the import here."""
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags  # noqa: PLC0415

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            transformer_tags=None,
            classifier_tags=ClassifierTags(multi_class=False),
            regressor_tags=None,
            input_tags=InputTags(allow_nan=True, categorical=True, string=True),
        )

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether `fit` has run."""
        return hasattr(self, "booster_")

    @property
    def theoretical_threshold(self) -> float:
        """The best threshold for calibrated probabilities: C_FP / (C_FP + C_FN)."""
        return theoretical_threshold(self.false_negative_cost, self.false_positive_cost)

    @property
    def threshold_rule(self) -> str:
        """How `fit` chooses the threshold: "expected_cost" or "empirical"."""
        return threshold_rule(self.get_params())

    @property
    def calibration_warning(self) -> str | None:
        """The warning that the cheapest cut saves more than noise explains, if it does."""
        self._require_fitted()
        if self.threshold_rule == EMPIRICAL or self.out_of_fold_cost_ is None:
            return None
        return calibration_warning(
            self.threshold_, self.empirical_threshold_, self.out_of_fold_cost_
        )

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        columns: Sequence[Sequence[str]] | None = None,
        progress: Progress | None = None,
    ) -> CustomThresholdLGBM:
        """Fit the trees on all rows; calibration and threshold on out-of-fold scores only.

        `X` (n, k) is a data frame or numeric array, `y` (n,) holds two classes. `columns` names
        the columns of each booster; by default each has all. `progress(done, at_most)` counts
        boosting rounds. ValueError or TypeError names the parameter, column or label at fault.
        """
        progress = progress or (lambda _done, _total: None)
        learned, probability = learn(self.get_params(), X, y, columns, progress)
        self._restore(to_plain(learned))
        self.out_of_fold_probability_: Floats = probability
        if warning := self.calibration_warning:
            warnings.warn(warning, CalibrationWarning, stacklevel=2)
        return self

    def lightgbm_params(self) -> dict[str, Any]:
        """Return the parameters that LightGBM gets, see `boosting.merge_params`."""
        return boosting.merge_params(self.params, int(self.random_state))

    def _restore(self, learned: Any) -> None:
        """Validate the learned state, then take it; `fit` calls this too, as a load does."""
        require_rules(learned, LEARNED_RULES)
        names = learned["names"]
        categories = learned["categories"]
        booster = lgb.Booster(model_str=learned["model"])
        require(
            booster.feature_name() == [f"Column_{i}" for i in range(len(names))],
            f"names has {len(names)} columns: expected the model's {booster.num_feature()}",
        )
        require(set(categories) <= set(names), "categories names other columns than names")
        self.booster_ = booster
        self.best_iteration_ = learned["best_iteration"]
        self.n_features_in_ = len(names)
        self.feature_names_in_ = np.array(names, dtype=object)
        self.classes_ = np.array(learned["classes"])
        self.categories_ = {name: tuple(levels) for name, levels in categories.items()}
        self.threshold_ = learned["threshold"]
        self.empirical_threshold_ = learned["empirical_threshold"]
        self.threshold_interval_ = tuple(learned["threshold_interval"])
        self.out_of_fold_cost_ = learned["out_of_fold_cost"]
        self.calibration_ = tuple(learned["calibration"])
        self._single_row = SingleRowPredictor(booster)

    def __getstate__(self) -> dict[str, Any]:
        """Return the state in built-in types: its pickle needs this class only, and no REDUCE."""
        learned = {
            name: getattr(self, f"{name}_") for name in LEARNED_RULES if hasattr(self, f"{name}_")
        }
        if learned:
            learned |= {"model": self.booster_.model_to_string(), "names": self.feature_names_in_}
        return dict(
            to_plain({"format": FORMAT, "params": self.get_params(), "fitted": learned or None})
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Validate the whole state before taking any of it; ValueError names what is wrong."""
        today = validate_state(state)
        self.set_params(**today["params"])
        if today["fitted"] is not None:
            self._restore(today["fitted"])

    def encode(self, X: Any) -> Floats:
        """Return `X` as the matrix (n, k) that the trees see: categories as codes, missing NaN.

        Columns must be the model's, in its order; otherwise ValueError shows the diff. An array
        causes a warning, because it has no names. An unseen level becomes NaN with an
        UnseenCategoryWarning; a changed or unusable dtype is a TypeError.
        """
        self._require_fitted()
        expected = self.feature_names_in_.tolist()
        table, names = encoding.as_table(X)
        if isinstance(table, nw.DataFrame) and names != expected:
            diff = encoding.column_diff(expected, names)
            raise ValueError("\n".join(["X has other columns than the model:", *diff]))
        require(
            len(names) == len(expected), f"X has {len(names)} columns: expected {len(expected)}"
        )
        if names != expected:
            warnings.warn(NO_NAMES, UserWarning, stacklevel=3)
        return encoding.encode_table(table, expected, self.categories_)

    def predict_proba(self, X: Any) -> Floats:
        """Return (n, 2): the probability of each class, default second."""
        default = self.matrix_probability(self.encode(X))
        return np.column_stack((1.0 - default, default))

    def predict(self, X: Any) -> NDArray[Any]:
        """Return (n,) labels: the larger class if the applicant is to be refused."""
        refused = self.refuses(self.predict_proba(X)[:, 1])
        return np.asarray(self.classes_[refused.astype(int)])

    def refuses(self, probability: Any) -> Any:
        """Return whether a probability of default (or each of an array) reaches the threshold."""
        self._require_fitted()
        return is_default_expected(probability, self.threshold_)

    def score(self, X: Any, y: Any) -> float:
        """Return minus the mean cost per row, in the unit of the costs; 0 is perfect."""
        refused = self.refuses(self.predict_proba(X)[:, 1])
        labels = encoding.validated_labels(y, len(refused))
        classes = self.classes_.tolist()
        require(set(labels) <= set(classes), f"y has other classes than {classes}")
        defaulted = np.array([label == classes[1] for label in labels])
        return -float(
            cost_per_applicant(
                (defaulted & ~refused).sum(),
                (~defaulted & refused).sum(),
                len(refused),
                self.false_negative_cost,
                self.false_positive_cost,
            )
        )

    def raw_score(self, X: Any) -> Floats:
        """Return (n,) log-odds before calibration."""
        return self._lightgbm(self.encode(X), raw_score=True)

    def explain(self, X: Any) -> Floats:
        """Return (n, k + 1) TreeSHAP contributions to the raw log-odds, the base value last."""
        return self.matrix_explain(self.encode(X))

    def matrix_explain(self, matrix: Floats) -> Floats:
        """Explain an encoded matrix, see `explain`."""
        return self._lightgbm(matrix, pred_contrib=True)

    def matrix_probability(self, matrix: Floats) -> Floats:
        """Return the probability of default (n,) for an encoded matrix (n, k), see `encode`."""
        return calibration.calibrated(self._lightgbm(matrix, raw_score=True), self.calibration_)

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
            raise NotFittedError(
                "This CustomThresholdLGBM is not fitted yet: call fit before using it"
            )

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
