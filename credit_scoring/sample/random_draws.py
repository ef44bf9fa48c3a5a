"""Random draws: levels by their shares, numbers by their quantiles, flags by their probability."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.random import Generator

from credit_scoring.sample.columns import Flags, Floats, Ints, TextColumn
from credit_scoring.sample.distributions import NULL, distribution


def draw_column(rng: Generator, table: str, column: str, size: int) -> TextColumn:
    """`size` levels of a column, by its shares in distributions.toml."""
    return draw_levels(rng, distribution(table, column), size)


def draw_column_by(rng: Generator, table: str, column: str, group: TextColumn) -> TextColumn:
    """Levels of a column, by its shares under each row's label of `group`."""
    weights = (distribution(table, column, label) for label in group.labels)
    return draw_levels_by_group(rng, weights, group.codes)


def draw_levels(rng: Generator, weights: Mapping[str, float], size: int) -> TextColumn:
    """`size` levels drawn by their weights; the key "null" stands for a missing value."""
    return draw_levels_by_group(rng, [weights], np.zeros(size, dtype=np.int64))


def draw_levels_by_group(
    rng: Generator, weights: Iterable[Mapping[str, float]], group: Ints
) -> TextColumn:
    """Levels drawn by the weights of each row's group."""
    tables = list(weights)
    labels = tuple(dict.fromkeys(label for table in tables for label in table if label != NULL))
    odds = np.array([[table.get(label, 0.0) for label in (*labels, NULL)] for table in tables])
    edges = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)[:, :-1]
    draw = rng.random(group.size)
    codes = np.zeros(group.size, dtype=np.int64)
    for edge in edges.T:
        codes += draw >= edge[group]
    return TextColumn(codes, labels)


def draw_numbers(rng: Generator, weights: Mapping[str, float], size: int) -> Floats:
    """`size` numbers drawn by their weights; the keys are numbers as text."""
    drawn = draw_levels(rng, weights, size)
    return np.array([float(label) for label in drawn.labels])[drawn.codes]


def draw_log_normal(rng: Generator, median: Any, spread: Any, size: int) -> Floats:
    """Positive numbers with `median`; `spread` is the standard deviation of their logarithm."""
    return np.asarray(median * np.exp(spread * rng.standard_normal(size)))


def bernoulli(rng: Generator, probability: Any, size: int) -> Flags:
    """True with `probability` (one number, or one per row)."""
    return np.asarray(rng.random(size) < probability)


def normal_cdf(z: Floats) -> Floats:
    """Standard normal distribution function, within 0.0004 (Page, 1977)."""
    return np.asarray(0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))))


def logistic(log_odds: Any) -> Any:
    """Log-odds as a probability."""
    return 1 / (1 + np.exp(-log_odds))


def from_quantiles(z: Floats, quantiles: Mapping[str, float]) -> Floats:
    """Standard normal `z` mapped to the distribution with `quantiles`, by probability as text."""
    return np.interp(normal_cdf(z), [float(p) for p in quantiles], list(quantiles.values()))
