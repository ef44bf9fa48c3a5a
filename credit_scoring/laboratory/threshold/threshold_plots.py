"""The plots of the threshold study: cost by threshold, and profit by threshold."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from credit_scoring.laboratory.threshold.threshold_results import ThresholdResults
from credit_scoring.training import figures
from credit_scoring.training.metrics import Floats

SMALLEST = 1e-3  # the left end of the logarithmic axis of thresholds
RATIO_DISTANCE = 1.3  # thresholds of cost ratios that differ less, as a factor, share a label


def plot_cost(results: ThresholdResults) -> bytes:
    """PNG: cost per applicant by threshold, with the optima of this and of other cost ratios."""
    curve = results.cost_curve
    theoretical = results.optimum["theoretical"]
    with figures.figure_style():
        figure, axes = plt.subplots()
        axes.plot(curve["threshold"], curve["cost_per_applicant"], color=figures.BLUE)
        _mark_threshold(axes, results.optimum, "threshold")
        axes.axvline(theoretical, color=figures.INK, ls=":", label=f"theoretical {theoretical:.4f}")
        _label_axes(axes, curve["threshold"], "cost per applicant")
        _mark_cost_ratios(axes, results.cost_ratios)
        figures.add_legend(figure)
        return figures.to_png(figure)


def _mark_cost_ratios(axes: Axes, cost_ratios: Sequence[Mapping[str, float]]) -> None:
    """Mark the optimal threshold of each cost ratio on an axis above the plot."""
    groups: list[list[tuple[float, str]]] = []
    for ratio in sorted(cost_ratios, key=lambda ratio: ratio["value"]):
        mark = (max(ratio["value"], SMALLEST), f"{ratio['ratio']:g}:1")
        if groups and mark[0] < RATIO_DISTANCE * groups[-1][-1][0]:
            groups[-1].append(mark)
        else:
            groups.append([mark])
    values = [value for group in groups for value, _ in group]
    at_top: Any = {"transform": axes.get_xaxis_transform(), "clip_on": False}
    axes.plot(values, [1.0] * len(values), "|", color=figures.ORANGE, ms=9, **at_top)
    centres = [(group[0][0] * group[-1][0]) ** 0.5 for group in groups]
    top = axes.secondary_xaxis("top")
    top.set_ticks(centres, [", ".join(label for _, label in group) for group in groups])
    top.minorticks_off()
    top.tick_params(length=0, labelcolor=figures.ORANGE, pad=6)
    top.spines["top"].set_visible(False)
    top.set_xlabel("best threshold by cost ratio (a default : a good applicant refused)")
    top.xaxis.label.set_color(figures.ORANGE)


def plot_profit(results: ThresholdResults) -> bytes:
    """PNG: realised and expected profit per applicant by threshold."""
    curve = results.profit_curve
    per_loan = results.per_loan
    if curve is None or per_loan is None:
        raise ValueError("a profit needs the exposure")
    with figures.figure_style():
        figure, axes = plt.subplots()
        axes.plot(curve["threshold"], curve["profit"], color=figures.BLUE, label="realised")
        axes.plot(
            curve["threshold"], curve["expected_profit"], color=figures.ORANGE, label="expected"
        )
        _mark_threshold(axes, per_loan["best_threshold"], "most profit from")
        loan_by_loan = per_loan["loan_by_loan"]["profit"]
        axes.axhline(loan_by_loan, color=figures.GREY, ls="--", label="each loan by its own costs")
        _label_axes(axes, curve["threshold"], "profit per applicant")
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.set_title(f"Profit of refusing from a threshold (LGD {per_loan['lgd']:g})")
        figures.add_legend(figure)
        return figures.to_png(figure)


def _label_axes(axes: Axes, thresholds: Floats, label: str) -> None:
    figures.set_probability_axis(axes)
    axes.set_ylabel(label)
    axes.set_xlim(max(float(thresholds[0]) / 2, SMALLEST), 1.0)


def _mark_threshold(axes: Axes, threshold: dict[str, float], label: str) -> None:
    low = max(threshold["low"], SMALLEST)
    value = max(threshold["value"], SMALLEST)
    axes.axvline(value, color=figures.INK, label=f"{label} {threshold['value']:.4f}")
    axes.axvspan(low, threshold["high"], color=figures.GREY, alpha=0.2, label="its 95 % interval")
