"""The trees in LightGBM's text: array lengths, children, features, thresholds, category sets.

LightGBM numbers a node after its parent: children that point forward cannot form a cycle.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit_scoring.bundle.lightgbm_text.columns import (
    Column,
    Ints,
    bounds,
    decimals,
    whole_numbers,
)
from credit_scoring.bundle.lightgbm_text.header import Sections
from credit_scoring.bundle.lightgbm_text.refusal import (
    refusal,
    require_few_lines,
    split_lines,
    wrong_keys,
)

KEYS = (
    "num_leaves", "num_cat", "split_feature", "split_gain", "threshold", "decision_type",
    "left_child", "right_child", "leaf_value", "leaf_weight", "leaf_count", "internal_value",
    "internal_weight", "internal_count", "is_linear", "shrinkage",
)  # fmt: skip
CATEGORY_KEYS = ("cat_boundaries", "cat_threshold")
ALL_KEYS = (*KEYS[:-2], *CATEGORY_KEYS, *KEYS[-2:])
BATCH_SIZE = 1 << 21  # characters of trees that are parsed together
MAX_LEAVES = 131_072  # LightGBM's own limit
MAX_DEPTH = 2_000  # the memory of an explanation grows with its square
MAX_COUNT = 2**31 - 1
MAX_LEAF_VALUE = 10**9  # log-odds: the sum of all trees is a finite number
MAX_WORD = 2**32 - 1
CATEGORICAL = 1  # the bit of decision_type
DECISION_TYPES = (0, 1, 2, 4, 5, 6, 8, 9, 10)  # categorical, or default left or not; missing type


@dataclass(frozen=True)
class Batch:
    """Consecutive trees from number `first`: the text of each key by tree."""

    first: int
    texts: Mapping[str, list[str]]

    def whole(self, key: str, counts: Ints) -> Column:
        """The whole numbers of a key."""
        return whole_numbers(key, self.texts[key], counts, self.first)

    def decimal(self, key: str, counts: Ints) -> Column:
        """The finite numbers of a key."""
        return decimals(key, self.texts[key], counts, self.first)


def check_trees(sections: Sections, features: int, levels: Mapping[int, int]) -> None:
    """TextError unless every tree is complete, and reads within its arrays and those of a row.

    `levels` are the numbers of levels by the position of a categorical feature.
    """
    level_counts = np.zeros(features, dtype=np.int64)
    for feature, count in levels.items():
        level_counts[feature] = count
    for batch in _batches(sections):
        _check_batch(batch, level_counts)


def _batches(sections: Sections) -> Iterator[Batch]:
    rows: list[tuple[str, ...]] = []
    size = 0
    first = 0
    for number in range(len(sections.starts) - 1):
        start, end = sections.starts[number], sections.starts[number + 1]
        rows.append(_tree_values(sections.text[start:end], number))
        size += end - start
        if size >= BATCH_SIZE:
            yield _batch(first, rows)
            rows, size, first = [], 0, number + 1
    if rows:
        yield _batch(first, rows)


def _batch(first: int, rows: list[tuple[str, ...]]) -> Batch:
    columns = zip(*rows, strict=True)
    return Batch(first, {key: list(texts) for key, texts in zip(ALL_KEYS, columns, strict=True)})


def _tree_values(block: str, number: int) -> tuple[str, ...]:
    """The text of each of `ALL_KEYS`, empty for keys that a tree without categories lacks."""
    place = f"tree {number}"
    start = f"Tree={number}\n"
    require_few_lines(place, block, 0, len(block))
    if not block.startswith(start):
        raise refusal(place, "the start", block[: len(start)], repr(start))
    if not block.endswith("\n\n\n"):
        raise refusal(place, "the end", block[-3:], "two empty lines where tree_sizes says")
    keys, values = split_lines(block[len(start) : -3].split("\n"))
    if keys == ALL_KEYS:
        return values
    if keys != KEYS:
        expected = ALL_KEYS if CATEGORY_KEYS[0] in keys else KEYS
        raise wrong_keys(place, keys, expected)
    return (*values[:-2], "", "", *values[-2:])


def _check_batch(batch: Batch, level_counts: Ints) -> None:
    ones = np.ones(len(batch.texts["num_leaves"]), dtype=np.int64)
    num_leaves = batch.whole("num_leaves", ones)
    leaves: Ints = num_leaves.values
    num_leaves.require((leaves >= 1) & (leaves <= MAX_LEAVES), f"from 1 to {MAX_LEAVES}")
    num_cat = batch.whole("num_cat", ones)
    num_cat.require((num_cat.values >= 0) & (num_cat.values < leaves), "fewer than num_leaves")
    linear = batch.whole("is_linear", ones)
    linear.require(linear.values == 0, "0: no linear trees")
    batch.decimal("shrinkage", ones)
    splits = leaves - 1
    feature = batch.whole("split_feature", splits)
    is_feature = (feature.values >= 0) & (feature.values < len(level_counts))
    feature.require(is_feature, f"from 0 to {len(level_counts) - 1}, a feature of the model")
    for key in ("split_gain", "internal_value", "internal_weight"):
        batch.decimal(key, splits)
    leaf_value = batch.decimal("leaf_value", leaves)
    is_small = np.abs(leaf_value.values) <= MAX_LEAF_VALUE
    leaf_value.require(is_small, f"from -{MAX_LEAF_VALUE} to {MAX_LEAF_VALUE}")
    batch.decimal("leaf_weight", np.where(leaves > 1, leaves, 0))
    left, right = _check_children(batch, leaves)
    _check_counts(batch, leaves, left, right)
    _check_categories(batch, num_cat.values, feature, level_counts)


def _check_children(batch: Batch, leaves: Ints) -> tuple[Column, Column]:
    """The children; TextError unless they form one tree that reaches each node and leaf once."""
    splits = leaves - 1
    left = batch.whole("left_child", splits)
    right = batch.whole("right_child", splits)
    trees = left.trees()
    for column in (left, right):
        child = column.values
        is_node = (child > column.positions()) & (child < splits[trees])
        is_leaf = (child < 0) & (child >= -leaves[trees])
        column.require(is_node | is_leaf, "a later node, or a leaf from -1 to -num_leaves")
    children = np.concatenate((left.values, right.values))
    tree_of_child = np.concatenate((trees, trees))
    is_leaf = children < 0
    leaf_starts = np.concatenate(([0], np.cumsum(leaves)))
    reached = leaf_starts[tree_of_child[is_leaf]] - children[is_leaf] - 1
    _require_once(batch, "leaf", reached, leaf_starts, leaves > 1)
    reached = left.starts[tree_of_child[~is_leaf]] + children[~is_leaf]
    roots = left.starts[:-1][splits > 0]
    _require_once(batch, "node", np.concatenate((reached, roots)), left.starts, splits > 0)
    _require_depth(batch, left, right, roots)
    return left, right


def _check_counts(batch: Batch, leaves: Ints, left: Column, right: Column) -> None:
    """TextError unless the rows of a node are those of its children, and no leaf has none.

    An explanation weighs the children of a node by these counts. With wrong counts, the explanation
    of some applicants is not a number, or does not add up to the score.
    """
    leaf_count = batch.whole("leaf_count", leaves)
    count = batch.whole("internal_count", leaves - 1)
    has_rows = (leaf_count.values > 0) | (leaves == 1)[leaf_count.trees()]
    is_count = (leaf_count.values >= 0) & has_rows & (leaf_count.values <= MAX_COUNT)
    leaf_count.require(is_count, "a number of rows")
    count.require((count.values > 0) & (count.values <= MAX_COUNT), "a number of rows")
    trees = count.trees()
    node_starts, leaf_starts = count.starts[trees], leaf_count.starts[trees]
    expected = np.zeros_like(count.values)
    for child in (left.values, right.values):
        is_node = child >= 0
        expected[is_node] += count.values[(node_starts + child)[is_node]]
        expected[~is_node] += leaf_count.values[(leaf_starts - child - 1)[~is_node]]
    count.require(count.values == expected, "the sum of its children's counts")


def _require_once(
    batch: Batch, kind: str, reached: Ints, starts: Ints, has_any: NDArray[np.bool_]
) -> None:
    """TextError unless every node, or every leaf, of a tree with splits is reached once."""
    counts = np.bincount(reached, minlength=int(starts[-1]))
    wrong = (counts != 1) & np.repeat(has_any, np.diff(starts))
    for index in np.flatnonzero(wrong)[:1].tolist():
        tree = int(np.searchsorted(starts, index, side="right")) - 1
        what = f"the number of parents of {kind} {index - starts[tree]}"
        raise refusal(f"tree {batch.first + tree}", what, int(counts[index]), "1")


def _require_depth(batch: Batch, left: Column, right: Column, roots: Ints) -> None:
    """TextError if a tree has more than `MAX_DEPTH` levels."""
    trees = left.trees()
    nodes = roots
    depth = 0
    while len(nodes):
        if depth == MAX_DEPTH:
            place = f"tree {batch.first + int(trees[nodes[0]])}"
            raise refusal(place, "the depth", f"over {MAX_DEPTH}", f"at most {MAX_DEPTH}")
        depth += 1
        starts = left.starts[trees[nodes]]
        starts = np.concatenate((starts, starts))
        children = np.concatenate((left.values[nodes], right.values[nodes]))
        nodes = (starts + children)[children >= 0]


def _check_categories(batch: Batch, num_cat: Ints, feature: Column, level_counts: Ints) -> None:
    """Check the thresholds, and the category sets that those of categorical splits point to."""
    splits = np.diff(feature.starts)
    decision = batch.whole("decision_type", splits)
    decision.require(np.isin(decision.values, DECISION_TYPES), f"one of {DECISION_TYPES}")
    threshold = bounds("threshold", batch.texts["threshold"], splits, batch.first)
    is_set = (decision.values & CATEGORICAL).astype(bool)
    trees = decision.trees()[is_set]
    set_counts = np.bincount(trees, minlength=len(splits))
    for tree in np.flatnonzero(set_counts != num_cat)[:1].tolist():
        expected = f"{set_counts[tree]}, the number of categorical splits"
        raise refusal(f"tree {batch.first + tree}", "num_cat", int(num_cat[tree]), expected)
    feature.require(~is_set | (level_counts[feature.values] > 0), "a categorical feature")
    numbers = np.arange(len(trees)) - (np.cumsum(set_counts) - set_counts)[trees]
    is_number = np.ones(len(is_set), dtype=bool)
    is_number[is_set] = threshold.values[is_set] == numbers
    threshold.require(is_number, "the number of the category set, in the order of the splits")
    _check_sets(batch, num_cat, level_counts[feature.values[is_set]])


def _check_sets(batch: Batch, num_cat: Ints, level_counts: Ints) -> None:
    """Check the category sets: sets of 32 levels a word; `level_counts` are per set."""
    boundaries = batch.whole("cat_boundaries", np.where(num_cat > 0, num_cat + 1, 0))
    is_first = boundaries.positions() == 0
    boundaries.require(~is_first | (boundaries.values == 0), "0 for the first set")
    width = np.diff(boundaries.values, prepend=0)
    limit = np.zeros_like(width)
    limit[~is_first] = (level_counts + 31) // 32
    is_width = is_first | ((width >= 1) & (width <= limit))
    boundaries.require(is_width, "1 word more than the last, or as many as the levels need")
    ends = boundaries.starts[1:][num_cat > 0] - 1
    words = np.zeros_like(num_cat)
    words[num_cat > 0] = boundaries.values[ends]
    column = batch.whole("cat_threshold", words)
    column.require((column.values >= 0) & (column.values <= MAX_WORD), "a word of 32 bits")
