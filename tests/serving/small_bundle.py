"""A bundle trained in a second on random rows, with a feature of each kind to validate."""

import hashlib
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from credit_scoring.bundle.manifest import (
    MANIFEST_FILE,
    MODEL_FILE,
    Manifest,
    ModelFeature,
    pickle_metadata,
)
from credit_scoring.bundle.manifest_json import manifest_json
from credit_scoring.bundle.read_bundle import Bundle, cost_summary, threshold_summary
from credit_scoring.bundle.write_bundle import write_bundle
from credit_scoring.features.definitions.application import application_features
from credit_scoring.features.definitions.row_ratios import ratios_by_name
from credit_scoring.features.feature import Feature
from credit_scoring.scoring.scorer import Scorer
from custom_threshold_model import CustomThresholdLGBM

DEBT = Feature(
    "bureau_active_debt_sum",
    "bureau",
    "sum of the debt of active credits",
    unit="currency",
    minimum=0,
    formula="sum of AMT_CREDIT_SUM_DEBT",
)
RAW = {feature.name: feature for feature in application_features()} | {DEBT.name: DEBT}
NUMBERS = (
    "EXT_SOURCE_2",
    "EXT_SOURCE_3",
    "AMT_CREDIT",
    "DAYS_EMPLOYED",
    "CNT_CHILDREN",
    "bureau_active_debt_sum",
)
LEVELS = ("NAME_CONTRACT_TYPE", "ORGANIZATION_TYPE")
RATIO = "application_credit_per_income"
RATIO_INPUT = "AMT_INCOME_TOTAL"
REQUIRED = ("AMT_CREDIT", "CNT_CHILDREN", "NAME_CONTRACT_TYPE", RATIO_INPUT)
EXAMPLE = {
    "EXT_SOURCE_2": 0.62,
    "EXT_SOURCE_3": None,
    "AMT_CREDIT": 450000,
    "DAYS_EMPLOYED": -1200,
    "CNT_CHILDREN": 1,
    "bureau_active_debt_sum": 12000.5,
    "NAME_CONTRACT_TYPE": "Cash loans",
    "ORGANIZATION_TYPE": "School",
    "AMT_INCOME_TOTAL": 180000,
}

DATA = {
    "source": "random rows",
    "generated_sample": False,
    "fingerprint": "0" * 64,
    "applicants": 600,
    "defaults": 60,
    "tables": ["application", "bureau"],
}


def features() -> tuple[ModelFeature, ...]:
    inputs = [
        ModelFeature(RAW[name], "input", name not in REQUIRED, 0.1) for name in (*NUMBERS, *LEVELS)
    ]
    income = ModelFeature(RAW[RATIO_INPUT], "ratio input", nullable=False)
    ratio = ratios_by_name()[RATIO].feature
    return (*inputs, income, ModelFeature(ratio, "derived", nullable=True, importance=0.2))


def train(seed: int = 0, **params: Any) -> CustomThresholdLGBM:
    rng, rows = np.random.default_rng(seed), 600
    risk = rng.random(rows)
    columns = {
        name: np.where(rng.random(rows) < 0.1, np.nan, 1 - risk + rng.random(rows) / 2)
        for name in NUMBERS
    }
    categories = {
        name: pl.Series(rng.choice(RAW[name].levels, rows), dtype=pl.Enum(RAW[name].levels))
        for name in LEVELS
    }
    frame = pl.DataFrame(columns | categories | {RATIO: risk + rng.random(rows)})
    trees = {"num_iterations": 20, "num_leaves": 4, "feature_fraction": 0.05}
    params = {**trees, "min_data_in_leaf": 5, "bagging_fraction": 0.5, **params}
    model = CustomThresholdLGBM(n_boosters=1, threshold="empirical", n_splits=3, params=params)
    return model.fit(frame, (rng.random(rows) < risk / 4).astype(int))


def write(folder: Path, seed: int = 0, **params: Any) -> Path:
    """Write a bundle to `folder` and return it; another `seed` gives other probabilities.

    `params` are further ones of LightGBM.
    """
    model = train(seed, **params)
    data = pickle.dumps(model, protocol=4)
    manifest = _manifest(model, data)
    decision = Scorer(Bundle(model, manifest)).score(EXAMPLE)
    golden = ({"name": "typical", "features": EXAMPLE, "probability": decision.probability},)
    content = manifest_json(replace(manifest, golden_rows=golden))
    write_bundle(folder, {MODEL_FILE: data, MANIFEST_FILE: content})
    return folder


def _manifest(model: CustomThresholdLGBM, data: bytes) -> Manifest:
    digest = hashlib.sha256(data).hexdigest()
    figure = {"value": 0.75, "low": 0.7, "high": 0.8}
    figures = {"roc_auc": figure, "cost_per_applicant": figure}
    return Manifest(
        version=digest[:12],
        created_at="2026-11-20T12:00:00Z",
        made_by="tests",
        algorithm="LightGBM",
        pickle=pickle_metadata(data, digest),
        libraries={},
        data=DATA,
        settings={"seed": 0, "folds": 3, "held_out_share": 0.2, "allowed_attributes": []},
        costs=cost_summary(model),
        threshold=threshold_summary(model),
        metrics={"out_of_fold": figures, "held_out": figures},
        features=features(),
        golden_rows=(),
    )
