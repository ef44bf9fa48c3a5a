"""The report of a hyperparameter search: a table of the best trials on screen."""

from optuna.trial import TrialState
from rich.console import Console

from credit_scoring.laboratory.tuning.optuna_study import SEARCH_SPACE
from credit_scoring.laboratory.tuning.tune_hyperparameters import TuningResult
from credit_scoring.report_table import ReportTable

SHOWN_TRIALS = 5


def print_tuning(result: TuningResult, console: Console) -> None:
    """Print the best trials, and the log-loss of the estimator's own parameters."""
    complete = [trial for trial in result.trials if trial.state == TrialState.COMPLETE]
    ranked = sorted(complete, key=lambda trial: trial.value or 0.0)
    table = ReportTable(f"The best of {len(result.trials)} trials")
    for name in ("trial", "log-loss", *SEARCH_SPACE):
        table.add_column(name, justify="right")
    for trial in ranked[:SHOWN_TRIALS]:
        values = [_short(trial.params[name]) for name in SEARCH_SPACE]
        table.add_row(str(trial.number), f"{trial.value:.5f}", *values)
    console.print(table)
    console.print(f"{len(result.trials) - len(complete)} of the trials were stopped early.")
    if result.default_log_loss is not None:
        console.print(f"The estimator's own parameters have {result.default_log_loss:.5f}.")


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
