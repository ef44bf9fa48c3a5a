"""Vectorised evaluation of boosted trees: the raw scores of many rows, bit for bit as LightGBM's.

Each split compares a whole column. A row starts with all leaves of a tree; a split that sends it
right removes the leaves on the left, and the first leaf that remains is the row's.
Source: Lucchese et al. (2015), QuickScorer: a fast algorithm to rank documents with additive
ensembles of regression trees.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from credit_scoring.batch.tree_text import TreeText, tree_texts
from credit_scoring.estimator.encoded_predictions import FEW_ROWS
from credit_scoring.estimator.type_aliases import Floats
from custom_threshold_model import CustomThresholdLGBM

Columns: TypeAlias = NDArray[np.float32]  # (features, rows)
MASKS = (np.uint8, np.uint16, np.uint32, np.uint64)  # a bit per leaf
MOST_LEAVES = 64  # trees of this size take as long as LightGBM's, those of 4 a quarter
ZERO = np.float32(1e-35)  # LightGBM reads a number that is not further from 0 as 0
INFINITY = np.float32(np.inf)


@dataclass(frozen=True)
class Split:
    """A split; `removed` has the bits of the leaves on its left.

    A number goes left up to the threshold. A category goes left if `members` has true at its code;
    the last of `members` is for missing and for codes beyond.
    """

    feature: int
    threshold: np.float32
    missing_left: bool
    members: NDArray[np.bool_] | None
    removed: Any

    def goes_right(self, column: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Whether each value (rows,) goes right."""
        if self.members is not None:
            codes = np.where(column < len(self.members) - 1, column, -1).astype(np.intp)
            return ~self.members[codes]
        return column > self.threshold if self.missing_left else ~(column <= self.threshold)


@dataclass(frozen=True)
class Tree:
    """A tree: its splits, and the values of its leaves from left to right."""

    splits: tuple[Split, ...]
    leaf_values: Floats

    def scores(self, columns: Columns) -> Floats:
        """The value (rows,) of each row's leaf."""
        mask = _mask(len(self.leaf_values))
        removed = np.zeros(columns.shape[1], dtype=mask)
        for split in self.splits:
            removed |= split.goes_right(columns[split.feature]) * split.removed
        first_remaining = np.bitwise_count(removed & ~(removed + mask(1)))
        scores: Floats = self.leaf_values.take(first_remaining)
        return scores


def vectorised_trees(model: CustomThresholdLGBM) -> tuple[Tree, ...] | None:
    """The trees of `model`; None unless `raw_scores` gives the bits that LightGBM gives.

    The two are compared on rows at the edges of the splits. Trees of more than `MOST_LEAVES` leaves
    are not supported, nor those that take zeros as missing.
    """
    texts = [*tree_texts(model.booster_.model_to_string())]
    if any(len(tree.leaf_values) > MOST_LEAVES or tree.takes_zero_as_missing for tree in texts):
        return None
    trees = tuple(map(_tree, texts))
    rows = _rows_at_edges(trees, model)
    raw = model.booster_.predict(rows.T.astype(np.float64), raw_score=True, num_threads=1)
    return trees if np.array_equal(raw_scores(trees, rows), np.asarray(raw)) else None


def raw_scores(trees: Sequence[Tree], columns: Columns) -> Floats:
    """The log-odds (rows,) before calibration, added in LightGBM's order.

    `columns` are in model order: numbers, and the codes of categories; NaN is missing.
    """
    scores = np.zeros(columns.shape[1])
    for tree in trees:
        scores += tree.scores(columns)
    return scores


def exact_threshold(threshold: float) -> np.float32:
    """The largest 32-bit number that LightGBM sends left at a threshold of 64 bits.

    >>> float(exact_threshold(0.1)), float(np.float32(0.1))
    (0.09999999403953552, 0.10000000149011612)
    """
    if abs(threshold) <= float(ZERO):
        return ZERO if threshold >= 0 else np.nextafter(-ZERO, -INFINITY)
    with np.errstate(over="ignore"):
        rounded = np.float32(threshold)
    return rounded if float(rounded) <= threshold else np.nextafter(rounded, -INFINITY)


def _mask(leaves: int) -> Any:
    """The smallest type with a bit per leaf."""
    return next(mask for mask in MASKS if leaves <= 8 * mask().itemsize)


def _tree(text: TreeText) -> Tree:
    order: list[int] = []
    splits = tuple(_splits(text, 0 if text.features else -1, order))
    return Tree(splits, np.array([text.leaf_values[leaf] for leaf in order]))


def _splits(text: TreeText, child: int, order: list[int]) -> Iterator[Split]:
    """The splits from `child` down; its leaves are appended to `order`, from left to right."""
    if child < 0:
        order.append(-child - 1)
        return
    first = len(order)
    yield from _splits(text, text.left[child], order)
    left_leaves = (1 << len(order)) - (1 << first)
    yield from _splits(text, text.right[child], order)
    yield _split(text, child, _mask(len(text.leaf_values))(left_leaves))


def _split(text: TreeText, number: int, removed: Any) -> Split:
    if not text.is_categorical(number):
        threshold = exact_threshold(text.thresholds[number])
        missing_left = text.missing_goes_left(number)
        return Split(text.features[number], threshold, missing_left, None, removed)
    return Split(text.features[number], ZERO, False, _members(text.left_levels(number)), removed)


def _members(levels: Sequence[int]) -> NDArray[np.bool_]:
    """Whether each code is one of `levels`; the last element is false."""
    members = np.zeros(max(levels, default=-1) + 2, dtype=np.bool_)
    members[levels] = True
    return members


def _rows_at_edges(trees: Sequence[Tree], model: CustomThresholdLGBM) -> Columns:
    """Random rows of values on both sides of the splits, of missing values and of levels."""
    values: list[list[Any]] = [[np.nan, 0.0] for _ in range(model.n_features_in_)]
    for split in (split for tree in trees for split in tree.splits):
        edge = split.threshold
        edges = [edge, np.nextafter(edge, INFINITY), np.nextafter(edge, -INFINITY)]
        values[split.feature] += edges if split.members is None else range(len(split.members))
    rng = np.random.default_rng(0)
    return np.array([rng.choice(np.array(each, np.float32), FEW_ROWS) for each in values])
