"""The four pictures of an evaluation: cost curve, ROC and precision-recall, calibration, importance."""

import io
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from credit_scoring.training.metrics import Outcomes

plt.switch_backend("Agg")  # files, never windows
INK, BLUE, ORANGE, GREY = "#1b2733", "#1f6feb", "#d9730d", "#9aa7b4"
BINS = 10
MOST_BARS = 20
STYLE: Any = {
    "figure.figsize": (6.4, 4.0), "figure.dpi": 110, "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.alpha": 0.25, "font.size": 9, "text.color": INK, "axes.labelcolor": INK,
    "legend.frameon": False,
}  # fmt: skip


def draw(outcomes: dict[str, Outcomes], threshold: dict[str, float], importance: dict[str, float]) -> dict[str, bytes]:
    """PNG files by name. `outcomes` by what they were measured on, `importance` the share of gain by feature."""
    with plt.rc_context(STYLE):
        return {
            "cost_curve.png": _png(_cost_curve(outcomes, threshold)),
            "roc_pr.png": _png(_roc_pr(outcomes)),
            "calibration.png": _png(_calibration(outcomes)),
            "importance.png": _png(_importance(importance)),
        }


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight", metadata={"Software": None})
    plt.close(figure)
    return buffer.getvalue()


def _cost_curve(outcomes: dict[str, Outcomes], threshold: dict[str, float]) -> Figure:
    figure, axes = plt.subplots()
    for (name, one), colour in zip(outcomes.items(), (BLUE, ORANGE), strict=False):
        axes.plot(*_costs(one), color=colour, label=name)
    axes.axvspan(threshold["low"], threshold["high"], color=GREY, alpha=0.2, label="95 % interval of the threshold")
    axes.axvline(threshold["value"], color=INK, label=f"threshold {threshold['value']:.4f}")
    axes.axvline(threshold["theoretical"], color=INK, ls=":", label=f"in theory {threshold['theoretical']:.4f}")
    axes.set(xscale="log", xlabel="threshold on the probability of default", ylabel="cost per applicant")
    axes.set_title("Refusing from this probability on costs so much per applicant")
    axes.legend()
    return figure


def _costs(outcomes: Outcomes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Thresholds, and the cost per applicant of refusing from each on."""
    refused_bad = np.cumsum(outcomes.default)[outcomes.last]
    refused_good = outcomes.last + 1 - refused_bad
    missed = outcomes.default.sum() - refused_bad
    cost = outcomes.costs.false_negative * missed + outcomes.costs.false_positive * refused_good
    return outcomes.probability[outcomes.last], cost / len(outcomes.default)


def _roc_pr(outcomes: dict[str, Outcomes]) -> Figure:
    figure, (roc, pr) = plt.subplots(1, 2, figsize=(9, 4))
    for (name, one), colour in zip(outcomes.items(), (BLUE, ORANGE), strict=False):
        bad = np.cumsum(one.default)[one.last]
        good = one.last + 1 - bad
        roc.plot(good / good[-1], bad / bad[-1], color=colour, label=name)
        pr.plot(bad / bad[-1], bad / (bad + good), color=colour, label=name)
        pr.axhline(one.default.mean(), color=colour, ls=":", lw=0.8)
    roc.plot([0, 1], [0, 1], color=GREY, ls=":")
    roc.set(title="ROC", xlabel="good applicants refused", ylabel="defaulters refused")
    pr.set(title="Precision and recall", xlabel="defaulters refused (recall)", ylabel="defaulters among the refused")
    roc.legend()
    return figure


def _calibration(outcomes: dict[str, Outcomes]) -> Figure:
    figure, axes = plt.subplots()
    for (name, one), colour in zip(outcomes.items(), (BLUE, ORANGE), strict=False):
        _reliability(axes, one, name, colour)
    top = max(axes.get_xlim()[1], axes.get_ylim()[1])
    axes.plot([0, top], [0, top], color=GREY, ls=":", label="perfect")
    axes.set(xlabel="predicted probability of default", ylabel="share that defaulted")
    axes.set_title("Calibration, in tenths of the applicants (bars: two standard errors)")
    axes.legend()
    return figure


def _reliability(axes: Axes, outcomes: Outcomes, name: str, colour: str) -> None:
    parts = np.array_split(np.arange(len(outcomes.default)), BINS)
    predicted = [outcomes.probability[part].mean() for part in parts]
    share = np.array([outcomes.default[part].mean() for part in parts])
    error = [2 * np.sqrt(p * (1 - p) / len(part)) for p, part in zip(share, parts, strict=True)]
    axes.errorbar(predicted, share, yerr=error, fmt="o-", ms=4, capsize=2, color=colour, label=name)


def _importance(importance: dict[str, float]) -> Figure:
    best = sorted(importance.items(), key=lambda item: item[1])[-MOST_BARS:]
    figure, axes = plt.subplots(figsize=(6.4, 5))
    axes.barh([name for name, _ in best], [100 * share for _, share in best], color=BLUE)
    axes.set(title="What the model draws on most", xlabel="share of the gain, %")
    axes.tick_params(axis="y", labelsize=7)
    return figure
