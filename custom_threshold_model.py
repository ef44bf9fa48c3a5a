"""A LightGBM classifier that refuses at the threshold of least expected cost: the pickled artefact.

It needs NumPy, narwhals and LightGBM and nothing of this project, so a pickle loads wherever this file does.
Sources: Elkan (2001), The foundations of cost-sensitive learning; Platt (1999), Probabilistic outputs for
support vector machines; Lundberg et al. (2020), From local explanations to global understanding (TreeSHAP).
"""
# ruff: noqa: PLR2004, SLF001 - 2 is classes or dimensions; LightGBM keeps its C interface private

from __future__ import annotations

import ctypes
import functools
import math
import os
import reprlib
import sys
import threading
import warnings
import weakref
from collections import Counter
from dataclasses import dataclass
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import lightgbm as lgb
import narwhals.stable.v2 as nw
import numpy as np
from lightgbm.basic import _LIB, _ConfigAliases, _safe_call  # type: ignore[attr-defined]

from credit_scoring.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Progress: TypeAlias = Callable[[int, int], None]
    Table: TypeAlias = nw.DataFrame[Any] | NDArray[Any]
    Levels: TypeAlias = dict[str, tuple[str, ...]]
    Rules: TypeAlias = dict[str, tuple[Callable[[Any], bool], str]]

FORMAT = 1  # of the pickled state: the next number when its keys or their meaning change
FEW_ROWS = 1000  # up to here, starting threads costs more than it saves
IDENTITY = (1.0, 0.0)  # the calibration that changes nothing
# fmt: off
DEFAULT_PARAMS: dict[str, Any] = {
    "num_iterations": 5000, "early_stopping_round": 100, "learning_rate": 0.05, "num_leaves": 4,
    "min_data_in_leaf": 40, "feature_fraction": 0.05, "bagging_fraction": 0.5, "bagging_freq": 1,
    "lambda_l2": 20.0, "extra_trees": True, "verbosity": -1,
}
# Calibration, TreeSHAP and repeatability rest on these; None is worked out when fitting.
_OWNED: dict[str, Any] = {
    "objective": "binary", "metric": "binary_logloss", "boosting": "gbdt", "num_class": 1, "sigmoid": 1.0,
    "linear_tree": False, "deterministic": True, "force_col_wise": True, "force_row_wise": False,
    "seed": None, "categorical_feature": None,
}
# fmt: on


class NotFittedError(ValueError, AttributeError):
    """The estimator is used before `fit`; scikit-learn's error of that name has the same bases."""


class UnseenCategoryWarning(UserWarning):
    """A category column holds levels that `fit` did not see; they are scored as missing."""


def is_default_expected(probability: Any, threshold: float) -> Any:
    """Whether to refuse, a bool or an array of them: the one place of this comparison; a tie refuses."""
    refused = probability >= threshold
    return refused if isinstance(refused, np.ndarray) else bool(refused)


def optimal_threshold(
    y: Any,
    probability: Any,
    false_negative_cost: float,
    false_positive_cost: float,
    weight: Any = None,
) -> float:
    """Return the threshold of least total cost, exact over every cut between distinct probabilities.

    `y` (n,) holds 0 and 1 (default), `probability` (n,) lies in [0, 1], `weight` (n,) is 0 or more; else
    ValueError. The value is midway between the probabilities beside the cut (or 0 to refuse all, 1 to accept
    all), so rounding decides nothing. Of equally cheap cuts the nearest to C_FP / (C_FP + C_FN) wins.

    >>> optimal_threshold([0, 0, 1], [0.125, 0.25, 0.5], 10, 1)
    0.375
    """
    cheapest = _cheapest_cut(y, probability, false_negative_cost, false_positive_cost)
    return cheapest(np.ones(np.shape(probability)) if weight is None else np.asarray(weight))


