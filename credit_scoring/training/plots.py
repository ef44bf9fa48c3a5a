"""The plots of a training run: cost curve, ROC and precision-recall, calibration, importance."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from credit_scoring.training import figures
from credit_scoring.training.calibration_metrics import calibration_curve
from credit_scoring.training.metrics import RankedOutcomes, ranking_metrics
from credit_scoring.training.threshold_curves import metrics_by_threshold

COLOURS = (figures.BLUE, figures.ORANGE)
INTERVAL_LABEL = "95 % interval of the cheapest cut"
MAX_BARS = 20
NamedOutcomes = Mapping[str, RankedOutcomes]  # by the label of the curve


def draw_plots(
    outcomes: NamedOutcomes, threshold: dict[str, Any], importance: dict[str, float]
) -> dict[str, bytes]:
    """Return PNG files by name; `importance` is each feature's share of the gain."""
    with figures.figure_style():
        return {
            "cost_curve.png": figures.to_png(_plot_cost_curve(outcomes, threshold)),
            "roc_pr.png": figures.to_png(_plot_roc_and_precision_recall(outcomes)),
            "calibration.png": figures.to_png(_plot_calibration(outcomes)),
            "importance.png": figures.to_png(_plot_importance(importance)),
        }


def _coloured(outcomes: NamedOutcomes) -> Iterable[tuple[str, RankedOutcomes, str]]:
    return zip(outcomes, outcomes.values(), COLOURS, strict=False)


def _plot_cost_curve(outcomes: NamedOutcomes, threshold: dict[str, Any]) -> Figure:
    figure, axes = plt.subplots()
    for name, ranked, colour in _coloured(outcomes):
        curves = metrics_by_threshold(ranked)
        axes.plot(curves["threshold"], curves["cost_per_applicant"], color=colour, label=name)
    axes.axvspan(
        threshold["low"], threshold["high"], color=figures.GREY, alpha=0.2, label=INTERVAL_LABEL
    )
    axes.axvline(threshold["value"], color=figures.INK, label=f"threshold {threshold['value']:.4f}")
    theoretical = threshold["theoretical"]
    axes.axvline(theoretical, color=figures.INK, ls=":", label=f"theoretical {theoretical:.4f}")
    figures.set_probability_axis(axes)
    axes.set(title="Cost per applicant by decision threshold", ylabel="cost per applicant")
    figures.add_legend(figure)
    return figure


def _plot_roc_and_precision_recall(outcomes: NamedOutcomes) -> Figure:
    figure, (roc, precision_recall) = plt.subplots(1, 2, figsize=(9, 4.6))
    for name, ranked, colour in _coloured(outcomes):
        curves = metrics_by_threshold(ranked)
        areas = ranking_metrics(ranked, np.ones(len(ranked.default)))
        label = f"{name}: AUC {areas['roc_auc']:.3f}, PR AUC {areas['pr_auc']:.3f}"
        roc.plot(curves["false_positive_rate"], curves["recall"], color=colour, label=label)
        precision_recall.plot(curves["recall"], curves["precision"], color=colour, label=label)
        precision_recall.axhline(ranked.default.mean(), color=colour, ls=":", lw=0.8)
    roc.plot([0, 1], [0, 1], color=figures.GREY, ls=":", label="without a model")
    roc.set(title="ROC", xlabel="good applicants refused", ylabel="defaulters refused (recall)")
    precision_recall.set(title="Precision and recall", xlabel="defaulters refused (recall)")
    precision_recall.set(ylabel="defaulters among the refused (precision)", ylim=(0, 1.03))
    figures.add_legend(figure)
    return figure


def _plot_calibration(outcomes: NamedOutcomes) -> Figure:
    figure, axes = plt.subplots()
    for name, ranked, colour in _coloured(outcomes):
        _add_calibration_curve(axes, ranked, name, colour)
    top = max(axes.get_xlim()[1], axes.get_ylim()[1])
    axes.plot([0, top], [0, top], color=figures.GREY, ls=":", label="perfect")
    axes.set(xlabel="predicted probability of default", ylabel="share that defaulted")
    axes.set_title("Calibration, in tenths of the applicants (bars: 95 % intervals)")
    figures.add_legend(figure)
    return figure


def _add_calibration_curve(axes: Axes, outcomes: RankedOutcomes, name: str, colour: str) -> None:
    bins = calibration_curve(outcomes)
    predicted, observed, low, high = (
        np.array([tenth[key] for tenth in bins]) for key in ("predicted", "observed", "low", "high")
    )
    error = np.abs([low - observed, high - observed])
    style: Any = {"fmt": "o-", "ms": 4, "capsize": 2, "color": colour}
    axes.errorbar(predicted, observed, yerr=error, label=name, **style)


def plot_confusion_matrix(metrics: Mapping[str, Mapping[str, float]]) -> bytes:
    """Return the PNG of decisions against outcomes, from the metrics of one set of predictions."""
    cells = (("true_negative", "false_positive"), ("false_negative", "true_positive"))
    counts = np.array([[metrics[name]["value"] for name in row] for row in cells])
    shares = counts / counts.sum(axis=1, keepdims=True)
    with figures.figure_style(grid=False):
        figure, axes = plt.subplots(figsize=(4.2, 3.6))
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.6)
        for (row, column), share in np.ndenumerate(shares):
            text = f"{counts[row, column]:,.0f}\n{share:.1%}"
            axes.text(column, row, text, ha="center", va="center", color=figures.INK)
        axes.set_xticks([0, 1], ["accepted", "refused"])
        axes.set_yticks([0, 1], ["repaid", "defaulted"])
        axes.set_title("Decisions against outcomes")
        return figures.to_png(figure)


def _plot_importance(importance: dict[str, float]) -> Figure:
    highest = sorted(importance.items(), key=lambda item: item[1])[-MAX_BARS:]
    figure, axes = plt.subplots(figsize=(7, 6))
    names = [figures.wrap_name(name) for name, _ in highest]
    axes.barh(range(len(names)), [100 * share for _, share in highest], color=figures.BLUE)
    axes.set_yticks(range(len(names)), names)
    axes.grid(visible=False, axis="y")
    axes.margins(y=0.01)
    axes.set(title="The features with the highest gain", xlabel="share of the gain, %")
    return figure
