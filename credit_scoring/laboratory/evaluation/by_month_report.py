"""The metrics by month as a table, sentences, CSV and a plot."""

import csv
import io
from collections.abc import Iterator

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from rich.console import Console
from rich.table import Table

from credit_scoring.confidence_interval import Estimate
from credit_scoring.laboratory.evaluation.by_month import ByMonth
from credit_scoring.laboratory.evaluation.trend import is_beyond_chance, months_since_first
from credit_scoring.report_table import ReportTable
from credit_scoring.training import figures

LABELS = {
    "roc_auc": "AUC",
    "gini": "Gini",
    "calibration_slope": "calibration slope",
    "calibration_intercept": "calibration intercept",
    "calibration_in_the_large": "calibration in the large",
    "cost_per_applicant": "cost per applicant",
    "default_rate": "default rate",
    "score_psi": "PSI of the score",
}
PLOTTED = (
    "roc_auc", "cost_per_applicant", "default_rate", "calibration_slope",
    "calibration_in_the_large", "score_psi",
)  # fmt: skip
MAX_TICKS = 6


def print_by_month(result: ByMonth, label: str, console: Console) -> None:
    """Print a line per month, the slopes, and what the slopes say."""
    console.print(month_table(result, label))
    for sentence in by_month_in_words(result):
        console.print(sentence, markup=False)


def month_table(result: ByMonth, label: str) -> Table:
    """A line per month and one for the change per month, each figure with its interval."""
    table = ReportTable(f"By month, with 95 % intervals: {label}", "month")
    for heading in ("applicants", "defaults", *LABELS.values()):
        table.add_column(heading, justify="right")
    for month in result.months:
        cells = [_cell(month.metrics.get(name), 3) for name in LABELS]
        table.add_row(month.month, f"{month.applicants:,}", f"{month.defaults:,}", *cells)
    slopes = [_cell(result.slopes.get(name), 4, sign="+") for name in LABELS]
    table.add_row("change per month", "", "", *slopes, style="bold")
    return table


def _cell(figure: Estimate | None, digits: int, sign: str = "") -> str:
    if figure is None:
        return ""
    value, low, high = (
        f"{number:{sign}.{digits}f}" for number in (figure.value, figure.low, figure.high)
    )
    return f"{value} ({low} to {high})"


def by_month_in_words(result: ByMonth) -> list[str]:
    """Which figures change over the months, and by how much."""
    changes = {name: slope for name, slope in result.slopes.items() if is_beyond_chance(slope)}
    steady = [LABELS[name] for name in LABELS if name in result.slopes and name not in changes]
    sentences = [_change_in_words(name, slope) for name, slope in changes.items()]
    if steady:
        count = len(result.months)
        sentences.append(f"No change beyond chance over {count} months: {', '.join(steady)}.")
    if result.left_out:
        sentences.append(
            f"Left out, with too few defaults or repaid loans: {', '.join(result.left_out)}."
        )
    return [*sentences, f"The predictions are {result.source}."]


def _change_in_words(name: str, slope: Estimate) -> str:
    direction = "falls" if slope.value < 0 else "rises"
    return (
        f"{LABELS[name][0].upper()}{LABELS[name][1:]} {direction} by "
        f"{abs(slope.value):.4f} a month (95 % interval of the change: {slope.low:+.4f} to "
        f"{slope.high:+.4f}): more than chance."
    )


def by_month_csv(result: ByMonth) -> str:
    """A line per month, with `_low` and `_high` of each metric; the last line has the slopes."""
    text = io.StringIO()
    headings = [f"{name}{end}" for name in LABELS for end in ("", "_low", "_high")]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["month", "applicants", "defaults", *headings])
    for month in result.months:
        writer.writerow([month.month, month.applicants, month.defaults, *_values(month.metrics)])
    writer.writerow(["slope_per_month", "", "", *_values(result.slopes)])
    return text.getvalue()


def _values(metrics: dict[str, Estimate]) -> Iterator[float | str]:
    for name in LABELS:
        figure = metrics.get(name)
        yield from ("", "", "") if figure is None else (figure.value, figure.low, figure.high)


def plot_by_month(result: ByMonth) -> bytes:
    """Return a PNG: each figure by month with its interval, and the line through the months."""
    with figures.figure_style():
        figure, panels = plt.subplots(2, 3, figsize=(11, 6))
        for axes, name in zip(panels.flat, PLOTTED, strict=True):
            _plot_metric(axes, result, name)
        figures.add_legend(figure)
        return figures.to_png(figure)


def _plot_metric(axes: Axes, result: ByMonth, name: str) -> None:
    months = [month for month in result.months if name in month.metrics]
    names = [month.month for month in result.months]
    since_first = dict(zip(names, months_since_first(names), strict=True))
    x = np.array([since_first[month.month] for month in months])
    low, value, high = (
        np.array([getattr(month.metrics[name], key) for month in months])
        for key in ("low", "value", "high")
    )
    errors = np.maximum([value - low, high - value], 0)
    axes.errorbar(
        x, value, errors, fmt="o", ms=3, lw=1, color=figures.BLUE, label="month, 95 % interval"
    )
    if name in result.slopes:
        weight = np.array([month.applicants for month in months], np.float64)
        centre, level = np.average(x, weights=weight), np.average(value, weights=weight)
        line = level + result.slopes[name].value * (x - centre)
        axes.plot(x, line, color=figures.ORANGE, label="line through the months")
    axes.set(title=LABELS[name])
    step = -(-len(names) // MAX_TICKS)
    axes.set_xticks([since_first[month] for month in names[::step]], names[::step], rotation=30)
