"""How well one column by itself ranks the target: a column that does it all was written after the outcome."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

BINS = 20
PRIOR_ROWS = 5  # a group's default rate counts this many rows of the table's rate


def single_column_auc(values: pl.Series, outcome: NDArray[Any]) -> float:
    """The best AUC, 0.5 to 1, of the column's order, its groups, or its being missing. `outcome` (n,) holds 0 and 1."""
    scores = [values.is_null()]
    if values.dtype.is_numeric() or values.dtype == pl.Boolean:
        numbers = values.cast(pl.Float64)
        bins = (numbers.rank("average") * BINS / (len(numbers) + 1)).floor()
        few = numbers.n_unique() <= BINS
        scores += [
            numbers.fill_null(numbers.mean()),
            _rate_of_group(numbers if few else bins, outcome),
        ]
    else:
        scores.append(_rate_of_group(values.cast(pl.String), outcome))
    return max(_auc(score, outcome) for score in scores)


def _rate_of_group(group: pl.Series, outcome: NDArray[Any]) -> pl.Series:
    """The default rate of each row's group among the rows of the other half: a rare group tells nothing of itself."""
    frame = pl.DataFrame({"group": group, "target": outcome})
    frame = frame.with_columns(
        half=pl.int_range(pl.len()).over("target") % 2
    )  # halves of equal default rate
    bad, rows = pl.col("target").cast(pl.Float64).sum(), pl.len().cast(pl.Float64)
    others_bad = bad.over("group") - bad.over("group", "half")
    others = rows.over("group") - rows.over("group", "half")
    rate = (others_bad + PRIOR_ROWS * float(np.mean(outcome))) / (others + PRIOR_ROWS)
    return frame.select(rate.alias("rate"))["rate"]


def _auc(score: pl.Series, outcome: NDArray[Any]) -> float:
    """The area under the ROC curve of `score`, either way round."""
    ranks = score.cast(pl.Float64).rank("average").to_numpy()
    bad = int(outcome.sum())
    good = len(outcome) - bad
    auc = (ranks[outcome == 1].sum() - bad * (bad + 1) / 2) / (bad * good)
    return float(max(auc, 1 - auc))
