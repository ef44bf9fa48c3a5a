"""Plots for exploring labelled data: default rates by feature, and missing values by table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from credit_scoring.confidence_interval import wilson_interval
from credit_scoring.errors import FeatureError
from credit_scoring.features.assemble import FeatureTable
from credit_scoring.features.catalogue import select_features
from credit_scoring.tables.profile import TableProfile
from credit_scoring.training import figures

QUANTILE_BINS = 5  # of a numeric feature
MAX_LEVELS = 8  # of a categorical feature, most frequent first
MIN_APPLICANTS = 30  # in a plot; the wide interval of a smaller group would squeeze the others
MISSING = "missing"
PANEL_COLUMNS = 2
RATE_LABEL, ALL_LABEL = "share that defaulted, with its 95 % interval", "all applicants shown"
LEVEL_WIDTH = 24  # characters of a group's name per line
SPREAD = 0.3  # of a table's dots above and below its line, so that equal columns do not overlap
GOLDEN_RATIO = 0.618033988749895  # its multiples spread dots evenly, however many there are


@dataclass(frozen=True)
class DefaultRate:
    """The default rate of the applicants whose feature has one value, or lies in one bin."""

    name: str
    applicants: int
    defaults: int

    @property
    def rate(self) -> float:
        """The share of applicants that defaulted."""
        return self.defaults / self.applicants

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the rate."""
        return wilson_interval(self.rate, self.applicants)


def default_rates(table: FeatureTable, name: str) -> list[DefaultRate]:
    """The default rate by level of a category or quantile bin of a number; missing values last.

    FeatureError if the table does not have the feature, or has no outcomes.
    """
    (feature,) = select_features(table.catalogue, [name])
    if table.target is None:
        raise FeatureError("the application table has no TARGET: default rates need known outcomes")
    values = table.features[name]
    labels = values.cast(pl.String) if feature.levels else _bin_labels(values.cast(pl.Float64))
    counts = (
        pl.DataFrame({"name": labels, "value": values.to_physical(), "default": table.target})
        .drop_nulls("name")
        .group_by("name")
        .agg(pl.len().alias("applicants"), pl.sum("default"), pl.min("value"))
    )
    if feature.levels:
        counts = counts.top_k(MAX_LEVELS, by="applicants")
        counts = counts.sort("applicants", "name", descending=True)
    else:
        counts = counts.sort("value")
    columns = ("name", "applicants", "default")
    rates = [DefaultRate(*row) for row in counts.select(columns).iter_rows()]
    unknown = table.target.filter(labels.is_null())
    return rates + (
        [DefaultRate(MISSING, len(unknown), int(unknown.sum()))] if len(unknown) else []
    )


def _bin_labels(values: pl.Series) -> pl.Series:
    """The quantile bin of each value, "0.2 to 0.4"; few distinct values are their own labels."""
    known = values.drop_nulls().sort()
    if known.n_unique() <= QUANTILE_BINS:
        labels = [None if value is None else f"{value:g}" for value in values]
        return pl.Series(labels, dtype=pl.String)
    last = len(known) - 1
    edges = sorted({known[last * i // QUANTILE_BINS] for i in range(QUANTILE_BINS + 1)})
    names = [f"{low:,.4g} to {high:,.4g}" for low, high in pairwise(edges)]
    return values.bin_intervals(edges[1:-1], labels=names, right_closed=True).cast(pl.String)


def plot_default_rates(table: FeatureTable, names: Sequence[str]) -> bytes:
    """PNG: a panel per feature with default rates and intervals, and the rate of all shown.

    Groups of fewer than MIN_APPLICANTS applicants are left out.
    """
    with figures.figure_style(grid=False):
        rows = -(-len(names) // PANEL_COLUMNS)
        size = (11, 2.5 * rows)
        figure, axes = plt.subplots(rows, PANEL_COLUMNS, figsize=size, sharex=True, squeeze=False)
        for panel, name in zip(axes.flat, names, strict=False):
            rates = default_rates(table, name)
            _plot_rates(panel, [rate for rate in rates if rate.applicants >= MIN_APPLICANTS])
            panel.set_title(name)
        for panel in axes.flat[len(names) :]:
            panel.set_axis_off()
        figures.add_legend(figure)
        return figures.to_png(figure)


def _plot_rates(axes: Axes, groups: Sequence[DefaultRate]) -> None:
    defaults = sum(group.defaults for group in groups)
    applicants = sum(group.applicants for group in groups)
    rates = np.array([group.rate for group in groups])
    intervals = np.array([group.interval for group in groups]).T
    errors = 100 * np.abs(intervals - rates)
    colours = [figures.GREY if group.name == MISSING else figures.BLUE for group in groups]
    positions = range(len(groups))
    style: Any = {"color": colours, "ecolor": figures.INK, "capsize": 2, "label": RATE_LABEL}
    axes.barh(positions, 100 * rates, xerr=errors, **style)
    axes.axvline(100 * defaults / max(applicants, 1), color=figures.ORANGE, ls=":", label=ALL_LABEL)
    labels = [
        f"{figures.wrap_name(group.name, LEVEL_WIDTH)} ({group.applicants:,})" for group in groups
    ]
    axes.set_yticks(positions, labels)
    axes.invert_yaxis()
    axes.tick_params(axis="x", labelbottom=True)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("defaulted, %")


def plot_missing_values(facts: Mapping[str, TableProfile]) -> bytes:
    """PNG: a line per table, and on it a dot per column at its share of missing values."""
    with figures.figure_style():
        figure, axes = plt.subplots(figsize=(8, 0.8 + 0.5 * len(facts)))
        for line, table_facts in enumerate(facts.values()):
            shares = sorted(100 * column.missing for column in table_facts.columns)
            heights = line + SPREAD * (2 * (GOLDEN_RATIO * np.arange(len(shares)) % 1) - 1)
            axes.plot(shares, heights, "o", ms=4, alpha=0.6, color=figures.BLUE)
        labels = [f"{name} ({len(table.columns)} columns)" for name, table in facts.items()]
        axes.set_yticks(range(len(facts)), labels)
        axes.invert_yaxis()
        axes.set(xlim=(-2, 102), xlabel="missing values, %", title="Each dot is a column")
        return figures.to_png(figure)
