"""A column of two tables, counted in the same bins: those of a model's reference."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from credit_scoring.laboratory.drift.column_roles import Kind, kind_of
from credit_scoring.monitoring.bin_labels import MISSING, number_labels
from credit_scoring.training.reference_distribution import count_column, feature_reference

OTHER_LEVELS = "(other levels)"
MAX_NEW = 5  # new levels that are named
MAX_LABEL = 80  # characters
MAX_BINS = 200  # of levels; a reference has up to 100


@dataclass(frozen=True)
class ColumnCounts:
    """The rows of both tables per bin; the last bin counts the missing values.

    `summary` has the figures of each side that the report says in words: mean and median, or the
    share of values outside the reference's range. `new_levels` are those only the current table
    has.
    """

    name: str
    kind: Kind
    labels: tuple[str, ...]
    reference: tuple[int, ...]
    current: tuple[int, ...]
    summary: dict[str, Any]
    new_levels: tuple[str, ...] = ()


def count_in_bins(reference: pl.Series, current: pl.Series) -> ColumnCounts:
    """Count both columns in the bins of the reference, which has at least one value.

    A level that only the current table has is not counted as missing, as it would be for a model,
    but in a bin of its own.
    """
    if kind_of(reference) == "number":
        return _count_numbers(reference, current)
    return _count_levels(reference.cast(pl.String), current.cast(pl.String))


def _count_numbers(reference: pl.Series, current: pl.Series) -> ColumnCounts:
    before, after = (values.cast(pl.Float64, strict=False) for values in (reference, current))
    edges, labels = _number_bins(before)
    return ColumnCounts(
        reference.name,
        "number",
        labels,
        count_column(before, edges),
        count_column(after, edges),
        _summary(before, after),
    )


def _number_bins(values: pl.Series) -> tuple[Sequence[float], tuple[str, ...]]:
    """The edges of a number's bins, and the bins' labels.

    A number with one bin, because nearly all rows have the same value, gets bins below and above
    its values: otherwise another constant would not be seen.
    """
    edges = feature_reference(values).edges
    if edges:
        return edges, _labels(edges, values)
    numbers = values.drop_nulls().cast(pl.Float32).to_numpy()
    low, high = float(numbers.min()), float(numbers.max())
    inside = plain_number(low) if low == high else f"{plain_number(low)} to {plain_number(high)}"
    labels = (f"below {plain_number(low)}", inside, f"above {plain_number(high)}", MISSING)
    return (low, float(np.nextafter(np.float32(high), np.float32(np.inf)))), labels


def _count_levels(reference: pl.Series, current: pl.Series) -> ColumnCounts:
    """Counts by level, of the levels of both tables in the order of their names.

    Nothing about the bins depends on which table a level is in. Otherwise the levels that a small
    reference lacks by chance, together in one bin that is empty there, would look like drift.
    """
    levels = _frequent_levels(pl.concat([reference, current.alias(reference.name)]))
    others = _unused(OTHER_LEVELS, levels)
    if len(levels) == MAX_BINS:
        reference, current = (
            values.set(values.is_not_null() & ~values.is_in(levels), others)
            for values in (reference, current)
        )
        levels = [*levels, others]
    before, after = (count_column(values, (), levels) for values in (reference, current))
    new = [(-now, level) for level, was, now in zip(levels, before, after, strict=False) if not was]
    named = tuple(_shortened(level) for _, level in sorted(new)[:MAX_NEW])
    labels = (*map(_shortened, levels), MISSING)
    return ColumnCounts(reference.name, "category", labels, before, after, {}, named)


def _frequent_levels(values: pl.Series) -> list[str]:
    """The levels of a column, by name; of many the MAX_BINS most frequent."""
    counts = values.drop_nulls().alias("level").value_counts(name="n")
    frequent = counts.sort(["n", "level"], descending=[True, False]).head(MAX_BINS)
    return sorted(frequent["level"].to_list())


def _shortened(level: str) -> str:
    return level if len(level) <= MAX_LABEL else f"{level[: MAX_LABEL - 1]}…"


def _unused(label: str, levels: Collection[str]) -> str:
    """The label, in more brackets if a level has that name."""
    while label in levels:
        label = f"({label})"
    return label


def _summary(reference: pl.Series, current: pl.Series) -> dict[str, Any]:
    low, high = reference.min(), reference.max()
    present = current.drop_nulls()
    outside = (present < low) | (present > high)
    return {
        "mean": [_plain(reference.mean()), _plain(current.mean())],
        "median": [_plain(reference.median()), _plain(current.median())],
        "outside_range": float(outside.mean() or 0.0) if len(present) else 0.0,  # type: ignore[arg-type]
    }


def _plain(value: Any) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def _labels(edges: Sequence[float], values: pl.Series) -> tuple[str, ...]:
    """The name of each bin of a number: its range, or the value if every bin holds only one."""
    distinct = values.drop_nulls().cast(pl.Float32).cast(pl.Float64).unique().sort()
    if edges and len(distinct) == len(edges) + 1:
        return (*map(plain_number, distinct), MISSING)
    return tuple(number_labels(edges))


def plain_number(value: float) -> str:
    """A number as people write it, with four digits or all of its whole ones.

    >>> plain_number(479798.7), plain_number(0.5344862), plain_number(-3.0)
    ('479,799', '0.5345', '-3')
    """
    is_large = abs(value) >= 1000  # noqa: PLR2004
    return f"{value:,.0f}" if is_large else f"{value:.4g}"
