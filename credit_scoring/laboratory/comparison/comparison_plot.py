"""The plot of a comparison: every model's cost, and its difference from the served model."""

from collections.abc import Mapping, Sequence

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from credit_scoring.laboratory.comparison.candidates import DUMMY, MODELS, SERVED, Candidate
from credit_scoring.laboratory.comparison.compare_models import COST, ComparisonRow
from credit_scoring.laboratory.paired_bootstrap import format_interval
from credit_scoring.training import figures

NO_DIFFERENCE = dict.fromkeys(("value", "low", "high"), 0.0)
IntervalsByCandidate = Mapping[Candidate, Mapping[str, float]]


def plot_comparison(rows: Sequence[ComparisonRow]) -> bytes:
    """Return a PNG of all costs, and of the differences from the served model or the best.

    The dummy costs far more than every model and would squeeze them: its interval is written below
    the axes, which show the models.
    """
    has_served = any(row.candidate.name == SERVED for row in rows)
    costs = {row.candidate: row.figures[COST] for row in rows}
    differences = {
        row.candidate: (row.over_served if has_served else row.over_best) or NO_DIFFERENCE
        for row in rows
    }
    with figures.figure_style():
        size = (9.5, 1.8 + 0.26 * len(rows))
        figure, (cost_axes, difference_axes) = plt.subplots(1, 2, figsize=size, sharey=True)
        _plot_intervals(cost_axes, costs)
        _plot_intervals(difference_axes, differences)
        cost_axes.set_title("cost per applicant")
        reference = "served model" if has_served else "best"
        difference_axes.set_title(f"difference from the {reference}")
        difference_axes.axvline(0, color=figures.INK, ls=":", zorder=0)
        figures.add_legend(figure)
        return figures.to_png(figure)


def _plot_intervals(axes: Axes, intervals: IntervalsByCandidate) -> None:
    models = [candidate for candidate in intervals if candidate.model != DUMMY] or [*intervals]
    for place, candidate in enumerate(models):
        interval = intervals[candidate]
        is_served = candidate.name == SERVED
        label, colour = (
            ("served model", figures.ORANGE) if is_served else ("other models", figures.BLUE)
        )
        axes.plot(interval["value"], place, "o", ms=5, color=colour, label=label)
        ends = (interval["low"], interval["high"])
        axes.plot(ends, (place, place), color=figures.GREY, zorder=1, label="95 % interval")
    axes.set_yticks(range(len(models)), [candidate.title for candidate in models])
    axes.set_ylim(len(models) - 0.5, -0.5)
    for candidate in intervals.keys() - models:
        title = MODELS[candidate.model].title
        axes.set_xlabel(f"off the scale: {title}\n{format_interval(intervals[candidate])}")
