"""A small table of applicants and models that fit in milliseconds."""

import numpy as np
import pandas as pd
import polars as pl

from credit_scoring.estimator.threshold import is_default_expected
from custom_threshold_model import CustomThresholdLGBM

ROWS = 2000
INCOME_TYPES = ("Pensioner", "State servant", "Unemployed", "Working")
# One thread: threads that spin next to other processes of a small machine make a fit last a minute.
SMALL_PARAMS = {
    "num_iterations": 60,
    "early_stopping_round": 20,
    "learning_rate": 0.1,
    "num_leaves": 4,
    "feature_fraction": 0.8,
    "num_threads": 1,
}


def applicants(rows=ROWS, seed=0):
    """Five numbers with gaps, a boolean and two categories, and who defaults (about one in ten)."""
    rng = np.random.default_rng(seed)
    number = rng.normal(size=(rows, 5))
    income = rng.choice(
        INCOME_TYPES[1:], rows
    )  # nobody is a pensioner: a level of the contract alone
    log_odds = number[:, 0] + 0.5 * number[:, 1] + (income == "Working") - 3
    number[rng.random(number.shape) < 0.1] = np.nan
    frame = {f"number:{i} é": number[:, i] for i in range(5)}
    frame |= {
        "owns_car": rng.random(rows) < 0.5,
        "income type": income,
        "region": rng.choice(["n", "s"], rows),
    }
    return frame, (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(int)


def as_polars(frame):
    return pl.DataFrame(frame).with_columns(pl.col("income type").cast(pl.Enum(INCOME_TYPES)))


def as_pandas(frame):
    income = pd.Categorical(frame["income type"], categories=INCOME_TYPES)
    return pd.DataFrame(frame).assign(**{"income type": income})


def small_model(**parameters):
    return CustomThresholdLGBM(**{"n_splits": 3, "params": SMALL_PARAMS, **parameters})


def cost_at(threshold, y, probability, false_negative_cost, false_positive_cost):
    refused = is_default_expected(np.asarray(probability), threshold)
    defaulted = np.asarray(y) == 1
    return (
        false_negative_cost * (defaulted & ~refused).sum()
        + false_positive_cost * (~defaulted & refused).sum()
    )
