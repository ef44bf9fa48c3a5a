"""Small made-up problems: a few features, some of which tell the risk."""

import numpy as np
import polars as pl

from credit_scoring.features.feature import Feature
from credit_scoring.training.cross_validation import LearningTask
from credit_scoring.training.metrics import Costs

LEVELS = ("low", "middle", "high")


def feature(name, **more):
    return Feature(name, "application", f"the {name}", unit="number", **more)


def problem(rows=600, noise=6, seed=0):
    """`rows` applicants, about one in six in default; `noise` columns that tell nothing."""
    rng = np.random.default_rng(seed)
    risk, level = rng.standard_normal(rows), rng.integers(0, 3, rows)
    odds = -2 + 1.2 * risk + 0.7 * (level - 1)
    target = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int8)
    columns = {
        "risk": np.where(rng.random(rows) < 0.1, None, risk.round(3)),
        **{f"noise_{i}": rng.standard_normal(rows).round(3) for i in range(noise)},
    }
    frame = pl.DataFrame(
        {name: pl.Series(values.tolist(), dtype=pl.Float32) for name, values in columns.items()}
    )
    frame = frame.with_columns(pl.Series("level", level).cast(pl.UInt8).cat.to(pl.Enum(LEVELS)))
    catalogue = [feature(name, levels=LEVELS if name == "level" else ()) for name in frame.columns]
    return LearningTask(frame, target, catalogue, Costs(), seed=0)
