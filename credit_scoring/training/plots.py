"""The pictures of an evaluation: cost curve, ROC and precision-recall, calibration, importance."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from credit_scoring.training.calibration_metrics import calibration_curve
from credit_scoring.training.metrics import RankedOutcomes
from credit_scoring.training.threshold_curves import metrics_by_threshold

plt.switch_backend("Agg")  # files, never windows
INK, BLUE, ORANGE, GREY = "#1b2733", "#1f6feb", "#d9730d", "#9aa7b4"
MOST_BARS = 20
STYLE: Any = {
    "figure.figsize": (6.4, 4.0), "figure.dpi": 110, "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.alpha": 0.25, "font.size": 9, "text.color": INK, "axes.labelcolor": INK,
    "legend.frameon": False,
}  # fmt: skip


def draw_plots(
    outcomes: dict[str, RankedOutcomes], threshold: dict[str, float], importance: dict[str, float]
) -> dict[str, bytes]:
    """PNG files by name. `outcomes` by what they were measured on, `importance` the share of gain by feature."""
    with plt.rc_context(STYLE):
        return {
            "cost_curve.png": to_png(_cost_curve(outcomes, threshold)),
            "roc_pr.png": to_png(_roc_pr(outcomes)),
            "calibration.png": to_png(_calibration(outcomes)),
            "importance.png": to_png(_importance(importance)),
        }


def to_png(figure: Figure) -> bytes:
    """The figure as a PNG file; it is closed."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight", metadata={"Software": None})
    plt.close(figure)
    return buffer.getvalue()


def _cost_curve(outcomes: dict[str, RankedOutcomes], threshold: dict[str, float]) -> Figure:
    figure, axes = plt.subplots()
    for (name, one), colour in zip(outcomes.items(), (BLUE, ORANGE), strict=False):
        found = metrics_by_threshold(one)
        axes.plot(found["threshold"], found["cost_per_applicant"], color=colour, label=name)
    axes.axvspan(
        threshold["low"],
        threshold["high"],
        color=GREY,
        alpha=0.2,
        label="95 % interval of the threshold",
    )
    axes.axvline(threshold["value"], color=INK, label=f"threshold {threshold['value']:.4f}")
    axes.axvline(
        threshold["theoretical"],
        color=INK,
        ls=":",
        label=f"in theory {threshold['theoretical']:.4f}",
    )
    axes.set(
        xscale="log", xlabel="threshold on the probability of default", ylabel="cost per applicant"
    )
    axes.set_title("Refusing from this probability on costs so much per applicant")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.legend(loc="upper center", frameon=True, framealpha=0.85, edgecolor="none")
    return figure


def _roc_pr(outcomes: dict[str, RankedOutcomes]) -> Figure:
    figure, (roc, pr) = plt.subplots(1, 2, figsize=(9, 4))
    for (name, one), colour in zip(outcomes.items(), (BLUE, ORANGE), strict=False):
        found = metrics_by_threshold(one)
        roc.plot(found["false_positive_rate"], found["recall"], color=colour, label=name)
        pr.plot(found["recall"], found["precision"], color=colour, label=name)
        pr.axhline(one.default.mean(), color=colour, ls=":", lw=0.8)
    roc.plot([0, 1], [0, 1], color=GREY, ls=":")
    roc.set(title="ROC", xlabel="good applicants refused", ylabel="defaulters refused")
    pr.set(
        title="Precision and recall",
        xlabel="defaulters refused (recall)",
        ylabel="defaulters among the refused",
    )
    roc.legend()
    return figure


def _calibration(outcomes: dict[str, RankedOutcomes]) -> Figure:
    figure, axes = plt.subplots()
    for (name, one), colour in zip(outcomes.items(), (BLUE, ORANGE), strict=False):
        _reliability(axes, one, name, colour)
    top = max(axes.get_xlim()[1], axes.get_ylim()[1])
    axes.plot([0, top], [0, top], color=GREY, ls=":", label="perfect")
    axes.set(xlabel="predicted probability of default", ylabel="share that defaulted")
    axes.set_title("Calibration, in tenths of the applicants (bars: 95 % intervals)")
    axes.legend()
    return figure


def _reliability(axes: Axes, outcomes: RankedOutcomes, name: str, colour: str) -> None:
    bins = calibration_curve(outcomes)
    share = np.array([one["observed"] for one in bins])
    reach = np.abs([[one["low"] for one in bins], [one["high"] for one in bins]] - share)
    predicted = [one["predicted"] for one in bins]
    axes.errorbar(predicted, share, yerr=reach, fmt="o-", ms=4, capsize=2, color=colour, label=name)


def plot_confusion_matrix(figures: Mapping[str, Mapping[str, float]]) -> bytes:
    """The PNG of what was decided against what happened, from the figures of one part."""
    cells = (("true_negative", "false_positive"), ("false_negative", "true_positive"))
    counts = np.array([[figures[name]["value"] for name in row] for row in cells])
    with plt.rc_context({**STYLE, "axes.grid": False}):
        figure, axes = plt.subplots(figsize=(4.2, 3.6))
        axes.imshow(counts / counts.sum(axis=1, keepdims=True), cmap="Blues", vmin=0, vmax=1.6)
        for (row, column), count in np.ndenumerate(counts):
            share = count / counts[row].sum()
            axes.text(
                column, row, f"{count:,.0f}\n{share:.1%}", ha="center", va="center", color=INK
            )
        axes.set(
            xticks=[0, 1],
            xticklabels=["accepted", "refused"],
            yticks=[0, 1],
            yticklabels=["repaid", "defaulted"],
        )
        axes.set_title("Decisions against outcomes")
        return to_png(figure)


def _importance(importance: dict[str, float]) -> Figure:
    best = sorted(importance.items(), key=lambda item: item[1])[-MOST_BARS:]
    figure, axes = plt.subplots(figsize=(6.4, 5))
    axes.barh([name for name, _ in best], [100 * share for _, share in best], color=BLUE)
    axes.set(title="What the model draws on most", xlabel="share of the gain, %")
    axes.tick_params(axis="y", labelsize=7)
    return figure