def threshold_interval(
    y: Any,
    probability: Any,
    false_negative_cost: float,
    false_positive_cost: float,
    random_state: int = 0,
) -> tuple[float, float]:
    """Return the 95 % percentile interval of `optimal_threshold` over 200 bootstrap samples of the rows.

    It shows the scatter to expect; its coverage is approximate, for an argmin converges at cube-root rate
    (Abrevaya and Huang 2005, On the bootstrap of the maximum score estimator).
    """
    cheapest = _cheapest_cut(y, probability, false_negative_cost, false_positive_cost)
    rng, n = np.random.default_rng(random_state), np.size(probability)
    found = [cheapest(np.bincount(rng.integers(0, n, n), minlength=n)) for _ in range(200)]
    low, high = np.quantile(found, [0.025, 0.975]).tolist()
    return low, high


def _cheapest_cut(
    y: Any, probability: Any, fn: float, fp: float
) -> Callable[[NDArray[Any]], float]:
    """Sort the rows once; the returned function gives the best threshold under its row weights (n,)."""
    labels, score = np.asarray(y), np.asarray(probability, dtype=np.float64)
    same = labels.shape == score.shape and score.ndim == 1 and score.size > 0
    _require(same, f"y {labels.shape} and probability {score.shape}: expected one length, above 0")
    _require(
        np.isin(labels, (0, 1)).all(), "y holds other labels than 0 and 1: expected 1 for a default"
    )
    _require(
        ((score >= 0) & (score <= 1)).all(),
        "probability is out of range: expected numbers from 0 to 1",
    )
    order = np.argsort(score, kind="stable")
    change, ranked = (
        np.where(labels[order] == 1, fn, -fp),
        score[order],
    )  # cost of accepting over refusing
    accepted = np.flatnonzero(
        np.diff(ranked, prepend=-np.inf, append=np.inf)
    )  # how many, cut by cut
    lower = np.concatenate(([0.0], ranked))[accepted]
    upper = np.concatenate((ranked, [max(1.0, np.nextafter(ranked[-1], 2.0))]))[accepted]
    middle = (lower + upper) / 2
    value = np.where(
        middle > lower, middle, upper
    )  # between neighbouring floats there is no midpoint
    distance = np.abs(value - fp / (fp + fn))

    def cheapest(weight: NDArray[Any]) -> float:
        steps = change * weight[order]
        cost = np.concatenate(([0.0], np.cumsum(steps)))[accepted]
        tied = np.flatnonzero(
            cost <= cost.min() + 1e-12 * np.abs(steps).sum()
        )  # equal but for rounding
        return float(value[tied[np.argmin(distance[tied])]])

    return cheapest


def _sigmoid(log_odds: Floats) -> Floats:
    probability: Floats = 1.0 / (
        1.0 + np.exp(np.minimum(-log_odds, 700.0))
    )  # exp overflows above 709
    return probability


def _platt(raw: Floats, target: Floats) -> tuple[float, float]:
    """Fit P(default) = sigmoid(slope * raw + intercept) by Newton's method on Platt's smoothed targets.

    A score without information may ask for a slope of 0 or less, which would turn the ranking round: then
    `IDENTITY` leaves it as it is.
    """
    defaults, centre, scale = target.sum(), raw.mean(), raw.std() or 1.0
    goal = np.where(target == 1, (defaults + 1) / (defaults + 2), 1 / (len(target) - defaults + 2))
    z = (raw - centre) / scale

    def loss(slope: float, intercept: float) -> float:
        log_odds = slope * z + intercept
        return float((np.logaddexp(0.0, log_odds) - goal * log_odds).sum())

    slope, intercept, step = 0.0, float(np.log(goal.mean() / (1 - goal.mean()))), np.ones(2)
    while np.abs(step).max() > 1e-9:
        probability = _sigmoid(slope * z + intercept)
        error, curve = probability - goal, probability * (1 - probability)
        # Sums, as a matrix product rounds by the threads of BLAS; the ridge is for a constant score.
        mixed, total = (curve * z).sum(), curve.sum()
        hessian = [[(curve * z * z).sum() + 1e-9 * total, mixed], [mixed, total]]
        step = np.linalg.solve(hessian, [(error * z).sum(), error.sum()])
        while np.abs(step).max() > 1e-9 and loss(slope - step[0], intercept - step[1]) > loss(
            slope, intercept
        ):
            step = step / 2  # Newton's method overshoots where the classes nearly separate
        slope, intercept = slope - step[0], intercept - step[1]
    slope = float(slope / scale)
    return (slope, float(intercept - slope * centre)) if slope > 1e-9 else IDENTITY


