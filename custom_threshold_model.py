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
from credit_scoring.estimator.encoded_predictions import EncodedPredictions
from credit_scoring.estimator.labels import validated_labels
from credit_scoring.estimator.learn import learn
from credit_scoring.estimator.single_row import SingleRowPredictor
from credit_scoring.estimator.sklearn_exceptions import NotFittedError
from credit_scoring.estimator.state import (
    FORMAT,
    LEARNED_RULES,
    PARAMETER_RULES,
    require,
    require_rules,
    saved_params,
    to_plain,
    validate_state,
)
from credit_scoring.estimator.threshold import is_default_expected, mean_cost, theoretical_threshold
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

__all__ = ["CustomThresholdLGBM", "NotFittedError"]

NO_NAMES = "X does not have valid feature names, but CustomThresholdLGBM was fitted with them"
NO_EVAL_SET = (
    "fit has no eval_set: early stopping, calibration and threshold use n_splits folds of X, "
    "so no row is lost to a set of its own. Leave eval_set out"
)


@dataclass(kw_only=True, eq=False)
class CustomThresholdLGBM(EncodedPredictions):
    """Gradient-boosted trees, calibrated, with the threshold that minimises C_FN * FN + C_FP * FP.

    `false_negative_cost` and `false_positive_cost` (above 0, in one unit) are the costs of
    accepting a defaulter and of refusing a good applicant. `n_splits` folds serve early stopping,
    Platt calibration (unless `calibrate` is False) and the threshold. `threshold` is
    "expected_cost", which is C_FP / (C_FP + C_FN), or "empirical", the cheapest cut out of fold;
    by default the first if calibrated. The raw score is the mean of `n_boosters` boosters'.
    `random_state` seeds folds, trees and bootstrap: equal data, seed and machine give an equal
    pickle. `params` are LightGBM's, under any alias, merged over `boosting.DEFAULT_PARAMS`.
    `default_class` is the label that means default; labels 0 and 1, or False and True, need none.
    `n_jobs` is the number of threads.

    Learned: `booster_`, all boosters in one (it calls column i Column_i, so a column name may be
    any text), `classes_`, ascending, `default_class_`, `feature_names_in_`, `n_features_in_`,
    `categories_` {name: levels}, `calibration_` (slope, intercept) of the raw log-odds,
    `threshold_`, the cheapest cut `empirical_threshold_` with its 95 % `threshold_interval_`,
    `out_of_fold_cost_` per row of both rules (`COST_NAMES`), `best_iteration_`, the number of
    trees, `feature_importances_`, shares of the gain, and, until pickled,
    `out_of_fold_probability_` (n,), calibrated.
    """

    false_negative_cost: float = 10.0
    false_positive_cost: float = 1.0
    calibrate: bool = True
    threshold: str | None = None
    n_boosters: int = 3
    n_splits: int = 5
    random_state: int = 0
    params: dict[str, Any] | None = None
    default_class: Any = None
    n_jobs: int | None = None

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
        sample_weight: Any = None,
        *,
        eval_set: None = None,
        columns: Sequence[Sequence[str]] | None = None,
        groups: Any = None,
        progress: Progress | None = None,
    ) -> CustomThresholdLGBM:
        """Fit the trees on all rows; calibration and threshold on out-of-fold scores only.

        `X` (n, k) is a data frame or array, `y` (n,) holds two classes. `sample_weight` (n,) is
        how much each row counts. `columns` names the columns of each booster; by default each has
        all. Rows of one of the `groups` (n,), such as copies, share a fold.
        `progress(done, at_most)` counts boosting rounds. `eval_set` is refused.
        ValueError or TypeError names the parameter, column or label at fault.
        """
        if eval_set is not None:
            raise TypeError(NO_EVAL_SET)
        progress = progress or (lambda _done, _total: None)
        learned, probability = learn(
            self.get_params(), X, y, columns, progress, sample_weight, groups
        )
        self._restore(to_plain(learned))
        self.out_of_fold_probability_: Floats = probability
        if warning := self.calibration_warning:
            warnings.warn(warning, CalibrationWarning, stacklevel=2)
        return self

    def lightgbm_params(self) -> dict[str, Any]:
        """Return the parameters that LightGBM gets, see `boosting.merge_params`."""
        params = boosting.with_threads(self.params, self.n_jobs)
        return boosting.merge_params(params, int(self.random_state))

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
        self.classes_ = np.array(sorted(learned["classes"]))
        self.default_class_ = learned["classes"][1]
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
            learned["classes"] = sorted(self.classes_, key=lambda name: name == self.default_class_)
        params = saved_params(self.get_params())
        return dict(to_plain({"format": FORMAT, "params": params, "fitted": learned or None}))

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
            len(names) == len(expected),
            f"X has {len(names)} features, but {type(self).__name__} is expecting "
            f"{len(expected)} features as input",
        )
        if names != expected:
            warnings.warn(NO_NAMES, UserWarning, stacklevel=3)
        return encoding.encode_table(table, expected, self.categories_)

    def predict_proba(self, X: Any) -> Floats:
        """Return (n, 2): the probability of each class, in the order of `classes_`."""
        default = self.default_probability(X)
        pair = (1.0 - default, default)
        return np.column_stack(pair if self._default_is_second() else pair[::-1])

    def default_probability(self, X: Any) -> Floats:
        """Return (n,) the probability of default."""
        return self.matrix_probability(self.encode(X))

    def decision_function(self, X: Any) -> Floats:
        """Return (n,) calibrated log-odds less the threshold's; above 0 predicts `classes_[1]`."""
        above = calibration.margin(self.raw_score(X), self.calibration_, self.threshold_)
        return above if self._default_is_second() else -above

    def _default_is_second(self) -> bool:
        return bool(self.classes_[1] == self.default_class_)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return (n,) labels: `default_class_` if the applicant is to be refused."""
        refused = self.refuses(self.default_probability(X))
        is_second = refused if self._default_is_second() else ~refused
        return np.asarray(self.classes_[is_second.astype(int)])

    def refuses(self, probability: Any) -> Any:
        """Return whether a probability of default (or each of an array) reaches the threshold."""
        self._require_fitted()
        return is_default_expected(probability, self.threshold_)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return minus the mean cost per row, in the unit of the costs; 0 is perfect."""
        refused = self.refuses(self.default_probability(X))
        labels = validated_labels(y, len(refused))
        classes = self.classes_.tolist()
        require(set(labels) <= set(classes), f"y has other classes than {classes}")
        defaulted = np.array([label == self.default_class_ for label in labels])
        weight = np.ones(len(labels)) if sample_weight is None else np.asarray(sample_weight)
        costs = (self.false_negative_cost, self.false_positive_cost)
        return -mean_cost(defaulted, refused, costs, weight)

    def raw_score(self, X: Any) -> Floats:
        """Return (n,) log-odds before calibration."""
        return self.matrix_raw_score(self.encode(X))

    def explain(self, X: Any) -> Floats:
        """Return (n, k + 1) TreeSHAP contributions to the raw log-odds, the base value last."""
        return self.matrix_explain(self.encode(X))
