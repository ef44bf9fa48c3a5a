"""An Optuna study in an SQLite file: a run can be resumed, and several runs can share a study."""

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
from credit_scoring.estimator.boosting import DEFAULT_PARAMS
from credit_scoring.files import open_regular

HEARTBEAT_INTERVAL = 15  # seconds between two signs of life of a run
GRACE_PERIOD = 60  # seconds without a sign of life until another run repeats the trial
SQLITE_MAGIC = b"SQLite format 3\0"
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    REQUEUE = RetryHeartbeatStaleTrialCallback()
Suggest = Callable[[Trial, str], Any]


def _suggest_float(low: float, high: float, *, log: bool) -> Suggest:
    return lambda trial, name: trial.suggest_float(name, low, high, log=log)


def _suggest_int(low: int, high: int) -> Suggest:
    return lambda trial, name: trial.suggest_int(name, low, high, log=True)


# Wide ranges around the estimator's own values. Early stopping finds the number of rounds.
SEARCH_SPACE: dict[str, Suggest] = {
    "learning_rate": _suggest_float(0.01, 0.15, log=True),
    "num_leaves": _suggest_int(2, 16),
    "min_data_in_leaf": _suggest_int(10, 300),
    "feature_fraction": _suggest_float(0.03, 0.6, log=True),
    "bagging_fraction": _suggest_float(0.3, 1.0, log=False),
    "lambda_l2": _suggest_float(0.1, 300.0, log=True),
    "extra_trees": lambda trial, name: trial.suggest_categorical(name, (True, False)),
}
DEFAULTS = {name: DEFAULT_PARAMS[name] for name in SEARCH_SPACE}  # the estimator's own values


class TrialSeededSampler(BaseSampler):
    """TPE whose randomness depends on the seed and the trial's number only.

    A resumed or parallel run therefore does not propose the same parameters again.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._sampler = TPESampler(seed=seed)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Seed the sampler of this trial."""
        self._sampler = TPESampler(seed=(self._seed * 1_000_003 + trial.number) % 2**32)
        self._sampler.before_trial(study, trial)

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Delegate to TPE."""
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Delegate to TPE."""
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Delegate to TPE."""
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """Delegate to TPE."""
        self._sampler.after_trial(study, trial, state, values)


@contextmanager
def open_study(path: Path, name: str, seed: int) -> Iterator[optuna.Study]:
    """Open or create the study `name` in the file; its first trial has the estimator's own values.

    SettingError if the file cannot be written or is not an SQLite file.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _require_sqlite(path)
        storage = _open_storage(path)
        study = optuna.create_study(
            storage=storage,
            study_name=name,
            load_if_exists=True,
            direction="minimize",
            sampler=TrialSeededSampler(seed),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
        )
        study.enqueue_trial(DEFAULTS, skip_if_exists=True)
    except (OSError, DatabaseError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0]
        raise SettingError(f"{path} cannot hold a study ({reason}): give another place") from error
    try:
        yield study
    finally:
        storage.remove_session()
        storage.engine.dispose()


def _require_sqlite(path: Path) -> None:
    path.touch()
    with open_regular(path) as file:
        magic = file.read(len(SQLITE_MAGIC))
    if magic not in {b"", SQLITE_MAGIC}:
        raise SettingError(
            f"{path} is not an SQLite file: give the path of a study, or of a new file"
        )


def _open_storage(path: Path) -> RDBStorage:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # the heartbeat
        storage = RDBStorage(
            f"sqlite:///{path}",
            engine_kwargs={"connect_args": {"timeout": 60}},
            heartbeat_interval=HEARTBEAT_INTERVAL,
            grace_period=GRACE_PERIOD,
            heartbeat_stale_trial_callback=REQUEUE,
        )
    event.listen(storage.engine, "connect", _disable_implicit_begin)
    event.listen(storage.engine, "begin", _begin_immediate)
    storage.engine.dispose()  # connections from before the listeners
    return storage


def _disable_implicit_begin(connection: Any, _record: object) -> None:
    connection.isolation_level = None


def _begin_immediate(connection: Any) -> None:
    """Lock before reading: otherwise two runs could read a trial's state and both take it."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def run_trials(
    study: optuna.Study,
    objective: Callable[[Mapping[str, Any], Trial], float],
    trials: int,
    seconds: float | None,
    after_trial: Callable[[], None],
) -> None:
    """Run trials until the study has `trials` finished ones, of all runs, or `seconds` have passed.

    `objective` raises optuna.TrialPruned to stop a trial early. A trial that is interrupted by
    Ctrl-C or an error is repeated first in the next run.
    """
    current: list[int] = []

    def evaluate(trial: Trial) -> float:
        current[:] = [trial.number]
        return objective({name: draw(trial, name) for name, draw in SEARCH_SPACE.items()}, trial)

    def stop_when_finished(_study: optuna.Study, _trial: FrozenTrial) -> None:
        after_trial()
        if len(finished_trials(study)) >= trials:
            study.stop()

    if len(finished_trials(study)) >= trials:
        return
    try:
        study.optimize(evaluate, timeout=seconds, callbacks=[stop_when_finished])
    except BaseException:
        _requeue_failed(study, current)
        raise


def finished_trials(study: optuna.Study) -> list[FrozenTrial]:
    """Return the trials that ended: complete, or pruned as worse than others."""
    return study.get_trials(deepcopy=False, states=FINISHED)


def _requeue_failed(study: optuna.Study, numbers: Sequence[int]) -> None:
    """Queue the trials `numbers`, if they failed, to be repeated first."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.FAIL,)):
        if trial.number in numbers and trial.params:
            REQUEUE(study, trial)
