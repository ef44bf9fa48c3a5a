"""The hyperparameter search: folds of the training rows, trials, the best parameters in a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from credit_scoring.files import require_writable_folder
from credit_scoring.laboratory.experiment import Experiment, code_fingerprint, select_fold_features
from credit_scoring.laboratory.result_cache import CACHE_FOLDER, cache_key, open_cache
from credit_scoring.laboratory.tuning.objective import (
    BINNING_PARAMS,
    MAX_ROUNDS,
    BinnedFold,
    Select,
    bin_folds,
    running_log_loss,
)
from credit_scoring.laboratory.tuning.optuna_study import (
    DEFAULTS,
    SEARCH_SPACE,
    finished_trials,
    open_study,
    run_trials,
)
from credit_scoring.progress import Progress, ReportProgress
from credit_scoring.training.folds import FOLDS
from credit_scoring.training.hyperparameter_file import Hyperparameters, write_hyperparameters

DATA_FACTS = ("fingerprint", "source", "applicants", "defaults", "seed", "allowed_attributes")


@dataclass(frozen=True)
class Budget:
    """When to stop: after `trials` finished trials of the study, or after `seconds` of this run."""

    trials: int
    seconds: float | None = None


@dataclass(frozen=True)
class TuningResult:
    """The best trial, the log-loss of the estimator's own values if tried, all trials."""

    best: FrozenTrial
    default_log_loss: float | None
    trials: list[FrozenTrial]


def study_name(experiment: Experiment) -> str:
    """Return the study's name: other data, features, seed or search space is another study."""
    key = cache_key(
        problem=experiment.fingerprint,
        space=sorted(SEARCH_SPACE),
        folds=FOLDS,
        binned=BINNING_PARAMS,
    )
    return f"log-loss-{key}"


def tune_hyperparameters(
    experiment: Experiment,
    storage: Path,
    out: Path,
    budget: Budget,
    made_by: str,
    progress: Progress,
    feature_list: str = "",
) -> TuningResult:
    """Search, and write the best parameters to `out` after each trial, so that a kill loses none.

    `storage` is the SQLite file of the study. `feature_list` names the list that the features come
    from, for the file's provenance.
    """
    require_writable_folder(storage.parent)
    require_writable_folder(out.parent)
    name = study_name(experiment)
    with progress.step("Selecting features in each fold") as report:
        folds = bin_folds(experiment.task, _feature_selector(experiment, storage.parent), report)
    provenance = {
        "made_by": made_by,
        "study": f"{storage} {name}",
        **{fact: experiment.facts[fact] for fact in DATA_FACTS},
        "folds": FOLDS,
        "most_rounds": MAX_ROUNDS,
        "features": feature_list or "selected in each fold",
    }
    with open_study(storage, name, experiment.task.seed) as study:
        write_best = partial(_write_best, study, out, provenance)
        title = f"Searching hyperparameters, up to {budget.trials} trials"
        with progress.step(title) as report:
            objective = _Objective(folds, study, budget.trials, experiment.task.seed, report)
            run_trials(study, objective, budget.trials, budget.seconds, write_best)
        write_best()
        return tuning_result(study)


def _feature_selector(experiment: Experiment, folder: Path) -> Select:
    """Return the selection of a fold's features: cached, unless the features are fixed."""
    if experiment.task.fixed_features:
        return select_fold_features
    facts = {"experiment": experiment.fingerprint, "code": code_fingerprint()}
    select: Select = open_cache(folder / CACHE_FOLDER, **facts).cache(
        select_fold_features, ignore=["task"]
    )
    return select


def _write_best(study: optuna.Study, out: Path, provenance: Mapping[str, Any]) -> None:
    if any(trial.state == TrialState.COMPLETE for trial in finished_trials(study)):
        metrics = _metrics(tuning_result(study))
        write_hyperparameters(out, Hyperparameters(study.best_params, {**metrics, **provenance}))


@dataclass(frozen=True)
class _Objective:
    """Evaluates a trial fold by fold, and prunes it if it is worse than most trials were there."""

    folds: Sequence[BinnedFold]
    study: optuna.Study
    trials: int
    seed: int
    report: ReportProgress

    def __call__(self, params: Mapping[str, Any], trial: Trial) -> float:
        finished = len(finished_trials(self.study))
        log_loss = float("inf")
        for step, log_loss in enumerate(running_log_loss(self.folds, params, self.seed), 1):
            self.report(finished * FOLDS + step, self.trials * FOLDS)
            trial.report(log_loss, step)
            if step < len(self.folds) and trial.should_prune():
                raise optuna.TrialPruned
        return log_loss


def tuning_result(study: optuna.Study) -> TuningResult:
    """Return the result of the study, of all runs that share it."""
    trials = finished_trials(study)
    default_log_losses = (
        trial.value
        for trial in trials
        if trial.state == TrialState.COMPLETE and trial.params == DEFAULTS
    )
    return TuningResult(study.best_trial, next(default_log_losses, None), trials)


def _metrics(result: TuningResult) -> dict[str, Any]:
    metrics = {
        "log_loss": result.best.value,
        "log_loss_usual": result.default_log_loss,
        "tries": len(result.trials),
    }
    return {name: value for name, value in metrics.items() if value is not None}
