"""Which models are compared, with which ways of treating the imbalance of the classes: two tables."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline

from credit_scoring.errors import SettingError
from credit_scoring.laboratory.comparison.preprocessing import Columns, as_frame, dense
from credit_scoring.suggestions import did_you_mean
from custom_threshold_model import DEFAULT_PARAMS

TREES: dict[str, Any] = {  # LightGBM as it is served, for the strategies that resample outside it
    name: value
    for name, value in DEFAULT_PARAMS.items()
    if name not in ("num_iterations", "early_stopping_round")
}


@dataclass(frozen=True)
class Effort:
    """How long the models learn: enough for tens of thousands of applicants, less for a test."""

    forest_trees: int = 150
    boosting_rounds: int = 400
    epochs: int = 20
    inner_folds: int = 3


@dataclass(frozen=True)
class How:
    """What a model is made by. `weight` is what a defaulter counts, a good applicant counting 1.

    `unbalanced` is LightGBM's own parameter. `categories` are the names of the columns that hold levels as codes.
    """

    effort: Effort
    seed: int
    weight: float = 1.0
    unbalanced: bool = False
    categories: tuple[str, ...] = ()


def _logistic(how: How) -> Any:
    return LogisticRegression(C=0.01, max_iter=2000, class_weight={0: 1.0, 1: how.weight})


def _forest(how: How) -> Any:
    return RandomForestClassifier(
        how.effort.forest_trees, min_samples_leaf=10, max_samples=0.3, class_weight={0: 1.0, 1: how.weight},
        random_state=how.seed, n_jobs=1,
    )  # fmt: skip


def _lightgbm(how: How) -> Any:
    from lightgbm import LGBMClassifier  # noqa: PLC0415 - a model's library is loaded with the model

    return LGBMClassifier(
        **TREES, n_estimators=how.effort.boosting_rounds, random_state=how.seed, n_jobs=1, deterministic=True,
        force_col_wise=True, **({"is_unbalance": True} if how.unbalanced else {"scale_pos_weight": how.weight}),
    )  # fmt: skip


def _xgboost(how: How) -> Any:
    from xgboost import XGBClassifier  # noqa: PLC0415 - may be absent

    return XGBClassifier(
        n_estimators=how.effort.boosting_rounds, max_depth=3, learning_rate=0.05, subsample=0.8, colsample_bytree=0.3,
        reg_lambda=20, min_child_weight=10, tree_method="hist", enable_categorical=True,
        scale_pos_weight=how.weight, random_state=how.seed, n_jobs=1,
    )  # fmt: skip


def _catboost(how: How) -> Any:
    from catboost import CatBoostClassifier  # noqa: PLC0415 - may be absent

    return CatBoostClassifier(
        iterations=how.effort.boosting_rounds, depth=4, learning_rate=0.05, l2_leaf_reg=20, rsm=0.3, border_count=64,
        cat_features=how.categories or None, one_hot_max_size=100, scale_pos_weight=how.weight, random_seed=how.seed,
        thread_count=1, verbose=False, allow_writing_files=False,
    )  # fmt: skip


def _perceptron(how: How) -> Any:
    return MLPClassifier(
        (32, 16), alpha=5.0, max_iter=how.effort.epochs, random_state=how.seed,
    )  # fmt: skip


def _dummy(_how: How) -> Any:
    return DummyClassifier(strategy="prior")


@dataclass(frozen=True)
class Model:
    """A kind of model: its name for people, how it is made, what it goes with.

    `needs` is the package it is imported from, where that may be absent; `native` says that it takes missing values
    and categories as they are.
    """

    title: str
    make: Callable[[How], Any]
    strategies: tuple[str, ...]
    native: bool = False
    needs: str = ""


@dataclass(frozen=True)
class Strategy:
    """A way to treat the imbalance: `weighted` by what mistakes cost, or resampled by `sampler(seed)`.

    `unbalanced` leaves it to LightGBM. `dense`: it needs neighbours, so nothing may be missing.
    """

    title: str
    weighted: bool = False
    unbalanced: bool = False
    sampler: Callable[[int], Any] | None = None
    dense: bool = False
    needs: str = ""


def _smote(seed: int) -> Any:
    from imblearn.over_sampling import SMOTE  # noqa: PLC0415 - may be absent

    return SMOTE(random_state=seed)


def _undersampler(seed: int) -> Any:
    from imblearn.under_sampling import RandomUnderSampler  # noqa: PLC0415 - may be absent

    return RandomUnderSampler(random_state=seed)


RESAMPLED = ("smote", "undersampling")
USUAL = ("none", "class_weights", *RESAMPLED)
SERVED = "lightgbm+none"  # the model that the app serves
INSTALLED_AS = {"imblearn": "imbalanced-learn"}  # where it is not the name that is imported
MODELS = {
    "dummy": Model("Dummy (base rate)", _dummy, ("none",)),
    "logistic_regression": Model("Logistic regression", _logistic, USUAL),
    "random_forest": Model("Random forest", _forest, USUAL),
    "lightgbm": Model(
        "LightGBM", _lightgbm, ("none", "class_weights", "is_unbalance", *RESAMPLED), native=True
    ),
    "xgboost": Model("XGBoost", _xgboost, USUAL, native=True, needs="xgboost"),
    "catboost": Model("CatBoost", _catboost, USUAL, native=True, needs="catboost"),
    "mlp": Model(
        "Multi-layer perceptron", _perceptron, ("none", *RESAMPLED)
    ),  # it knows no weights
}
STRATEGIES = {
    "none": Strategy("none"),
    "class_weights": Strategy("class weights", weighted=True),
    "is_unbalance": Strategy("is_unbalance", unbalanced=True),
    "smote": Strategy("SMOTE", sampler=_smote, dense=True, needs="imblearn"),
    "undersampling": Strategy("undersampling", sampler=_undersampler, needs="imblearn"),
}


@dataclass(frozen=True)
class Candidate:
    """A model with a strategy: a row of the table."""

    model: str
    strategy: str

    @property
    def name(self) -> str:
        """As files and tables call it: "lightgbm+none"."""
        return f"{self.model}+{self.strategy}"

    @property
    def native(self) -> bool:
        """Whether it takes missing values and categories as they are, in a pandas frame."""
        return MODELS[self.model].native and not STRATEGIES[self.strategy].dense

    @property
    def missing(self) -> str:
        """The package it needs that is not installed, as it is installed; or nothing."""
        frame = "pandas" if self.native and self.name != SERVED else ""
        needed = (MODELS[self.model].needs, STRATEGIES[self.strategy].needs, frame)
        return next(
            (INSTALLED_AS.get(name, name) for name in needed if name and find_spec(name) is None),
            "",
        )

    def pipeline(self, columns: Columns, how: How) -> Any:
        """Preparation, resampling and model as one estimator: fitted on some rows, it has seen no other."""
        model, strategy = MODELS[self.model], STRATEGIES[self.strategy]
        weight = how.weight if strategy.weighted else 1.0
        categories = columns.names_of_categories if self.native else ()
        made = model.make(How(how.effort, how.seed, weight, strategy.unbalanced, categories))
        prepare = as_frame(columns) if self.native else dense(columns)
        if strategy.sampler is None:
            return Pipeline([("prepare", prepare), ("model", made)])
        from imblearn.pipeline import Pipeline as Resampling  # noqa: PLC0415 - may be absent

        return Resampling(
            [("prepare", prepare), ("sample", strategy.sampler(how.seed)), ("model", made)]
        )


def contenders(
    models: Collection[str] = (), strategies: Collection[str] = ()
) -> tuple[list[Candidate], dict[str, list[Candidate]]]:
    """The rows asked for (all, where nothing is), and by missing package those that cannot run here.

    SettingError names a model or strategy that is not known, and says so where nothing is left.
    """
    _require_known("model", models, list(MODELS))
    _require_known("strategy", strategies, list(STRATEGIES))
    asked = [
        Candidate(model, strategy)
        for model in MODELS
        for strategy in MODELS[model].strategies
        if model in (models or MODELS) and strategy in (strategies or STRATEGIES)
    ]
    absent: dict[str, list[Candidate]] = {}
    for contender in asked:
        if contender.missing:
            absent.setdefault(contender.missing, []).append(contender)
    present = [contender for contender in asked if not contender.missing]
    if not present:
        without = f": {', '.join(absent)} is not installed (requirements-lab.txt)" if absent else ""
        raise SettingError(
            f"nothing to compare{without or ': these models do not go with these strategies'}"
        )
    return present, absent


def _require_known(kind: str, given: Collection[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            raise SettingError(
                f"{name} is no {kind}{did_you_mean(name, list(known))}: expected {', '.join(known)}"
            )
