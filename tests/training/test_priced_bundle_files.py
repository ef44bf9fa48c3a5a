"""The files of a bundle whose model uses the price of the loan."""

import numpy as np
import polars as pl
import pytest

from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE, TERM_MODEL_FILE
from credit_scoring.bundle.read_bundle import parse_bundle
from credit_scoring.features.definitions.application import application_features
from credit_scoring.features.definitions.loan_price import loan_price_features
from credit_scoring.features.loan_amounts import loan_amounts
from credit_scoring.loan_price.fit_term_model import FittedTerms, fit_term_model
from credit_scoring.loan_price.price_features import PRICE_INPUTS, price_columns
from credit_scoring.scoring.scorer import verified_scorer
from credit_scoring.training.bundle_files import build_bundle_files
from credit_scoring.training.cross_validation import LearningTask, Predictions, TrainedModel
from credit_scoring.training.metrics import Costs
from credit_scoring.training.parallel import ignore_progress
from credit_scoring.training.price_fit import PriceFit
from credit_scoring.training.reference_distribution import count_column
from credit_scoring.training.training_metrics import evaluate_predictions
from tests.loan_price.price_list import loans_of

APPLICANTS = 400
LOANS = loans_of(APPLICANTS)
TERMS = FittedTerms(fit_term_model(LOANS, 0), LOANS, 0.97, 0)
NAMES = ("implied_rate", "implied_total_cost")
DATA = {
    "source": "tests", "generated_sample": False, "fingerprint": "0" * 64,
    "applicants": APPLICANTS, "defaults": 50, "tables": ["application"],
}  # fmt: skip


def priced_task():
    """Applicants who apply for their first earlier loan again; the risk rises with its rate."""
    own = LOANS[np.arange(0, 2 * APPLICANTS, 2)]
    kinds = np.where(np.arange(APPLICANTS) % 10, "Cash loans", "Revolving loans").tolist()
    inputs = [f for f in application_features() if f.name in PRICE_INPUTS]
    amounts = dict(zip(PRICE_INPUTS, (own.credit, own.annuity, own.goods), strict=False))
    table = pl.DataFrame(
        {name: pl.Series(values, dtype=pl.Float32, nan_to_null=True)
         for name, values in amounts.items()}
        | {PRICE_INPUTS[3]: pl.Series(kinds, dtype=pl.Enum(inputs[0].levels))}
    )  # fmt: skip
    columns = price_columns(TERMS.model, **loan_amounts(table))
    table = table.with_columns(
        pl.Series(name, values, nan_to_null=True) for name, values in columns.items()
    )
    rate = np.nan_to_num(columns["implied_rate"])
    default = np.random.default_rng(0).random(APPLICANTS) < 8 * rate
    price = PriceFit(TERMS, own.applicant, own.applicant, loan_amounts(table))
    catalogue = [*inputs, *loan_price_features().values()]
    return LearningTask(
        table.select(feature.name for feature in catalogue), default.astype(np.int8), catalogue,
        Costs(), 0, params={"num_iterations": 60, "feature_fraction": 1.0},
        fixed_features=NAMES, price=price,
    )  # fmt: skip


@pytest.fixture(scope="module")
def task():
    return priced_task()


@pytest.fixture(scope="module")
def files(task):
    rows = np.arange(APPLICANTS)
    model = task.fit(rows, task.select(rows), ignore_progress)
    predictions = Predictions.of(model, task.features, rows)
    metrics = evaluate_predictions(task, predictions, None)

    return build_bundle_files(
        task, TrainedModel(model, predictions, predictions), data=DATA, made_by="the tests",
        metrics={"out_of_fold": metrics, "held_out": metrics},
        settings={"seed": 0, "folds": 5, "held_out_share": 0.2, "allowed_attributes": []},
    )  # fmt: skip


def test_the_bundle_has_the_term_model(files):
    assert set(files) == {MODEL_FILE, MANIFEST_FILE, TERM_MODEL_FILE}
    bundle = parse_bundle(files, "bundle")
    assert bundle.term_model == TERMS.model
    assert bundle.manifest.term_model is not None
    assert bundle.manifest.term_model["accuracy"] == 0.97
    assert bundle.manifest.term_model["loans"] == len(LOANS)
    roles = {feature.name: feature.role for feature in bundle.manifest.features}
    assert roles == dict.fromkeys(NAMES, "derived") | dict.fromkeys(PRICE_INPUTS, "ratio input")


def test_golden_rows_are_priced_by_the_term_model(files):
    """They hold the loan; its price follows from it in every path."""
    bundle = parse_bundle(files, "bundle")
    scorer = verified_scorer(bundle)
    rows = [row["features"] for row in bundle.manifest.golden_rows]
    assert [set(row) for row in rows] == [set(PRICE_INPUTS)] * len(rows)
    assert any(map(scorer.has_price, rows))
    decisions = scorer.score_all(rows)
    probabilities = [row["probability"] for row in bundle.manifest.golden_rows]
    assert [decision.probability for decision in decisions] == probabilities


def test_the_reference_counts_the_prices_as_the_scorer_computes_them(task, files):
    bundle = parse_bundle(files, "bundle")
    scorer = verified_scorer(bundle)
    amounts = task.features.with_columns(pl.col(pl.Enum).cast(pl.String)).select(PRICE_INPUTS)
    scored = pl.DataFrame(scorer.matrix(amounts.to_dicts()), schema=[*scorer.model_columns])
    assert bundle.manifest.reference is not None
    counted = {row.name: row for row in bundle.manifest.reference.features}
    for name in NAMES:
        row = counted[name]
        assert sum(row.counts) == APPLICANTS
        assert len(row.edges) > 2
        assert row.counts == count_column(scored[name], row.edges)
