"""Applicants for the small bundle, as the file of a lender has them."""

import numpy as np
import polars as pl

from tests.serving.small_bundle import LEVELS, RAW

FIRST_ID = 100_002


def applicants(count, seed=0):
    """A table of valid applicants, with some values missing."""
    rng = np.random.default_rng(seed)
    numbers = {
        "EXT_SOURCE_2": rng.random(count).round(4),
        "EXT_SOURCE_3": np.where(rng.random(count) < 0.2, np.nan, rng.random(count).round(4)),
        "AMT_CREDIT": rng.integers(50_000, 900_000, count).astype(float),
        "DAYS_EMPLOYED": np.where(rng.random(count) < 0.2, 365_243, -rng.integers(1, 9000, count)),
        "CNT_CHILDREN": rng.integers(0, 4, count),
        "bureau_active_debt_sum": (rng.random(count) * 1e5).round(1),
        "AMT_INCOME_TOTAL": rng.integers(30_000, 300_000, count).astype(float),
    }
    levels = {name: rng.choice(RAW[name].levels, count) for name in LEVELS}
    ids = pl.int_range(FIRST_ID, FIRST_ID + count, dtype=pl.Int32, eager=True)
    frame = pl.DataFrame({"SK_ID_CURR": ids, **numbers, **levels})
    return frame.with_columns(pl.selectors.float().fill_nan(None))


def with_value(frame, row, **values):
    """The table with other values in one row, counted from 1."""
    position = pl.int_range(1, len(frame) + 1) == row
    return frame.with_columns(
        pl.when(position).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
        for name, value in values.items()
    )