def _require(holds: Any, message: str) -> None:
    if not holds:
        raise ValueError(message)


def _table(X: Any) -> tuple[Table, list[str]]:
    """Return `X` as a narwhals frame or numeric array, 2-D and not empty, and its column names."""
    table: Any = nw.from_native(X, eager_only=True, pass_through=True)
    if isinstance(table, nw.DataFrame):
        names = table.columns
        if not all(isinstance(name, str) for name in names):
            raise TypeError(f"X has the column names {reprlib.repr(names)}: expected text")
    else:
        table = np.asarray(X)
        _require(
            table.ndim == 2,
            f"X is a {type(X).__name__} of {table.ndim} dimensions: expected a table of 2",
        )
        names = [f"x{i}" for i in range(table.shape[1])]
        if table.dtype.kind not in "biuf":
            raise TypeError(f"X is an array of {table.dtype}: expected numbers, or a data frame")
    _require(
        0 not in table.shape,
        f"X has the shape {table.shape}: expected at least one row and one column",
    )
    return table, names


def _diff(expected: list[str], found: list[str]) -> Iterator[str]:
    """Say what is missing, unknown and, among the columns on both sides, in another order."""
    yield from (f"- {name}" for name in expected if name not in found)
    yield from (f"+ {name}" for name in found if name not in expected)
    shared = (
        [name for name in expected if name in found],
        [name for name in found if name in expected],
    )
    for here, there in zip(*shared, strict=True):
        if here != there:
            yield f"~ position {expected.index(here) + 1}: expected {here}, found {there}"


def _is_category(column: Any) -> bool:
    if isinstance(column.dtype, (nw.String, nw.Categorical, nw.Enum)):
        return True
    if column.dtype.is_numeric() or column.dtype == nw.Boolean or column.is_null().all():
        return False
    raise TypeError(
        f"column {column.name} is {column.dtype}: expected numbers, booleans or categories"
    )


def _levels(column: Any) -> tuple[str, ...]:
    """Return the levels that the dtype declares, else those present, sorted."""
    if isinstance(column.dtype, nw.Enum):
        levels = list(column.dtype.categories)
    elif column.dtype == nw.Categorical and column.implementation.is_pandas():
        levels = sorted(column.cat.get_categories().to_list())
    else:  # a polars Categorical declares none: its levels belong to the whole process
        levels = sorted(set(column.drop_nulls().to_list()))
    if not all(isinstance(level, str) for level in levels):
        raise TypeError(
            f"column {column.name} has the levels {reprlib.repr(levels)}: expected text"
        )
    return tuple(levels)


def _encode(table: Table, names: list[str], categories: Levels) -> Floats:
    """Return the (n, k) float64 matrix: categories as codes, booleans 0 or 1, missing NaN."""
    if isinstance(table, nw.DataFrame):
        matrix = np.empty(table.shape)
        for i, column in enumerate(table.iter_columns()):
            matrix[:, i] = _encode_column(column, categories.get(column.name))
    elif categories:
        raise TypeError(
            f"column {next(iter(categories))} was a category when fitted and is a number now"
        )
    else:
        matrix = np.ascontiguousarray(table, dtype=np.float64)
    infinite = ", ".join(names[i] for i in np.flatnonzero(np.isinf(matrix).any(axis=0)))
    _require(not infinite, f"column {infinite} holds infinity: expected finite numbers or missing")
    return matrix


def _encode_column(column: Any, levels: tuple[str, ...] | None) -> Any:
    """Return one column's values (n,); a column all missing passes for either kind."""
    missing = column.is_null().to_numpy()
    if _is_category(column) is (levels is None):
        if missing.all():
            return np.nan
        was, now = ("number", "category") if levels is None else ("category", "number")
        raise TypeError(
            f"column {column.name} was a {was} when fitted and is a {now} now ({column.dtype})"
        )
    if levels is None:
        return column.cast(nw.Float64).to_numpy()
    items, codes = column.to_list(), {level: float(i) for i, level in enumerate(levels)}
    values = np.fromiter((codes.get(item, np.nan) for item in items), np.float64, len(items))
    unseen = Counter(items[i] for i in np.flatnonzero(np.isnan(values) & ~missing))
    if unseen:
        counts = ", ".join(f"{level!r} ({count})" for level, count in unseen.most_common(10))
        message = (
            f"column {column.name} has levels not seen when fitted, scored as missing: {counts}"
        )
        warnings.warn(message, UnseenCategoryWarning, stacklevel=5)
    return values


