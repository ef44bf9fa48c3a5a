"""A search for parameters as a table for people."""

from optuna.trial import TrialState
from rich.console import Console
from rich.table import Table

from credit_scoring.laboratory.tuning.optuna_study import SPACE
from credit_scoring.laboratory.tuning.tune_hyperparameters import Tuned

SHOWN = 5


def show(tuned: Tuned, console: Console) -> None:
    """Print the best tries, and the best against what the estimator has anyway."""
    whole = sorted(
        (one for one in tuned.tries if one.state == TrialState.COMPLETE),
        key=lambda one: one.value or 0.0,
    )
    table = Table(title=f"The best of {len(tuned.tries)} tries", title_justify="left")
    for name in ("try", "log-loss", *SPACE):
        table.add_column(name, justify="right")
    for one in whole[:SHOWN]:
        table.add_row(
            str(one.number), f"{one.value:.5f}", *(_short(one.params[name]) for name in SPACE)
        )
    console.print(table)
    console.print(f"{len(tuned.tries) - len(whole)} of the tries were given up early.")
    if tuned.usual is not None:
        console.print(f"The estimator's own parameters have {tuned.usual:.5f}.")


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
