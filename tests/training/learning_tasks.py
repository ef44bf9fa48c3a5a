"""Small synthetic learning tasks: a few features, some of which predict the risk."""

import dataclasses

import numpy as np
import polars as pl

from credit_scoring.features.feature import Feature
from credit_scoring.training.cross_validation import LearningTask
from credit_scoring.training.metrics import Costs

LEVELS = ("low", "middle", "high")


def make_feature(name, **options):
    return Feature(name, "application", f"the {name}", unit="number", **options)


def make_task(rows=600, noise=6, seed=0):
    """`rows` applicants, about one in six in default; `noise` uninformative columns."""
    rng = np.random.default_rng(seed)
    risk = rng.standard_normal(rows)
    level = rng.integers(0, 3, rows)
    log_odds = -2 + 1.2 * risk + 0.7 * (level - 1)
    target = (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(np.int8)
    columns = {
        "risk": np.where(rng.random(rows) < 0.1, None, risk.round(3)),
        **{f"noise_{i}": rng.standard_normal(rows).round(3) for i in range(noise)},
    }
    frame = pl.DataFrame(
        {name: pl.Series(values.tolist(), dtype=pl.Float32) for name, values in columns.items()}
    )
    frame = frame.with_columns(pl.Series("level", level).cast(pl.UInt8).cat.to(pl.Enum(LEVELS)))
    catalogue = [
        make_feature(name, levels=LEVELS if name == "level" else ()) for name in frame.columns
    ]
    return LearningTask(frame, target, catalogue, Costs(), seed=0)


def shuffle_target(task, seed):
    """The task with the outcomes permuted, so that no feature predicts them."""
    target = np.random.default_rng(seed).permutation(task.target)
    return dataclasses.replace(task, target=target)
