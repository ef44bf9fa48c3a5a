"""The figures of a training run as a table for people."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from credit_scoring.training.train import Result

ROWS = {
    "roc_auc": "ROC AUC",
    "true_roc_auc": "  true probabilities",
    "gini": "Gini",
    "ks": "KS",
    "pr_auc": "PR AUC",
    "log_loss": "Log-loss",
    "true_log_loss": "  true probabilities",
    "true_calibration_slope": "  slope of true on predicted",
    "brier": "Brier score",
    "cost_per_applicant": "Cost per applicant",
    "true_cost_per_applicant": "  true probabilities",
    "cost_accept_all": "  accepting all",
    "cost_refuse_all": "  refusing all",
    "recall": "Recall",
    "precision": "Precision",
    "f1": "F1",
    "refused_share": "Share refused",
    "default_rate": "Default rate",
}
CALIBRATION = {
    "calibration_slope": "Calibration slope (best 1)",
    "calibration_intercept": "  intercept (best 0)",
}
CONFUSION = {
    "true_positive": "defaulters refused",
    "false_negative": "defaulters accepted",
    "false_positive": "good refused",
    "true_negative": "good accepted",
}


def show(result: Result, console: Console) -> None:
    """Print the figures, each with its 95 % interval, the threshold, and the notes."""
    console.print(metrics_table(result.metrics))
    threshold = result.threshold
    console.print(
        f"Threshold: refuse from a probability of default of {threshold['value']:.4f} on "
        f"({threshold['low']:.4f} to {threshold['high']:.4f}); in theory {threshold['theoretical']:.4f}."
    )
    for note in result.notes:
        console.print(
            note, style="bold red" if note.startswith("Warning") else "yellow", markup=False
        )


def metrics_table(metrics: Mapping[str, Mapping[str, dict[str, float]]]) -> Table:
    """A table of the figures, a column a part; a figure that a part has not is left empty there."""
    table = Table(title="What the model is worth, with 95 % intervals", title_justify="left")
    table.add_column("")
    for part in metrics:
        table.add_column(part.replace("_", " "), justify="right")
    for name, label in {**ROWS, **CALIBRATION, **CONFUSION}.items():
        if any(name in part for part in metrics.values()):
            table.add_row(
                label,
                *(_cell(name, part[name]) if name in part else "" for part in metrics.values()),
            )
    return table


def _cell(name: str, figure: dict[str, float]) -> str:
    digits = 0 if name in CONFUSION else 4
    value, low, high = (f"{figure[key]:,.{digits}f}" for key in ("value", "low", "high"))
    return f"{value} ({low}{' to ' if figure['low'] < 0 else '–'}{high})"
