"""SHAP plots: beeswarm, bar and dependence over many applicants, waterfall of one."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import shap
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from credit_scoring.laboratory.explanation.applicant_report import format_value
from credit_scoring.laboratory.explanation.contributions import Contributions
from credit_scoring.scoring.explanation import Explanation
from credit_scoring.training.metrics import Floats
from credit_scoring.training.plots import BLUE, STYLE, to_png

MAX_FEATURES = 20  # in beeswarm and bar plot
WATERFALL_FEATURES = 15
DEPENDENCE_FEATURES = 6  # one panel each
DEPENDENCE_QUANTILE = 0.99  # larger values are cut off


def draw_shap_plots(contributions: Contributions) -> dict[str, bytes]:
    """PNG files by name: contributions per applicant, their mean size, dependence on value."""
    return {
        "shap_beeswarm.png": _to_png(lambda: _draw_beeswarm(contributions)),
        "shap_bar.png": _to_png(lambda: _draw_bar(contributions)),
        "shap_dependence.png": _to_png(lambda: _draw_dependence(contributions)),
    }


def _to_png(draw: Callable[[], object]) -> bytes:
    """The current figure after `draw`."""
    with plt.rc_context({**STYLE, "axes.grid": False}), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # shap uses deprecated parts of NumPy and Matplotlib
        plt.figure()
        draw()
        return to_png(plt.gcf())


def _draw_beeswarm(contributions: Contributions) -> None:
    shap.plots.beeswarm(
        contributions.as_shap(numbers_only=True),
        max_display=MAX_FEATURES,
        group_remaining_features=False,
        color_bar_label="value of the feature",
        s=8,
        show=False,
    )
    label = "contribution to the log-odds of default (grey: a category, or a missing value)"
    plt.gca().set_xlabel(label, fontsize=11)


def _draw_bar(contributions: Contributions) -> None:
    largest = list(contributions.mean_absolute.items())[:MAX_FEATURES][::-1]
    plt.gcf().set_size_inches(9, 6)
    plt.barh([name for name, _ in largest], [size for _, size in largest], color=BLUE)
    plt.xlabel("mean absolute contribution to the log-odds of default")


def _draw_dependence(contributions: Contributions) -> None:
    """Contribution by value, for the features with the largest mean contribution."""
    figure = plt.gcf()
    figure.set_size_inches(11, 7)
    shap_values = contributions.as_shap()
    for panel, name in enumerate(list(contributions.mean_absolute)[:DEPENDENCE_FEATURES], 1):
        column = contributions.names.index(name)
        levels = contributions.levels.get(name)
        axes = figure.add_subplot(2, 3, panel)
        shap.plots.scatter(
            shap_values[:, column],
            color=BLUE,
            alpha=0.5,
            dot_size=7,
            ax=axes,
            hist=False,
            show=False,
            xmax=None if levels else _dependence_limit(contributions.matrix[:, column]),
        )
        _label_dependence(axes, name, levels)
    label = "value of the feature; bars at the left edge: applicants without a value"
    figure.supxlabel(label, fontsize=8)
    figure.tight_layout()


def _label_dependence(axes: Axes, name: str, levels: tuple[str, ...] | None) -> None:
    axes.axhline(0, color="grey", lw=0.7)
    axes.set_title(name, fontsize=8)
    axes.set_xlabel("")
    axes.set_ylabel("to the log-odds", fontsize=7)
    axes.tick_params(labelsize=6)
    if levels:
        axes.set_xticks(range(len(levels)), levels, rotation=90)


def _dependence_limit(values: Floats) -> float | None:
    """The quantile at which the axis ends; None if the quantile is the smallest value."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    lowest, limit = np.quantile(known, [0, DEPENDENCE_QUANTILE]).tolist()
    return limit if limit > lowest else None


def plot_waterfall(explanation: Explanation) -> bytes:
    """PNG: how the contributions add up to one applicant's log-odds."""
    names = [feature.name for feature in explanation.features]
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
    shap.plots.waterfall(shap_values, max_display=WATERFALL_FEATURES, show=False)
    main, *formula_axes = plt.gcf().axes
    for axes in formula_axes:  # E[f(X)] and f(x), which the title explains
        axes.set_xticks([])
    base = f"{explanation.base_value:.2f}"
    title = f"From the average applicant, {base}, to this one, {explanation.log_odds:.2f}"
    main.set_title(title, fontsize=12)
    main.set_xlabel("log-odds of default", fontsize=11)
