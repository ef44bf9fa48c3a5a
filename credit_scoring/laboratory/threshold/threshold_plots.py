"""The pictures of a threshold: what each costs, and what each earns where the loans' amounts are known."""

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from credit_scoring.laboratory.threshold.optimise_threshold import Found
from credit_scoring.training.metrics import Floats
from credit_scoring.training.plots import BLUE, GREY, INK, ORANGE, STYLE, to_png

LEAST = 1e-3  # the axis of thresholds is logarithmic


def cost_picture(found: Found) -> bytes:
    """Cost per applicant by threshold, with the optimum, its interval, the theory, and other cost ratios' choices."""
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots()
        axes.plot(found.cost_curve["threshold"], found.cost_curve["cost_per_applicant"], color=BLUE)
        _mark(axes, found.optimum, "threshold")
        theory = found.optimum["theoretical"]
        axes.axvline(theory, color=INK, ls=":", label=f"in theory {theory:.4f}")
        for place, row in enumerate(found.ratios):  # in two lines, as neighbours may be close
            axes.annotate(f"{row['ratio']:g}:1", (max(row["value"], LEAST), 0), (0, 2 + 9 * (place % 2)),
                          color=ORANGE, fontsize=8, xycoords=("data", "axes fraction"), textcoords="offset points",
                          ha="center", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # fmt: skip
        axes.set(
            xscale="log",
            xlabel="threshold on the probability of default",
            ylabel="cost per applicant",
        )
        axes.margins(y=0.12)  # room for the ratios below the curve
        axes.set_xlim(_left(found.cost_curve["threshold"]), 1.0)
        axes.set_title(
            "Refusing from this probability on costs so much (orange: other cost ratios)"
        )
        axes.legend()
        return to_png(figure)


def profit_picture(found: Found) -> bytes:
    """Profit per applicant by threshold, as it was and as the probabilities let expect."""
    if found.profit_curve is None or found.loans is None:
        raise ValueError("a profit needs the exposure")
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots()
        axes.plot(
            found.profit_curve["threshold"],
            found.profit_curve["profit"],
            color=BLUE,
            label="as it was",
        )
        axes.plot(
            found.profit_curve["threshold"],
            found.profit_curve["expected_profit"],
            color=ORANGE,
            label="expected",
        )
        _mark(axes, found.loans["best_threshold"], "most profit from")
        axes.axhline(
            found.loans["loan_by_loan"]["profit"],
            color=GREY,
            ls="--",
            label="each loan by its own costs",
        )
        axes.set(
            xscale="log",
            xlabel="threshold on the probability of default",
            ylabel="profit per applicant",
        )
        axes.set_xlim(_left(found.profit_curve["threshold"]), 1.0)
        axes.set_title(
            f"Refusing from this probability on earns so much (LGD {found.loans['lgd']:g})"
        )
        axes.legend(loc="lower right")
        return to_png(figure)


def _left(thresholds: Floats) -> float:
    """Where the axis begins: a little before the least probability."""
    return max(float(thresholds[0]) / 2, LEAST)


def _mark(axes: Axes, threshold: dict[str, float], label: str) -> None:
    axes.axvspan(
        max(threshold["low"], LEAST),
        threshold["high"],
        color=GREY,
        alpha=0.2,
        label="its 95 % interval",
    )
    axes.axvline(
        max(threshold["value"], LEAST), color=INK, label=f"{label} {threshold['value']:.4f}"
    )
