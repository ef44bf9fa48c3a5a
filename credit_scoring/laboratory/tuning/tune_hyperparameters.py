"""The command `tune`, whole: folds of the training rows, the search, the best parameters in a file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from credit_scoring.laboratory.experiment import Study
from credit_scoring.laboratory.result_cache import Kept, key_of
from credit_scoring.laboratory.tuning.objective import (
    BINNED,
    MOST_ROUNDS,
    Fold,
    log_losses,
    prepare,
)
from credit_scoring.laboratory.tuning.optuna_study import SPACE, finished, open_study, search
from credit_scoring.progress import Progress
from credit_scoring.training.cross_validation import FOLDS
from credit_scoring.training.hyperparameter_file import Hyperparameters, write_parameters
from custom_threshold_model import DEFAULT_PARAMS

KEPT = "kept"


@dataclass(frozen=True)
class Budget:
    """When to stop: at so many finished tries of the study in all, or after so many seconds of this run."""

    trials: int
    seconds: float | None = None


@dataclass(frozen=True)
class Tuned:
    """What a search found: the best try, what the estimator's own parameters got (None: not tried yet), the file."""

    best: FrozenTrial
    usual: float | None
    tries: list[FrozenTrial]


def study_name(study: Study) -> str:
    """One study per problem: other data, seed, features or search space never mix."""
    return f"log-loss-{key_of(problem=study.fingerprint, space=sorted(SPACE), folds=FOLDS, binned=BINNED)}"


def tune(
    study: Study,
    storage: Path,
    out: Path,
    budget: Budget,
    made_by: str,
    progress: Progress,
    features: str = "",
) -> Tuned:
    """Search, and write the best parameters to `out` whenever there are better ones: a kill loses no finished try.

    `features` names the list that was given, for the file's provenance.
    """
    with progress.step("Selecting features in each fold") as report:
        kept = Kept(storage.parent / KEPT / study_name(study))
        folds = prepare(study.problem, kept, report)
    facts = {
        "made_by": made_by,
        "study": f"{storage} {study_name(study)}",
        **_origin(study, features),
    }
    with open_study(storage, study_name(study), study.problem.seed) as tries:

        def after() -> None:
            if any(one.state == TrialState.COMPLETE for one in finished(tries)):
                write_parameters(
                    out, Hyperparameters(tries.best_params, {**_result(found_in(tries)), **facts})
                )

        with progress.step(f"Trying parameters, up to {budget.trials} sets") as report:

            def told(folds_done: int) -> None:
                report(len(finished(tries)) * FOLDS + folds_done, budget.trials * FOLDS)

            judge = _Judge(folds, study.problem.seed, told)
            search(tries, judge, trials=budget.trials, seconds=budget.seconds, after=after)
        after()
        return found_in(tries)


@dataclass(frozen=True)
class _Judge:
    """Judges a try fold by fold, and gives it up when it is worse than most were there."""

    folds: list[Fold]
    seed: int
    told: Callable[[int], None]

    def __call__(self, params: Mapping[str, Any], trial: Trial) -> float:
        loss = float("inf")
        for step, loss in enumerate(log_losses(self.folds, params, self.seed), 1):
            self.told(step)
            trial.report(loss, step)
            if step < len(self.folds) and trial.should_prune():
                raise optuna.TrialPruned
        return loss


def found_in(tries: optuna.Study) -> Tuned:
    """The best of the finished tries, of all runs that share the study."""
    ended = finished(tries)
    usual = {name: DEFAULT_PARAMS[name] for name in SPACE}
    whole = [one for one in ended if one.state == TrialState.COMPLETE and one.params == usual]
    return Tuned(tries.best_trial, whole[0].value if whole else None, ended)


def _result(tuned: Tuned) -> dict[str, Any]:
    told = {"log_loss": tuned.best.value, "log_loss_usual": tuned.usual, "tries": len(tuned.tries)}
    return {name: value for name, value in told.items() if value is not None}


def _origin(study: Study, features: str) -> dict[str, Any]:
    """Where the score comes from, for whoever trains with it."""
    names = ("fingerprint", "source", "applicants", "defaults", "seed", "allowed_attributes")
    told = {name: study.facts[name] for name in names}
    return {
        **told,
        "folds": FOLDS,
        "most_rounds": MOST_ROUNDS,
        "features": features or "selected in each fold",
    }
