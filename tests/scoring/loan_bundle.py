"""A bundle whose risk is the loan itself: amount and repayment per income, part of the price borrowed, and the age."""

import numpy as np
import polars as pl

from credit_scoring.bundle.manifest import Manifest, ModelFeature
from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.features.definitions.application import raw_features
from credit_scoring.features.definitions.row_ratios import by_name
from custom_threshold_model import CustomThresholdLGBM

RAW = {feature.name: feature for feature in raw_features()}
ASKED = ("AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL", "DAYS_BIRTH")
RATIOS = (
    "application_credit_per_income",
    "application_annuity_per_income",
    "application_goods_per_credit",
)
IN_MODEL = ("DAYS_BIRTH", *RATIOS)
NULLABLE = ("AMT_ANNUITY", "AMT_GOODS_PRICE")


def loan_bundle() -> Bundle:
    model = _fitted()
    asked = [
        ModelFeature(
            RAW[name], "input" if name in IN_MODEL else "ratio input", nullable=name in NULLABLE
        )
        for name in ASKED
    ]
    derived = [
        ModelFeature(by_name()[name].feature(None), "derived", nullable=True) for name in RATIOS
    ]
    return Bundle(model, _manifest((*asked, *derived)))


def _fitted() -> CustomThresholdLGBM:
    rng, rows = np.random.default_rng(1), 3000
    per_income, length, share = (
        rng.uniform(0.5, 8, rows),
        rng.uniform(10, 40, rows),
        rng.uniform(0.9, 1.6, rows),
    )
    age = -rng.integers(20, 70, rows) * 365.0
    log_odds = (
        -6 + 0.6 * per_income + 6 * per_income / length - 2 * (share - 1) + (age + 45 * 365) / 8000
    )
    frame = pl.DataFrame(
        dict(zip(IN_MODEL, (age, per_income, per_income / length, share), strict=True))
    )
    target = (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(int)
    params = {"num_iterations": 60, "learning_rate": 0.2, "feature_fraction": 1.0, "num_threads": 1}
    return CustomThresholdLGBM(n_splits=3, params=params).fit(frame, target)


def _manifest(features: tuple[ModelFeature, ...]) -> Manifest:
    return Manifest(
        version="loan", created_at="2026-11-20T12:00:00Z", made_by="tests", algorithm="LightGBM", pickle={},
        libraries={}, data={}, settings={}, costs={}, threshold={}, metrics={}, features=features, golden_rows=(),
    )  # fmt: skip
