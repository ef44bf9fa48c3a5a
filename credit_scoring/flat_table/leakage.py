"""Leakage: how well one column ranks the target; a near-perfect one is known only afterwards."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

MAX_BINS = 20
PRIOR_ROWS = 5  # rows with the table's default rate that are added to each group


def single_column_auc(values: pl.Series, outcome: NDArray[Any]) -> float:
    """The best AUC, 0.5 to 1, of the column's order, its groups or its missing values.

    `outcome` (rows,) holds 0 and 1.
    """
    scores = [values.is_null()]
    if values.dtype.is_numeric() or values.dtype == pl.Boolean:
        numbers = values.cast(pl.Float64)
        bins = (numbers.rank("average") * MAX_BINS / (len(numbers) + 1)).floor()
        groups = numbers if numbers.n_unique() <= MAX_BINS else bins
        scores += [numbers.fill_null(numbers.mean()), _group_default_rate(groups, outcome)]
    else:
        scores.append(_group_default_rate(values.cast(pl.String), outcome))
    return max(_auc(score, outcome) for score in scores)


def _group_default_rate(group: pl.Series, outcome: NDArray[Any]) -> pl.Series:
    """The default rate of each row's group, measured on the other half of the rows.

    The two halves have equal default rates. Measured on its own rows, a rare group would reveal
    them.
    """
    frame = pl.DataFrame({"group": group, "target": outcome})
    frame = frame.with_columns(half=pl.int_range(pl.len()).over("target") % 2)
    defaults = pl.col("target").cast(pl.Float64).sum()
    rows = pl.len().cast(pl.Float64)
    other_defaults = defaults.over("group") - defaults.over("group", "half")
    other_rows = rows.over("group") - rows.over("group", "half")
    prior_defaults = PRIOR_ROWS * float(np.mean(outcome))
    rate = (other_defaults + prior_defaults) / (other_rows + PRIOR_ROWS)
    return frame.select(rate.alias("rate"))["rate"]


def _auc(score: pl.Series, outcome: NDArray[Any]) -> float:
    """The area under the ROC curve of `score` or of its reverse, whichever is larger."""
    ranks = score.cast(pl.Float64).rank("average").to_numpy()
    bad = int(outcome.sum())
    good = len(outcome) - bad
    auc = (ranks[outcome == 1].sum() - bad * (bad + 1) / 2) / (bad * good)
    return float(max(auc, 1 - auc))
