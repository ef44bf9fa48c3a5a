"""A first look at applicants whose outcome is known: how often groups of them default, and what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from credit_scoring.errors import FeatureError
from credit_scoring.features.assemble import FeatureTable
from credit_scoring.features.catalogue import only
from credit_scoring.tables.profile import TableFacts
from credit_scoring.training.calibration_metrics import wilson_interval
from credit_scoring.training.plots import BLUE, GREY, INK, ORANGE, STYLE, to_png

PARTS = 5  # a number's applicants are cut into so many parts alike in size
MOST_LEVELS = 8  # of a category, the commonest
FEW = 30  # applicants; a smaller group tells nothing, and its wide interval hides what others tell
MISSING = "missing"
SPREAD = (
    0.3  # of a table's dots above and below its line: columns alike in missing values stay apart
)


@dataclass(frozen=True)
class Group:
    """Applicants alike in one feature: what they share, how many they are, how many of them defaulted."""

    name: str
    applicants: int
    defaults: int

    @property
    def rate(self) -> float:
        """The share that defaulted."""
        return self.defaults / self.applicants

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of that share."""
        return wilson_interval(self.rate, self.applicants)


def default_rates(table: FeatureTable, feature: str) -> list[Group]:
    """The groups of a feature: a category's commonest levels, fifths of a number; those without a value last.

    FeatureError where the table has no such feature, or no outcomes.
    """
    (described,) = only(table.catalogue, [feature])
    if table.target is None:
        raise FeatureError("the application table has no TARGET: default rates need known outcomes")
    values = table.features[feature]
    named = values.cast(pl.String) if described.levels else _fifths(values.cast(pl.Float64))
    rows = pl.DataFrame(
        {"name": named, "value": values.to_physical(), "default": table.target}
    ).drop_nulls("name")
    counted = rows.group_by("name").agg(
        pl.len().alias("applicants"), pl.sum("default"), pl.min("value")
    )
    ordered = counted.top_k(MOST_LEVELS, by="applicants") if described.levels else counted
    ordered = ordered.sort(
        ["applicants", "name"] if described.levels else "value", descending=bool(described.levels)
    )
    groups = [Group(name, n, int(bad)) for name, n, bad, _ in ordered.iter_rows()]
    unknown = table.target.filter(named.is_null())
    return groups + ([Group(MISSING, len(unknown), int(unknown.sum()))] if len(unknown) else [])


def _fifths(values: pl.Series) -> pl.Series:
    """Each value's part of the range, "0.2 to 0.4", the parts alike in size; a few values alone are themselves."""
    known = values.drop_nulls().sort()
    if known.n_unique() <= PARTS:
        return pl.Series(
            [None if value is None else f"{value:g}" for value in values], dtype=pl.String
        )
    cuts = sorted({known[(len(known) - 1) * i // PARTS] for i in range(PARTS + 1)})
    names = [f"{low:,.4g} to {high:,.4g}" for low, high in pairwise(cuts)]
    return values.cut(cuts[1:-1], labels=names).cast(pl.String)


def rates_picture(table: FeatureTable, features: Sequence[str]) -> bytes:
    """PNG: a panel a feature, the default rate of its groups with intervals, beside that of all in it (dotted).

    Groups of fewer than FEW applicants are left out.
    """
    found = {
        name: [group for group in default_rates(table, name) if group.applicants >= FEW]
        for name in features
    }
    columns = 2
    rows = -(-len(found) // columns)
    with plt.rc_context({**STYLE, "axes.grid": False}):
        figure, panels = plt.subplots(
            rows, columns, figsize=(11, 2.5 * rows), sharex=True, squeeze=False
        )
        for panel in panels.flat[len(found) :]:
            panel.set_axis_off()
        for panel, (name, groups) in zip(panels.flat, found.items(), strict=False):
            _rates(panel, groups)
            panel.set_title(name, fontsize=9)
        figure.tight_layout()
        return to_png(figure)


def _rates(axes: Axes, groups: Sequence[Group]) -> None:
    overall = sum(group.defaults for group in groups) / max(
        sum(group.applicants for group in groups), 1
    )
    rates = np.array([group.rate for group in groups])
    reach = np.abs(np.array([group.interval for group in groups]).T - rates)
    colours = [GREY if group.name == MISSING else BLUE for group in groups]
    axes.barh(
        range(len(groups)), 100 * rates, xerr=100 * reach, color=colours, ecolor=INK, capsize=2
    )
    axes.axvline(100 * overall, color=ORANGE, ls=":")
    axes.set_yticks(
        range(len(groups)), [f"{group.name} ({group.applicants:,})" for group in groups], fontsize=8
    )
    axes.invert_yaxis()
    axes.tick_params(axis="x", labelbottom=True)
    axes.set_xlabel("defaulted, %", fontsize=8)


def missing_picture(facts: Mapping[str, TableFacts]) -> bytes:
    """PNG: a line a table, a dot a column, at the share of its values that are missing."""
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(8, 0.8 + 0.5 * len(facts)))
        for line, found in enumerate(facts.values()):
            shares = sorted(100 * column.missing for column in found.columns)
            heights = line + np.linspace(-SPREAD, SPREAD, len(shares))
            axes.plot(shares, heights, "o", ms=4, alpha=0.6, color=BLUE)
        names = [f"{name} ({len(found.columns)} columns)" for name, found in facts.items()]
        axes.set_yticks(range(len(facts)), names)
        axes.invert_yaxis()
        axes.set(xlim=(-2, 102), xlabel="missing values, %", title="Each dot is a column")
        return to_png(figure)
