"""A bundle whose model has fitted features, trained in a second on invented loans."""

import hashlib
import pickle
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from credit_scoring.bundle.manifest import (
    MANIFEST_FILE,
    MODEL_FILE,
    TERM_MODEL_FILE,
    Manifest,
    ModelFeature,
    pickle_metadata,
    term_model_metadata,
)
from credit_scoring.bundle.manifest_json import manifest_json
from credit_scoring.bundle.read_bundle import Bundle, cost_summary, threshold_summary
from credit_scoring.bundle.write_bundle import write_bundle
from credit_scoring.features.definitions.application import application_features
from credit_scoring.features.definitions.loan_price import loan_price_features
from credit_scoring.features.definitions.row_ratios import ratios_by_name
from credit_scoring.loan_price.fit_term_model import EarlierLoans, fit_term_model
from credit_scoring.loan_price.price_features import (
    PRICE_FEATURES,
    PRICE_INPUTS,
    REVOLVING,
    price_columns,
)
from credit_scoring.loan_price.term_model import TERMS, TermModel
from credit_scoring.scoring.scorer import Scorer
from custom_threshold_model import CustomThresholdLGBM

RAW = {feature.name: feature for feature in application_features()}
*LOAN_AMOUNTS, CONTRACT_TYPE = PRICE_INPUTS
RATIO = "application_annuity_per_income"
INPUTS = ("DAYS_BIRTH", *LOAN_AMOUNTS, CONTRACT_TYPE, "AMT_INCOME_TOTAL")
NULLABLE = ("AMT_ANNUITY", "AMT_GOODS_PRICE", CONTRACT_TYPE)


def loans(rows: int, seed: int = 0) -> pl.DataFrame:
    """Invented applications of the columns `INPUTS`, their exact `term` and monthly `rate`."""
    rng = np.random.default_rng(seed)
    term, rate = rng.choice(TERMS, rows), rng.uniform(0.01, 0.04, rows)
    credit = np.round(rng.uniform(50_000, 1_500_000, rows))
    annuity = np.round(credit * rate / (1 - (1 + rate) ** -term))
    amounts = dict(zip(LOAN_AMOUNTS, (credit, annuity, np.round(credit / 1.1)), strict=True))
    for name in NULLABLE[:2]:
        amounts[name] = np.where(rng.random(rows) < 0.02, np.nan, amounts[name])
    kinds = rng.choice(["Cash loans", REVOLVING, None], rows, p=[0.9, 0.08, 0.02])
    return pl.DataFrame(
        {
            "DAYS_BIRTH": -rng.integers(8000, 25000, rows),
            **amounts,
            CONTRACT_TYPE: pl.Series(kinds, dtype=pl.Enum(RAW[CONTRACT_TYPE].levels)),
            "AMT_INCOME_TOTAL": np.round(rng.uniform(50_000, 400_000, rows)),
            "term": term,
            "rate": rate,
        }
    ).with_columns(pl.col(LOAN_AMOUNTS).cast(pl.Float32).fill_nan(None))


def requests(rows: int, seed: int = 1) -> list[dict[str, Any]]:
    """Applicants as a request has them."""
    return loans(rows, seed).select(INPUTS).to_dicts()


@cache
def term_text(seed: int = 0) -> str:
    """The text of a small term model."""
    sample = loans(1500, seed).drop_nulls(LOAN_AMOUNTS)
    amounts = [sample[name].cast(pl.Float64).to_numpy() for name in LOAN_AMOUNTS]
    terms = np.searchsorted(TERMS, sample["term"].to_numpy())
    return fit_term_model(EarlierLoans(np.arange(len(terms)), *amounts, terms), seed).text


def trained_columns(applicants: pl.DataFrame, term_model: TermModel) -> dict[str, Any]:
    """The fitted features of all applicants at once, as training computes them."""
    credit, annuity, goods = (
        applicants[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in LOAN_AMOUNTS
    )
    revolving = (applicants[CONTRACT_TYPE] == REVOLVING).fill_null(value=False).to_numpy()
    return price_columns(
        term_model, credit=credit, annuity=annuity, goods=goods, revolving=revolving
    )


def priced_bundle(seed: int = 0) -> Bundle:
    """A bundle with the five features; another `seed` gives other models."""
    term_model = TermModel.from_text(term_text(seed))
    applicants = loans(2000, seed + 10)
    columns = trained_columns(applicants, term_model)
    ratio = applicants["AMT_ANNUITY"] / applicants["AMT_INCOME_TOTAL"]
    age = applicants["DAYS_BIRTH"]
    frame = pl.DataFrame({"DAYS_BIRTH": age, RATIO: ratio, **columns})
    rng = np.random.default_rng(seed)
    risk = 50 * applicants["rate"].to_numpy() - 2.5 + rng.normal(size=len(applicants)) / 2
    params = {"num_iterations": 30, "learning_rate": 0.2, "num_threads": 1, "feature_fraction": 0.5}
    model = CustomThresholdLGBM(n_splits=3, params=params).fit(frame, (risk > 0).astype(int))
    return _with_golden_rows(Bundle(model, _manifest(model, seed), term_model=term_model))


def write_priced_bundle(folder: Path, seed: int = 0) -> Path:
    """Write the bundle to `folder` and return it."""
    bundle = priced_bundle(seed)
    files = {
        MODEL_FILE: pickle.dumps(bundle.model, protocol=4),
        MANIFEST_FILE: manifest_json(bundle.manifest),
        TERM_MODEL_FILE: term_text(seed).encode(),
    }
    write_bundle(folder, files)
    return folder


def _with_golden_rows(bundle: Bundle) -> Bundle:
    scorer = Scorer(bundle)
    rows = [
        {"name": f"row {i}", "features": row, "probability": scorer.score(row).probability}
        for i, row in enumerate(requests(3))
    ]
    return replace(bundle, manifest=replace(bundle.manifest, golden_rows=tuple(rows)))


def _features() -> tuple[ModelFeature, ...]:
    requested = [
        ModelFeature(
            RAW[name], "input" if name == "DAYS_BIRTH" else "ratio input", name in NULLABLE
        )
        for name in INPUTS
    ]
    derived = [ratios_by_name()[RATIO].feature, *map(loan_price_features().get, PRICE_FEATURES)]
    return (*requested, *(ModelFeature(f, "derived", nullable=True) for f in derived))


def _manifest(model: CustomThresholdLGBM, seed: int) -> Manifest:
    data = pickle.dumps(model, protocol=4)
    digest = hashlib.sha256(data).hexdigest()
    figure = {"value": 0.75, "low": 0.7, "high": 0.8}
    figures = {"roc_auc": figure, "cost_per_applicant": figure}
    facts = {"source": "invented loans", "generated_sample": True, "fingerprint": "0" * 64}
    return Manifest(
        version=digest[:12], created_at="2026-11-28T12:00:00Z", made_by="tests",
        algorithm="LightGBM", pickle=pickle_metadata(data, digest), libraries={},
        data={**facts, "applicants": 2000, "defaults": 900, "tables": ["application"]},
        settings={"seed": 0, "folds": 3, "held_out_share": 0.2, "allowed_attributes": []},
        costs=cost_summary(model), threshold=threshold_summary(model),
        metrics={"out_of_fold": figures, "held_out": figures}, features=_features(),
        golden_rows=(),
        term_model=term_model_metadata(
            term_text(seed).encode(), accuracy=0.97, loans=1500, applicants_with_rate=0.9
        ),
    )  # fmt: skip
