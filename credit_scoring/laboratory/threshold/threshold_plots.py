"""The plots of the threshold study: cost by threshold, and profit by threshold."""

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from credit_scoring.laboratory.threshold.threshold_results import ThresholdResults
from credit_scoring.training.metrics import Floats
from credit_scoring.training.plots import BLUE, GREY, INK, ORANGE, STYLE, to_png

SMALLEST = 1e-3  # the left end of the logarithmic axis of thresholds


def plot_cost(results: ThresholdResults) -> bytes:
    """PNG: cost per applicant by threshold, with the optima of this and of other cost ratios."""
    curve = results.cost_curve
    theoretical = results.optimum["theoretical"]
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots()
        axes.plot(curve["threshold"], curve["cost_per_applicant"], color=BLUE)
        _mark_threshold(axes, results.optimum, "threshold")
        axes.axvline(theoretical, color=INK, ls=":", label=f"theoretical {theoretical:.4f}")
        _mark_cost_ratios(axes, results.cost_ratios)
        _label_axes(axes, curve["threshold"], "cost per applicant")
        axes.margins(y=0.12)  # room for the ratios below the curve
        axes.set_title("Cost of refusing from a threshold (orange: optima of other cost ratios)")
        axes.legend()
        return to_png(figure)


def _mark_cost_ratios(axes: Axes, cost_ratios: list[dict[str, float]]) -> None:
    """Write each ratio at its threshold, on two alternating lines so that neighbours fit."""
    for number, ratio in enumerate(cost_ratios):
        axes.annotate(
            f"{ratio['ratio']:g}:1",
            (max(ratio["value"], SMALLEST), 0),
            (0, 2 + 9 * (number % 2)),
            color=ORANGE,
            fontsize=8,
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )


def plot_profit(results: ThresholdResults) -> bytes:
    """PNG: realised and expected profit per applicant by threshold."""
    curve = results.profit_curve
    per_loan = results.per_loan
    if curve is None or per_loan is None:
        raise ValueError("a profit needs the exposure")
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots()
        axes.plot(curve["threshold"], curve["profit"], color=BLUE, label="realised")
        axes.plot(curve["threshold"], curve["expected_profit"], color=ORANGE, label="expected")
        _mark_threshold(axes, per_loan["best_threshold"], "most profit from")
        loan_by_loan = per_loan["loan_by_loan"]["profit"]
        axes.axhline(loan_by_loan, color=GREY, ls="--", label="each loan by its own costs")
        _label_axes(axes, curve["threshold"], "profit per applicant")
        axes.set_title(f"Profit of refusing from a threshold (LGD {per_loan['lgd']:g})")
        axes.legend(loc="lower right")
        return to_png(figure)


def _label_axes(axes: Axes, thresholds: Floats, label: str) -> None:
    axes.set(xscale="log", xlabel="threshold on the probability of default", ylabel=label)
    axes.set_xlim(max(float(thresholds[0]) / 2, SMALLEST), 1.0)


def _mark_threshold(axes: Axes, threshold: dict[str, float], label: str) -> None:
    low = max(threshold["low"], SMALLEST)
    value = max(threshold["value"], SMALLEST)
    axes.axvspan(low, threshold["high"], color=GREY, alpha=0.2, label="its 95 % interval")
    axes.axvline(value, color=INK, label=f"{label} {threshold['value']:.4f}")
