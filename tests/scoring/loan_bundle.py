"""A bundle whose risk comes from the loan: amount and repayment per income, price share, age."""

import numpy as np
import polars as pl

from credit_scoring.bundle.manifest import Manifest, ModelFeature
from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.features.definitions.application import application_features
from credit_scoring.features.definitions.row_ratios import ratios_by_name
from custom_threshold_model import CustomThresholdLGBM

RAW = {feature.name: feature for feature in application_features()}
REQUESTED = ("AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL", "DAYS_BIRTH")
RATIOS = (
    "application_credit_per_income",
    "application_annuity_per_income",
    "application_goods_per_credit",
)
IN_MODEL = ("DAYS_BIRTH", *RATIOS)
NULLABLE = ("AMT_ANNUITY", "AMT_GOODS_PRICE")


def loan_bundle() -> Bundle:
    model = _fitted()
    requested = [
        ModelFeature(
            RAW[name], "input" if name in IN_MODEL else "ratio input", nullable=name in NULLABLE
        )
        for name in REQUESTED
    ]
    derived = [
        ModelFeature(ratios_by_name()[name].feature, "derived", nullable=True) for name in RATIOS
    ]
    return Bundle(model, _manifest((*requested, *derived)))


def _fitted() -> CustomThresholdLGBM:
    rng = np.random.default_rng(1)
    rows = 3000
    per_income = rng.uniform(0.5, 8, rows)
    length = rng.uniform(10, 40, rows)
    share = rng.uniform(0.9, 1.6, rows)
    age = -rng.integers(20, 70, rows) * 365.0
    log_odds = (
        -6 + 0.6 * per_income + 6 * per_income / length - 2 * (share - 1) + (age + 45 * 365) / 8000
    )
    frame = pl.DataFrame(
        dict(zip(IN_MODEL, (age, per_income, per_income / length, share), strict=True))
    )
    target = (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(int)
    params = {
        "num_iterations": 60, "learning_rate": 0.2, "feature_fraction": 1.0, "num_threads": 1,
        "num_leaves": 4, "min_data_in_leaf": 40, "lambda_l2": 20.0, "extra_trees": True,
        "bagging_fraction": 0.5, "bagging_freq": 1,
    }  # fmt: skip
    model = CustomThresholdLGBM(n_boosters=1, threshold="empirical", n_splits=3, params=params)
    return model.fit(frame, target)


def _manifest(features: tuple[ModelFeature, ...]) -> Manifest:
    return Manifest(
        version="loan", created_at="2026-11-20T12:00:00Z", made_by="tests", algorithm="LightGBM",
        pickle={}, libraries={}, data={}, settings={}, costs={}, threshold={}, metrics={},
        features=features, golden_rows=(),
    )  # fmt: skip
