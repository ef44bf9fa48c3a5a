"""SHAP plots: beeswarm, bar and dependence over many applicants, waterfall of one."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import shap
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from credit_scoring.laboratory.explanation.applicant_report import format_value
from credit_scoring.laboratory.explanation.contributions import Contributions
from credit_scoring.scoring.explanation import Explanation
from credit_scoring.training import figures
from credit_scoring.training.metrics import Floats

MAX_FEATURES = 20  # in beeswarm and bar plot
WATERFALL_FEATURES = 15
DEPENDENCE_FEATURES = 6  # one panel each
DEPENDENCE_QUANTILE = 0.99  # the axis ends a little after this value
MAX_VALUE_TICKS = 5  # a feature with at most as many values has a tick at each
MIN_VALUE_GAP = 0.15  # between these ticks, as a share of the range: room for their labels
MAX_LEVELS = 12  # of a categorical feature, most frequent first
LEVEL_WIDTH = 22  # characters of a level per line
LABEL_SIZE = 9


def draw_shap_plots(contributions: Contributions) -> dict[str, bytes]:
    """PNG files by name: contributions per applicant, their mean size, dependence on value."""
    return {
        "shap_beeswarm.png": _to_png(lambda: _draw_beeswarm(contributions)),
        "shap_bar.png": _to_png(lambda: _draw_bar(contributions)),
        "shap_dependence.png": _to_png(lambda: _draw_dependence(contributions)),
    }


def _to_png(draw: Callable[[], object]) -> bytes:
    """The current figure after `draw`."""
    with figures.figure_style(grid=False), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # shap uses deprecated parts of NumPy and Matplotlib
        plt.figure()
        draw()
        return figures.to_png(plt.gcf())


def _draw_beeswarm(contributions: Contributions) -> None:
    shap.plots.beeswarm(
        contributions.as_shap(numbers_only=True),
        max_display=MAX_FEATURES,
        group_remaining_features=False,
        color_bar_label="value of the feature",
        s=8,
        plot_size=(9, 8),
        show=False,
    )
    axes, colour_bar = plt.gcf().axes
    _wrap_tick_labels(axes)
    axes.set_xlabel("contribution to the log-odds of default", fontsize=LABEL_SIZE)
    axes.tick_params(axis="x", labelsize=LABEL_SIZE)
    colour_bar.set_yticks([0, 1], ["low", "high"], fontsize=LABEL_SIZE)
    label = "value of the feature (grey: a category, or no value)"
    colour_bar.set_ylabel(label, fontsize=LABEL_SIZE)


def _wrap_tick_labels(axes: Axes) -> None:
    names = [figures.wrap_name(label.get_text()) for label in axes.get_yticklabels()]
    axes.set_yticks(axes.get_yticks(), names, fontsize=LABEL_SIZE)


def _draw_bar(contributions: Contributions) -> None:
    largest = list(contributions.mean_absolute.items())[:MAX_FEATURES][::-1]
    plt.gcf().set_size_inches(7, 6)
    plt.barh(
        [figures.wrap_name(name) for name, _ in largest],
        [size for _, size in largest],
        color=figures.BLUE,
    )
    plt.margins(y=0.01)
    plt.xlabel("mean absolute contribution to the log-odds of default")


def _draw_dependence(contributions: Contributions) -> None:
    """Contribution by value, for the features with the largest mean contribution."""
    figure = plt.gcf()
    figure.set_size_inches(11, 7)
    for panel, name in enumerate(list(contributions.mean_absolute)[:DEPENDENCE_FEATURES], 1):
        column = contributions.names.index(name)
        values, effects = contributions.matrix[:, column], contributions.values[:, column]
        levels: Sequence[str] = contributions.levels.get(name, ())
        if levels:
            values, effects, levels = _frequent_levels(values, effects, levels)
        axes = figure.add_subplot(2, 3, panel)
        _scatter(axes, values, effects)
        if np.isfinite(values).any():
            _label_values(axes, values[np.isfinite(values)], levels)
        axes.set_title(figures.wrap_name(name))
    figure.supylabel("contribution to the log-odds of default", fontsize=LABEL_SIZE)
    label = "value of the feature (marks at the left edge: applicants without a value)"
    figure.supxlabel(label, fontsize=LABEL_SIZE)


def _frequent_levels(
    values: Floats, effects: Floats, levels: Sequence[str]
) -> tuple[Floats, Floats, Sequence[str]]:
    """Only rows of the most frequent levels and without a level; the levels numbered from 0."""
    codes, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    frequent = np.sort(codes[np.argsort(-counts, kind="stable")[:MAX_LEVELS]])
    rows = np.isin(values, frequent) | np.isnan(values)
    numbers = np.where(np.isnan(values), np.nan, np.searchsorted(frequent, values))
    return numbers[rows], effects[rows], [levels[int(code)] for code in frequent]


def _scatter(axes: Axes, values: Floats, effects: Floats) -> None:
    points = shap.Explanation(effects, 0.0, values, feature_names="")
    style: Any = {"color": figures.BLUE, "alpha": 0.5, "dot_size": 7, "hist": False}
    shap.plots.scatter(points, ax=axes, show=False, **style)
    axes.axhline(0, color=figures.GREY, lw=0.8)
    axes.set(xlabel="", ylabel="")
    axes.tick_params(labelsize=8)


def _label_values(axes: Axes, values: Floats, levels: Sequence[str]) -> None:
    """Label levels and few values one by one; end the axis of a number near its quantile."""
    distinct = np.unique(values)
    if levels:
        names = [figures.wrap_name(level, LEVEL_WIDTH) for level in levels]
        axes.set_xticks(range(len(levels)), names, rotation=90, fontsize=7)
    elif len(distinct) <= MAX_VALUE_TICKS and _smallest_gap(distinct) >= MIN_VALUE_GAP:
        axes.set_xticks(distinct, [f"{value:.4g}" for value in distinct])
    elif limit := _dependence_limit(values):
        axes.set_xlim(right=limit)


def _smallest_gap(distinct: Floats) -> float:
    """The smallest difference between sorted values, as a share of their range."""
    gaps = np.diff(distinct) / (distinct[-1] - distinct[0])
    return min(gaps.tolist(), default=1.0)


def _dependence_limit(known: Floats) -> float | None:
    """The end of the axis, beyond the quantile by a margin; None if few values are smaller."""
    lowest, quantile = np.quantile(known, [0, DEPENDENCE_QUANTILE]).tolist()
    return quantile + (quantile - lowest) / 20 if quantile > lowest else None


def plot_waterfall(explanation: Explanation) -> bytes:
    """PNG: how the contributions add up to one applicant's log-odds."""
    names = [figures.wrap_name(feature.name) for feature in explanation.features]
    values = [format_value(explanation.value(i)) for i in range(len(names))]
    shap_values = shap.Explanation(
        explanation.contributions,
        explanation.base_value,
        explanation.row,
        display_data=np.array(values, dtype=object),
        feature_names=names,
    )
    return _to_png(lambda: _draw_waterfall(shap_values, explanation))


def _draw_waterfall(shap_values: Any, explanation: Explanation) -> None:
    plt.gcf().set_layout_engine("none")  # shap measures the axes before a layout would change them
    shap.plots.waterfall(shap_values, max_display=WATERFALL_FEATURES, show=False)
    main, *formula_axes = plt.gcf().axes
    for axes in formula_axes:  # E[f(X)] and f(x), which the title explains
        axes.set_xticks([])
    base, log_odds = (
        f"{value:.2f}".replace("-", "−")  # as on the axis
        for value in (explanation.base_value, explanation.log_odds)
    )
    main.set_title(f"From the average applicant, {base}, to this one, {log_odds}", fontsize=12)
    main.set_xlabel("log-odds of default", fontsize=11)
    main.tick_params(labelsize=11)
