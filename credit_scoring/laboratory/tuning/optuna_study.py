"""A study in an SQLite file: tries that are whole survive whatever ends a run, and several runs may share it."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError

from credit_scoring.errors import SettingError
from custom_threshold_model import DEFAULT_PARAMS

HEARTBEAT, SILENCE = (
    15,
    60,
)  # seconds: a run says that it lives; its try is taken up by another after silence
SQLITE = b"SQLite format 3\0"
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    TRY_AGAIN = RetryHeartbeatStaleTrialCallback()
Suggest = Callable[[Trial, str], Any]


def _real(low: float, high: float, *, log: bool) -> Suggest:
    return lambda trial, name: trial.suggest_float(name, low, high, log=log)


def _whole(low: int, high: int) -> Suggest:
    return lambda trial, name: trial.suggest_int(name, low, high, log=True)


# Searched: wide around the estimator's own values. Rounds are no parameter: early stopping finds them.
SPACE: dict[str, Suggest] = {
    "learning_rate": _real(0.01, 0.15, log=True),
    "num_leaves": _whole(2, 16),
    "min_data_in_leaf": _whole(10, 300),
    "feature_fraction": _real(0.03, 0.6, log=True),
    "bagging_fraction": _real(0.3, 1.0, log=False),
    "lambda_l2": _real(0.1, 300.0, log=True),
    "extra_trees": lambda trial, name: trial.suggest_categorical(name, (True, False)),
}


class SeededByNumber(BaseSampler):
    """TPE whose randomness follows from the seed and the try's number alone.

    So a run that goes on, or one beside it, does not propose again what the first has proposed.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._inner = TPESampler(seed=seed)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Begin the random numbers of this try."""
        self._inner = TPESampler(seed=(self._seed * 1_000_003 + trial.number) % 2**32)
        self._inner.before_trial(study, trial)

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """As TPE does."""
        return self._inner.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """As TPE does."""
        return self._inner.sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """As TPE does."""
        return self._inner.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """As TPE does."""
        self._inner.after_trial(study, trial, state, values)


@contextmanager
def open_study(path: Path, name: str, seed: int) -> Iterator[optuna.Study]:
    """The study of that name in the file, made where there is none; the first try is what the estimator has anyway.

    SettingError where the file cannot be written or is no study's.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _require_sqlite(path)
        storage = _storage(path)
        study = optuna.create_study(
            storage=storage, study_name=name, load_if_exists=True, direction="minimize",
            sampler=SeededByNumber(seed), pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
        )  # fmt: skip
        study.enqueue_trial({name: DEFAULT_PARAMS[name] for name in SPACE}, skip_if_exists=True)
    except (OSError, DatabaseError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0]
        raise SettingError(f"{path} cannot hold a study ({reason}): give another place") from error
    try:
        yield study
    finally:
        storage.remove_session()
        storage.engine.dispose()


def _require_sqlite(path: Path) -> None:
    with path.open("ab+") as file:
        file.seek(0)
        begin = file.read(len(SQLITE))
    if begin not in {b"", SQLITE}:
        raise SettingError(
            f"{path} is no SQLite file: give the place of a study, or of a file to be made"
        )


def _storage(path: Path) -> RDBStorage:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # the heartbeat
        storage = RDBStorage(
            f"sqlite:///{path}", engine_kwargs={"connect_args": {"timeout": 60}}, heartbeat_interval=HEARTBEAT,
            grace_period=SILENCE, heartbeat_stale_trial_callback=TRY_AGAIN,
        )  # fmt: skip
    event.listen(storage.engine, "connect", _leave_begin_to_us)
    event.listen(
        storage.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE")
    )
    storage.engine.dispose()  # connections from before the listeners
    return storage


def _leave_begin_to_us(connection: Any, _record: object) -> None:
    """Optuna reads a try's state, then changes it: only a lock taken first keeps two runs from taking one try."""
    connection.isolation_level = None


def search(
    study: optuna.Study,
    judge: Callable[[Mapping[str, Any], Trial], float],
    *,
    trials: int,
    seconds: float | None,
    after: Callable[[], None],
) -> None:
    """Try until the study has `trials` finished tries, of all its runs together, or `seconds` are over.

    `judge` raises optuna.TrialPruned to give a try up. A try cut short by Ctrl-C or an error is tried again next.
    """
    if len(finished(study)) >= trials:
        return
    current: list[int] = []

    def objective(trial: Trial) -> float:
        current[:] = [trial.number]
        return judge({name: suggest(trial, name) for name, suggest in SPACE.items()}, trial)

    def told(_study: optuna.Study, _trial: FrozenTrial) -> None:
        after()
        if len(finished(study)) >= trials:
            study.stop()

    try:
        study.optimize(objective, timeout=seconds, callbacks=[told])
    except BaseException:
        _again(study, current)
        raise


def finished(study: optuna.Study) -> list[FrozenTrial]:
    """The tries that ended: judged whole, or given up as worse than others."""
    return study.get_trials(deepcopy=False, states=FINISHED)


def _again(study: optuna.Study, numbers: Sequence[int]) -> None:
    """Queue those of the tries `numbers` that failed, to be tried first."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.FAIL,)):
        if trial.number in numbers and trial.params:
            TRY_AGAIN(study, trial)
