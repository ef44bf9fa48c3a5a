"""The plot of a comparison."""

from credit_scoring.laboratory.comparison.comparison_plot import plot_comparison
from credit_scoring.laboratory.paired_bootstrap import format_interval


def dots(axes):
    return [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]


def test_dummy_does_not_squeeze_the_models(comparison_rows, drawn_figures):
    models = [row for row in comparison_rows if row.candidate.model != "dummy"]
    (dummy,) = (row for row in comparison_rows if row.candidate.model == "dummy")
    plot_comparison(comparison_rows)
    cost_axes, difference_axes = drawn_figures[0].axes
    highest = max(row.figures["cost_per_applicant"]["high"] for row in models)
    assert dots(cost_axes) == [row.figures["cost_per_applicant"]["value"] for row in models]
    assert cost_axes.get_xlim()[1] < 1.1 * highest
    assert format_interval(dummy.figures["cost_per_applicant"]) in cost_axes.get_xlabel()
    assert format_interval(dummy.over_served) in difference_axes.get_xlabel()


def test_single_candidate_is_drawn_even_if_it_is_the_dummy(comparison_rows, drawn_figures):
    for row in comparison_rows:
        plot_comparison([row])
    assert [len(dots(figure.axes[0])) for figure in drawn_figures] == [1] * len(comparison_rows)
