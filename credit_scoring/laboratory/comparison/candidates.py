"""The candidates of the comparison: models, and strategies for class imbalance, as two tables."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline

from credit_scoring.errors import SettingError
from credit_scoring.estimator.boosting import DEFAULT_PARAMS
from credit_scoring.laboratory.comparison.preprocessing import Columns, as_frame, dense
from credit_scoring.suggestions import did_you_mean

# The served LightGBM parameters, for strategies that resample outside the served model.
SERVED_PARAMS: dict[str, Any] = {
    name: value
    for name, value in DEFAULT_PARAMS.items()
    if name not in {"num_iterations", "early_stopping_round"}
}


@dataclass(frozen=True)
class TrainingEffort:
    """How long the models train: enough for tens of thousands of applicants, less for a test."""

    forest_trees: int = 150
    boosting_rounds: int = 400
    epochs: int = 20
    inner_folds: int = 3


@dataclass(frozen=True)
class ModelSettings:
    """What a model is made with. `weight` is the weight of a defaulter; a good applicant has 1.

    `unbalanced` is LightGBM's `is_unbalance`. `categories` names the columns of level codes.
    """

    effort: TrainingEffort
    seed: int
    weight: float = 1.0
    unbalanced: bool = False
    categories: tuple[str, ...] = ()


def _logistic_regression(settings: ModelSettings) -> Any:
    class_weight = {0: 1.0, 1: settings.weight}
    return LogisticRegression(C=0.01, max_iter=2000, class_weight=class_weight)


def _random_forest(settings: ModelSettings) -> Any:
    return RandomForestClassifier(
        settings.effort.forest_trees, min_samples_leaf=10, max_samples=0.3,
        class_weight={0: 1.0, 1: settings.weight}, random_state=settings.seed, n_jobs=1,
    )  # fmt: skip


def _lightgbm(settings: ModelSettings) -> Any:
    from lightgbm import LGBMClassifier  # noqa: PLC0415 - a model's library is loaded with the model

    imbalance: dict[str, Any] = (
        {"is_unbalance": True} if settings.unbalanced else {"scale_pos_weight": settings.weight}
    )
    return LGBMClassifier(
        **SERVED_PARAMS, n_estimators=settings.effort.boosting_rounds, random_state=settings.seed,
        n_jobs=1, deterministic=True, force_col_wise=True, **imbalance,
    )  # fmt: skip


def _xgboost(settings: ModelSettings) -> Any:
    from xgboost import XGBClassifier  # noqa: PLC0415 - optional

    return XGBClassifier(
        n_estimators=settings.effort.boosting_rounds, max_depth=3, learning_rate=0.05,
        subsample=0.8, colsample_bytree=0.3, reg_lambda=20, min_child_weight=10,
        tree_method="hist", enable_categorical=True, scale_pos_weight=settings.weight,
        random_state=settings.seed, n_jobs=1,
    )  # fmt: skip


def _catboost(settings: ModelSettings) -> Any:
    from catboost import CatBoostClassifier  # noqa: PLC0415 - optional

    return CatBoostClassifier(
        iterations=settings.effort.boosting_rounds, depth=4, learning_rate=0.05, l2_leaf_reg=20,
        rsm=0.3, border_count=64, cat_features=settings.categories or None, one_hot_max_size=100,
        scale_pos_weight=settings.weight, random_seed=settings.seed, thread_count=1,
        verbose=False, allow_writing_files=False,
    )  # fmt: skip


def _perceptron(settings: ModelSettings) -> Any:
    epochs = settings.effort.epochs
    return MLPClassifier((32, 16), alpha=5.0, max_iter=epochs, random_state=settings.seed)


def _dummy(_settings: ModelSettings) -> Any:
    return DummyClassifier(strategy="prior")


@dataclass(frozen=True)
class ModelKind:
    """A kind of model: its title, how it is made, and the strategies that it can be combined with.

    `needs` is the optional package that it is imported from. `native` models accept missing values
    and category columns in a pandas frame.
    """

    title: str
    make: Callable[[ModelSettings], Any]
    strategies: tuple[str, ...]
    native: bool = False
    needs: str = ""


@dataclass(frozen=True)
class ImbalanceStrategy:
    """A strategy for class imbalance: `weighted` by the costs, or resampled by `sampler(seed)`.

    `unbalanced` leaves it to LightGBM. `dense` strategies look for neighbours and accept no missing
    values.
    """

    title: str
    weighted: bool = False
    unbalanced: bool = False
    sampler: Callable[[int], Any] | None = None
    dense: bool = False
    needs: str = ""


def _smote(seed: int) -> Any:
    from imblearn.over_sampling import SMOTE  # noqa: PLC0415 - optional

    return SMOTE(random_state=seed)


def _undersampler(seed: int) -> Any:
    from imblearn.under_sampling import RandomUnderSampler  # noqa: PLC0415 - optional

    return RandomUnderSampler(random_state=seed)


RESAMPLING = ("smote", "undersampling")
COMMON = ("none", "class_weights", *RESAMPLING)
SERVED = "lightgbm+none"  # the name of the candidate that the app serves
DUMMY = "dummy"  # predicts the base rate for everybody
PACKAGES = {"imblearn": "imbalanced-learn"}  # the names to install, if not the names to import
# fmt: off
STRATEGIES = {
    "none": ImbalanceStrategy("none"),
    "class_weights": ImbalanceStrategy("class weights", weighted=True),
    "is_unbalance": ImbalanceStrategy("is_unbalance", unbalanced=True),
    "smote": ImbalanceStrategy("SMOTE", sampler=_smote, dense=True, needs="imblearn"),
    "undersampling": ImbalanceStrategy("undersampling", sampler=_undersampler, needs="imblearn"),
}
MODELS = {
    DUMMY: ModelKind("Dummy (base rate)", _dummy, ("none",)),
    "logistic_regression": ModelKind("Logistic regression", _logistic_regression, COMMON),
    "random_forest": ModelKind("Random forest", _random_forest, COMMON),
    "lightgbm": ModelKind("LightGBM", _lightgbm, tuple(STRATEGIES), native=True),
    "xgboost": ModelKind("XGBoost", _xgboost, COMMON, native=True, needs="xgboost"),
    "catboost": ModelKind("CatBoost", _catboost, COMMON, native=True, needs="catboost"),
    # it has no class weights
    "mlp": ModelKind("Multi-layer perceptron", _perceptron, ("none", *RESAMPLING)),
}
# fmt: on


@dataclass(frozen=True)
class Candidate:
    """A model combined with an imbalance strategy: a row of the comparison."""

    model: str
    strategy: str

    @property
    def name(self) -> str:
        """The name in files and tables: "lightgbm+none"."""
        return f"{self.model}+{self.strategy}"

    @property
    def title(self) -> str:
        """Model and strategy for people."""
        return f"{MODELS[self.model].title}, {STRATEGIES[self.strategy].title}"

    @property
    def native(self) -> bool:
        """Whether it accepts missing values and categories, in a pandas frame."""
        return MODELS[self.model].native and not STRATEGIES[self.strategy].dense

    @property
    def missing_package(self) -> str:
        """The package to install, if one that it needs is missing; otherwise ""."""
        frame = "pandas" if self.native and self.name != SERVED else ""
        modules = (MODELS[self.model].needs, STRATEGIES[self.strategy].needs, frame)
        missing = (name for name in modules if name and find_spec(name) is None)
        return next((PACKAGES.get(name, name) for name in missing), "")

    def pipeline(self, columns: Columns, effort: TrainingEffort, seed: int, weight: float) -> Any:
        """Return preprocessing, resampling and model as one estimator, to be fitted in a fold."""
        strategy = STRATEGIES[self.strategy]
        settings = ModelSettings(
            effort,
            seed,
            weight=weight if strategy.weighted else 1.0,
            unbalanced=strategy.unbalanced,
            categories=columns.category_names if self.native else (),
        )
        model = MODELS[self.model].make(settings)
        preprocess = as_frame(columns) if self.native else dense(columns)
        if strategy.sampler is None:
            return Pipeline([("preprocess", preprocess), ("model", model)])
        from imblearn.pipeline import Pipeline as ResamplingPipeline  # noqa: PLC0415 - optional

        steps = [("preprocess", preprocess), ("sample", strategy.sampler(seed)), ("model", model)]
        return ResamplingPipeline(steps)


def find_candidates(
    models: Collection[str] = (), strategies: Collection[str] = ()
) -> tuple[list[Candidate], dict[str, list[Candidate]]]:
    """Return the requested candidates (by default all), and those that lack a package, by package.

    SettingError if a model or strategy is unknown, or no candidate is available.
    """
    unavailable: dict[str, list[Candidate]] = {}
    for candidate in _requested_candidates(models, strategies):
        unavailable.setdefault(candidate.missing_package, []).append(candidate)
    available = unavailable.pop("", [])
    if not available:
        packages = ", ".join(unavailable)
        reason = (
            f"{packages} is not installed (requirements-lab.txt)"
            if packages
            else "these models cannot be combined with these strategies"
        )
        raise SettingError(f"nothing to compare: {reason}")
    return available, unavailable


def _requested_candidates(
    models: Collection[str], strategies: Collection[str]
) -> Iterator[Candidate]:
    _require_known("model", models, MODELS)
    _require_known("strategy", strategies, STRATEGIES)
    for model, kind in MODELS.items():
        for strategy in kind.strategies:
            if model in (models or MODELS) and strategy in (strategies or STRATEGIES):
                yield Candidate(model, strategy)


def _require_known(kind: str, names: Collection[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            suggestion = did_you_mean(name, known)
            raise SettingError(f"{name} is not a {kind}{suggestion}: expected {', '.join(known)}")