def _labels(y: Any, rows: int) -> list[Any]:
    """Return the labels of `rows` rows as Python values, none missing."""
    values = np.asarray(y)
    _require(
        values.shape == (rows,),
        f"y has the shape {values.shape}: expected ({rows},), a label per row",
    )
    labels = [label.item() if isinstance(label, np.generic) else label for label in values.tolist()]
    missing = {str(label) for label in set(labels)} & {"nan", "None", "<NA>", "NaT"}
    _require(
        not missing, f"y has missing labels ({', '.join(missing)}): expected a label for every row"
    )
    return labels


def _classes(labels: list[Any]) -> list[Any]:
    """Return the two classes in rising order: the larger is default."""
    found = sorted(set(labels), key=lambda label: (isinstance(label, str), label))
    _require(
        len(found) == 2, f"y has {len(found)} classes, {reprlib.repr(found)}: expected exactly two"
    )
    return list(_plain(np.array(found)))


def _folds(target: Floats, n_splits: int, random_state: int) -> NDArray[np.intp]:
    """Deal the shuffled rows of each class in turn, so that folds are alike in size and default rate."""
    rarer = int(min(target.sum(), len(target) - target.sum()))
    _require(
        n_splits <= rarer,
        f"n_splits is {n_splits}: expected at most {rarer}, the rarer class's rows",
    )
    rng = np.random.default_rng(random_state)
    dealt = np.concatenate([rng.permutation(np.flatnonzero(target == label)) for label in (1, 0)])
    fold = np.empty(len(target), dtype=np.intp)
    fold[dealt] = np.arange(len(target)) % n_splits
    return fold


def _boost(
    data: lgb.Dataset,
    matrix: Floats,
    fold: NDArray[np.intp],
    params: dict[str, Any],
    progress: Progress,
) -> tuple[str, int, Floats]:
    """Return the model fitted on all rows, its rounds, and each row's raw score (n,) without its fold.

    Early stopping looks at the mean log-loss: all folds stop together, none picks a length of its own.
    """
    folds, params = int(np.max(fold)) + 1, dict(params)
    limit, patience = int(params.pop("num_iterations")), params.pop("early_stopping_round")
    total = limit * (folds + 1)
    splits = [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(folds)]
    report = [lambda env: progress((env.iteration + 1) * folds, total)]
    stopping = {**params, "early_stopping_round": patience}
    history: Any = lgb.cv(
        stopping, data, limit, folds=splits, return_cvbooster=True, callbacks=report
    )
    rounds = 1 + int(np.argmin(history["valid binary_logloss-mean"]))
    raw, output = (
        np.empty(len(matrix)),
        {"raw_score": True, "num_iteration": rounds, **_threads(params)},
    )
    for (_, rows), booster in zip(splits, history["cvbooster"].boosters, strict=True):
        raw[rows] = booster.predict(matrix[rows], **output)
    report = [lambda env: progress(limit * folds + env.iteration + 1, total)]
    model = lgb.train(params, data, rounds, callbacks=report).model_to_string()
    progress(total, total)
    return model, rounds, raw


def _threads(params: dict[str, Any]) -> dict[str, Any]:
    """Return the number of threads asked for, if any, to predict with.

    LightGBM keeps one number for the whole process: a prediction with another one crashes a fit beside it.
    """
    return {name: params[name] for name in ("num_threads",) if name in params}


def _plain(value: Any) -> Any:
    """Return `value` in built-in types, text interned: pickle writes equal and same text differently."""
    value = value.tolist() if isinstance(value, (np.generic, np.ndarray)) else value
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or type(value) in (bool, int, float):
        return value
    if not isinstance(value, str):
        raise TypeError(
            f"{reprlib.repr(value)} cannot be saved: expected number, text, list or dictionary"
        )
    return sys.intern(str(value))


