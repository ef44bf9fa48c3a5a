"""The metrics of a training run as a table on screen."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from credit_scoring.report_table import ReportTable
from credit_scoring.training.metrics import Intervals
from credit_scoring.training.train import TrainingResult

METRIC_LABELS = {
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
CALIBRATION_LABELS = {
    "calibration_slope": "Calibration slope (best 1)",
    "calibration_intercept": "  intercept (best 0)",
}
RULES = {
    "expected_cost": "the theoretical threshold of calibrated probabilities",
    "empirical": "the cheapest cut out of fold",
}
COUNT_LABELS = {
    "true_positive": "defaulters refused",
    "false_negative": "defaulters accepted",
    "false_positive": "good refused",
    "true_negative": "good accepted",
}


def print_training_report(result: TrainingResult, console: Console) -> None:
    """Print the metrics with their 95 % intervals, the threshold, and the notes."""
    console.print(metrics_table(result.metrics))
    threshold = result.threshold
    console.print(
        f"Threshold: refuse from a probability of default of {threshold['value']:.4f} "
        f"({RULES[threshold['rule']]}). The cheapest cut out of fold is "
        f"{threshold['empirical']:.4f} ({threshold['low']:.4f} to {threshold['high']:.4f}): it "
        f"costs {threshold['cost_at_empirical']:.4f} per applicant there, the theoretical one "
        f"{threshold['theoretical']:.4f} costs {threshold['cost_at_theoretical']:.4f}."
    )
    for note in result.notes:
        style = "bold red" if note.startswith("Warning") else "yellow"
        console.print(note, style=style, markup=False)


def metrics_table(metrics: Mapping[str, Intervals]) -> Table:
    """Return a table with one column per set of predictions; missing metrics are left empty."""
    table = ReportTable("Model performance, with 95 % intervals", "")
    for name in metrics:
        table.add_column(name.replace("_", " "), justify="right")
    labels = {**METRIC_LABELS, **CALIBRATION_LABELS, **COUNT_LABELS}
    for name, label in labels.items():
        cells = [_cell(name, intervals.get(name)) for intervals in metrics.values()]
        if any(cells):
            table.add_row(label, *cells)
    return table


def _cell(name: str, interval: Mapping[str, float] | None) -> str:
    if interval is None:
        return ""
    digits = 0 if name in COUNT_LABELS else 4
    value, low, high = (f"{interval[key]:,.{digits}f}" for key in ("value", "low", "high"))
    separator = " to " if interval["low"] < 0 else "–"
    return f"{value} ({low}{separator}{high})"