def _is_plain(value: Any) -> bool:
    """Tell built-in types exactly: a subclass may carry code."""
    if type(value) is dict:
        return all(type(key) is str and _is_plain(item) for key, item in value.items())
    if type(value) is list:
        return all(map(_is_plain, value))
    return value is None or type(value) in (bool, int, float, str)


def _is_cost(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and 0 < float(value) < math.inf


def _whole(value: Any, low: int) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and low <= int(value) < 2**31


def _distinct(value: Any) -> bool:
    return (
        type(value) is list
        and all(type(item) is str for item in value)
        and len(set(value)) == len(value)
    )


def _pair(value: Any, *kinds: type) -> bool:
    """Whether `value` is a list of two, both of one of the `kinds`, no number infinite or NaN."""
    one_kind = type(value) is list and len(value) == 2 and type(value[0]) is type(value[1])
    return (
        one_kind
        and type(value[0]) in kinds
        and all(type(v) is str or math.isfinite(v) for v in value)
    )


# fmt: off
_PARAMETERS: Rules = {
    "false_negative_cost": (_is_cost, "a number above 0"),
    "false_positive_cost": (_is_cost, "a number above 0"),
    "calibrate": (lambda v: isinstance(v, (bool, np.bool_)), "True or False"),
    "n_splits": (lambda v: _whole(v, 2), "a whole number from 2"),
    "random_state": (lambda v: _whole(v, 0), "a whole number from 0 to 2147483647"),
    "params": (lambda v: v is None or isinstance(v, dict), "None or a dictionary of LightGBM parameters"),
}
_LEARNED: Rules = {
    "model": (lambda v: type(v) is str, "a LightGBM model as text"),
    "names": (_distinct, "distinct column names"),
    "categories": (lambda v: type(v) is dict and all(map(_distinct, v.values())), "levels by column name"),
    "classes": (lambda v: _pair(v, bool, int, float, str) and v[0] < v[1], "two labels in rising order"),
    "threshold": (lambda v: type(v) is float and math.isfinite(v), "a finite number"),
    "threshold_interval": (lambda v: _pair(v, float) and v[0] <= v[1], "two finite numbers in order"),
    "calibration": (lambda v: _pair(v, float) and v[0] > 0, "a slope above 0 and an intercept"),
    "best_iteration": (lambda v: _whole(v, 1), "a whole number from 1"),
}
_STATE: Rules = {
    "format": (lambda v: type(v) is int and v == FORMAT, f"{FORMAT}; retrain, or load it with its version"),
    "params": (lambda v: type(v) is dict and v.keys() == _PARAMETERS.keys(), "the constructor's parameters"),
    "fitted": (lambda v: v is None or type(v) is dict, "None or what fit learned"),
}
# fmt: on


def _check(values: Any, rules: Rules) -> None:
    _require(
        type(values) is dict and values.keys() == rules.keys(),
        f"expected the keys {', '.join(rules)}",
    )
    for name, (holds, expected) in rules.items():
        _require(
            holds(values[name]), f"{name} is {reprlib.repr(values[name])}: expected {expected}"
        )


class _RowScorer:
    """One thread's handle on LightGBM's single-row path and its buffers, freed together.

    `found` is the raw score (1,) or, to `explain`, its contributions with the base value last (k + 1,).
    """

    def __init__(self, booster: lgb.Booster, *, explain: bool) -> None:
        self.booster, self.process = booster, os.getpid()  # the booster must outlive the handle
        width, handle, float64 = booster.num_feature(), ctypes.c_void_p(), 1  # C_API_DTYPE_FLOAT64
        output = 3 if explain else 1  # C_API_PREDICT_CONTRIB, C_API_PREDICT_RAW_SCORE
        self.row, self.found = np.empty(width), np.empty(width + 1 if explain else 1)
        asked = output, 0, -1, float64, width, b"num_threads=1", ctypes.byref(handle)
        _safe_call(_LIB.LGBM_BoosterPredictForMatSingleRowFastInit(booster._handle, *asked))
        row, found = (ctypes.c_void_p(buffer.ctypes.data) for buffer in (self.row, self.found))
        length = ctypes.byref(ctypes.c_int64())
        self.call = functools.partial(
            _LIB.LGBM_BoosterPredictForMatSingleRowFast, handle, row, length, found
        )
        weakref.finalize(self, _LIB.LGBM_FastConfigFree, handle).atexit = False


@dataclass(kw_only=True, eq=False)
class CustomThresholdLGBM:
    """Gradient-boosted trees, calibrated, with the threshold that minimises C_FN * FN + C_FP * FP.

    `false_negative_cost` and `false_positive_cost` (above 0, one unit) are those of accepting a defaulter and
    of refusing a good applicant. `n_splits` folds serve early stopping, Platt calibration (unless `calibrate`
    is False) and the threshold. `random_state` seeds folds, trees and bootstrap: equal data, seed and machine
    give an equal pickle. `params` are LightGBM's, under any alias, merged over `DEFAULT_PARAMS`.

    Learned: `booster_` (which calls column i Column_i, so any text can name a column), `classes_` (the larger
    is default), `feature_names_in_`, `n_features_in_`, `categories_` {name: levels}, `calibration_` (slope,
    intercept) of the raw log-odds, `threshold_` with its 95 % `threshold_interval_`, `best_iteration_` and,
    until pickled, `out_of_fold_probability_` (n,), calibrated.
    """

    false_negative_cost: float = 10.0
    false_positive_cost: float = 1.0
    calibrate: bool = True
    n_splits: int = 5
    random_state: int = 0
    params: dict[str, Any] | None = None

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002, FBT001, FBT002 - scikit-learn's
        """Return the constructor's parameters by name."""
        return {name: getattr(self, name) for name in _PARAMETERS}

    def set_params(self, **params: Any) -> CustomThresholdLGBM:
        """Set parameters of the constructor; ValueError on any other name."""
        for name, value in params.items():
            _require(
                name in _PARAMETERS,
                f"{name} is no parameter: expected one of {', '.join(_PARAMETERS)}",
            )
            setattr(self, name, value)
        return self

    def __sklearn_tags__(self) -> Any:
        """Describe the estimator to scikit-learn, the only caller; hence the import here."""
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
        """Whether `fit` has run."""
        return hasattr(self, "booster_")

    @property
    def theoretical_threshold(self) -> float:
        """The best threshold for calibrated probabilities, C_FP / (C_FP + C_FN) (Elkan 2001)."""
        return self.false_positive_cost / (self.false_positive_cost + self.false_negative_cost)

    def fit(self, X: Any, y: Any, *, progress: Progress | None = None) -> CustomThresholdLGBM:
        """Learn the trees on all rows; calibration and threshold on out-of-fold scores alone.

        `X` (n, k) is a data frame or numeric array, `y` (n,) holds two classes. `progress(done, at_most)`
        counts boosting rounds. ValueError or TypeError names the parameter, column or label at fault.
        """
        _check(self.get_params(), _PARAMETERS)
        params, (table, names) = self.lightgbm_params(), _table(X)
        labels = _labels(y, len(table))
        classes = _classes(labels)
        target = np.array([label == classes[1] for label in labels], dtype=np.float64)
        fold = _folds(target, self.n_splits, self.random_state)
        columns = table.iter_columns() if isinstance(table, nw.DataFrame) else ()
        categories = {column.name: _levels(column) for column in columns if _is_category(column)}
        matrix = _encode(table, names, categories)
        coded = [names.index(name) for name in categories]
        data = lgb.Dataset(matrix, target, categorical_feature=coded, params=params)
        model, rounds, raw = _boost(
            data, matrix, fold, params, progress or (lambda _done, _total: None)
        )
        calibration = _platt(raw, target) if self.calibrate else IDENTITY
        probability = _sigmoid(calibration[0] * raw + calibration[1])
        costs = float(self.false_negative_cost), float(self.false_positive_cost)
        learned: dict[str, Any] = {
            "model": model,
            "best_iteration": rounds,
            "calibration": calibration,
        }
        learned |= {"names": names, "categories": categories, "classes": classes}
        learned["threshold"] = optimal_threshold(target, probability, *costs)
        learned["threshold_interval"] = threshold_interval(
            target, probability, *costs, self.random_state
        )
        self._restore(_plain(learned))
        self.out_of_fold_probability_: Floats = probability
        return self

    def lightgbm_params(self) -> dict[str, Any]:
        """Merge `params` over the defaults, each under LightGBM's main name for it; ValueError on an unknown one."""
        aliases = _ConfigAliases._get_all_param_aliases().items()
        main = {alias: name for name, known in aliases for alias in known}
        given: dict[str, Any] = {}
        for alias, value in (self.params or {}).items():
            name = main.get(alias, "")
            _require(
                name,
                f"params has {alias!r}: LightGBM has no such parameter{did_you_mean(alias, sorted(main))}",
            )
            _require(
                name not in given, f"params has {alias!r}: {name} is given under another name too"
            )
            free = name not in _OWNED or value == _OWNED[name]
            _require(
                free,
                f"params has {alias!r}: leave {name} to the estimator (the seed is random_state)",
            )
            given[name] = value
        owned = {name: value for name, value in _OWNED.items() if value is not None}
        return {**DEFAULT_PARAMS, **given, **owned, "seed": int(self.random_state)}

    def _restore(self, learned: Any) -> None:
        """Check the learned state, then take it; `fit` ends here too, so what is served is what is saved."""
        _check(learned, _LEARNED)
        names, booster = learned["names"], lgb.Booster(model_str=learned["model"])
        same = booster.feature_name() == [f"Column_{i}" for i in range(len(names))]
        _require(
            same, f"names has {len(names)} columns: expected the model's {booster.num_feature()}"
        )
        _require(
            set(learned["categories"]) <= set(names), "categories names other columns than names"
        )
        self.booster_, self.best_iteration_ = booster, learned["best_iteration"]
        self.n_features_in_ = len(names)
        self.feature_names_in_, self.classes_ = (
            np.array(names, dtype=object),
            np.array(learned["classes"]),
        )
        self.categories_ = {name: tuple(levels) for name, levels in learned["categories"].items()}
        self.threshold_, self.threshold_interval_ = (
            learned["threshold"],
            tuple(learned["threshold_interval"]),
        )
        self.calibration_ = tuple(learned["calibration"])
        self._scorers = threading.local()

    def __getstate__(self) -> dict[str, Any]:
        """Return the state in built-in types: its pickle needs one global, this class, and no REDUCE."""
        learned = {
            name: getattr(self, f"{name}_") for name in _LEARNED if hasattr(self, f"{name}_")
        }
        if learned:
            learned |= {"model": self.booster_.model_to_string(), "names": self.feature_names_in_}
        return dict(
            _plain({"format": FORMAT, "params": self.get_params(), "fitted": learned or None})
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Check every key, type and range before taking anything; ValueError names what is wrong."""
        _require(
            _is_plain(state), "expected a state of dict, list, str, int, float, bool and None alone"
        )
        _check(state, _STATE)
        self.set_params(**state["params"])
        if state["fitted"] is not None:
            _check(state["params"], _PARAMETERS)
            self._restore(state["fitted"])

    def encode(self, X: Any) -> Floats:
        """Return `X` as the matrix (n, k) the trees see: categories as codes, missing NaN.

        Columns must be the model's in order, else ValueError shows the diff; an array warns, having no names.
        An unseen level becomes NaN with an UnseenCategoryWarning; a changed or unusable dtype is a TypeError.
        """
        self._require_fitted()
        expected = self.feature_names_in_.tolist()
        table, found = _table(X)
        if isinstance(table, nw.DataFrame) and found != expected:
            raise ValueError(
                "\n".join(["X has other columns than the model:", *_diff(expected, found)])
            )
        _require(
            len(found) == len(expected), f"X has {len(found)} columns: expected {len(expected)}"
        )
        if found != expected:
            message = (
                "X does not have valid feature names, but CustomThresholdLGBM was fitted with them"
            )
            warnings.warn(message, UserWarning, stacklevel=3)
        return _encode(table, expected, self.categories_)

    def predict_proba(self, X: Any) -> Floats:
        """Return (n, 2): the probability of each class, default second."""
        default = self.matrix_probability(self.encode(X))
        return np.column_stack((1.0 - default, default))

    def predict(self, X: Any) -> NDArray[Any]:
        """Return (n,) labels: the larger class where the applicant is to be refused."""
        refused = self.refuses(self.predict_proba(X)[:, 1])
        return np.asarray(self.classes_[refused.astype(int)])

    def refuses(self, probability: Any) -> Any:
        """Whether a probability of default, or each of an array, reaches the threshold."""
        self._require_fitted()
        return is_default_expected(probability, self.threshold_)

    def score(self, X: Any, y: Any) -> float:
        """Return minus the mean cost per row, in the unit of the costs: 0 is perfect, greater is better."""
        refused = self.refuses(self.predict_proba(X)[:, 1])
        labels, classes = _labels(y, len(refused)), self.classes_.tolist()
        _require(set(labels) <= set(classes), f"y has other classes than {classes}")
        defaulted = np.array([label == classes[1] for label in labels])
        missed, turned_away = (defaulted & ~refused).mean(), (~defaulted & refused).mean()
        return -float(self.false_negative_cost * missed + self.false_positive_cost * turned_away)

    def raw_score(self, X: Any) -> Floats:
        """Return (n,) log-odds before calibration."""
        return self._lightgbm(self.encode(X), raw_score=True)

    def explain(self, X: Any) -> Floats:
        """Return (n, k + 1) TreeSHAP contributions to `raw_score` in log-odds, the base value last."""
        return self.matrix_explain(self.encode(X))

    def matrix_explain(self, matrix: Floats) -> Floats:
        """Explain an encoded matrix, see `explain`."""
        return self._lightgbm(matrix, pred_contrib=True)

    def matrix_probability(self, matrix: Floats) -> Floats:
        """Return the probability of default (n,) for an encoded matrix (n, k) of float64, see `encode`."""
        return self._calibrated(self._lightgbm(matrix, raw_score=True))

    def row_probability(self, row: Floats) -> float:
        """Return the probability of default of one encoded row (k,), bit for bit that of `predict_proba`."""
        return float(self._calibrated(self._single_row(row, explain=False))[0])

    def row_explain(self, row: Floats) -> Floats:
        """Explain one encoded row (k,): the (k + 1,) that `explain` gives it, bit for bit."""
        return self._single_row(row, explain=True).copy()

    def _require_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(
                "This CustomThresholdLGBM is not fitted yet: call fit before using it"
            )

    def _single_row(self, row: Floats, *, explain: bool) -> Floats:
        """Run LightGBM's single-row path on one encoded row; the next call of this thread overwrites the result.

        The path keeps buffers, so each thread has its own; another process makes them anew.
        """
        self._require_fitted()
        name = "explainer" if explain else "scorer"
        scorer: _RowScorer | None = getattr(self._scorers, name, None)
        if scorer is None or scorer.process != os.getpid():
            scorer = _RowScorer(self.booster_, explain=explain)
            setattr(self._scorers, name, scorer)
        if row.shape != scorer.row.shape:
            raise ValueError(f"row has the shape {row.shape}: expected {scorer.row.shape}")
        scorer.row[:] = row
        _safe_call(scorer.call())
        return scorer.found

    def _calibrated(self, raw: Floats) -> Floats:
        slope, intercept = self.calibration_
        return _sigmoid(slope * raw + intercept)

    def _lightgbm(self, matrix: Floats, **output: Any) -> Floats:
        self._require_fitted()
        fits = (
            matrix.ndim == 2
            and matrix.dtype == np.float64
            and matrix.shape[1] == self.n_features_in_
        )
        _require(
            fits,
            f"matrix is {matrix.dtype} {matrix.shape}: expected float64 (n, {self.n_features_in_})",
        )
        threads = (
            {"num_threads": 1} if len(matrix) <= FEW_ROWS else _threads(self.lightgbm_params())
        )
        return np.asarray(self.booster_.predict(matrix, **output, **threads))
