"""Fitted features: the bits of training in a request, in a batch of requests and in a block."""

import dataclasses

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.batch.score_block import BlockScorer
from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.errors import BundleError
from credit_scoring.loan_price.price_features import PRICE_FEATURES, price_row
from credit_scoring.scoring import fitted_features
from credit_scoring.scoring.explanation import Explainer
from credit_scoring.scoring.rescorer import Rescorer
from credit_scoring.scoring.scorer import Scorer
from tests.priced_bundle import (
    INPUTS,
    LOAN_AMOUNTS,
    loans,
    priced_bundle,
    requests,
    trained_columns,
)

ROWS = 300


@pytest.fixture(scope="module")
def priced():
    return priced_bundle()


@pytest.fixture(scope="module")
def priced_scorer(priced):
    return Scorer(priced)


@pytest.fixture(scope="module")
def trained(priced):
    """The features of the applicants of `requests` as training computes them."""
    return trained_columns(loans(ROWS, 1), priced.term_model)


def test_some_applicants_have_a_rate_and_others_have_none(trained):
    has_rate = ~np.isnan(trained["implied_rate"])
    assert 0.5 < has_rate.mean() < 0.95


@pytest.mark.parametrize("name", PRICE_FEATURES)
def test_a_single_row_has_the_bits_of_training(priced_scorer, trained, name):
    place = list(priced_scorer.model_columns).index(name)
    rows = [priced_scorer.row(inputs)[place] for inputs in requests(ROWS)]
    np.testing.assert_array_equal(rows, trained[name].astype(np.float64))


@pytest.mark.parametrize("name", PRICE_FEATURES)
def test_a_matrix_has_the_bits_of_training(priced_scorer, trained, name):
    place = list(priced_scorer.model_columns).index(name)
    matrix = priced_scorer.matrix(requests(ROWS))
    np.testing.assert_array_equal(matrix[:, place], trained[name].astype(np.float64))


def test_a_request_a_batch_a_block_and_a_rescorer_give_the_same_probability(priced, priced_scorer):
    applicants = requests(ROWS)
    single = [priced_scorer.score(inputs) for inputs in applicants]
    assert priced_scorer.score_all(applicants) == single
    for threads in (1, 2):
        frame = pl.DataFrame(applicants, infer_schema_length=None)
        block = BlockScorer(priced, threads=threads).score(frame)
        assert block["probability"].to_list() == [each.probability for each in single]
    rescored = Rescorer(priced, {"": set(INPUTS)}).score(applicants, [""] * ROWS)
    assert rescored == single


AMOUNTS = st.none() | st.sampled_from([0.0, -1.0, 1e-40, 1e30, 1e5, 4321.5]) | st.floats(1, 1e7)


@given(
    amounts=st.fixed_dictionaries(dict.fromkeys(LOAN_AMOUNTS, AMOUNTS)),
    kind=st.sampled_from(["Cash loans", "Revolving loans", "no such level", None]),
)
def test_a_row_and_a_matrix_agree_on_odd_loans(priced_scorer, amounts, kind):
    inputs = {**requests(1)[0], **amounts, "NAME_CONTRACT_TYPE": kind}
    row, matrix = priced_scorer.row(inputs), priced_scorer.matrix([inputs, *requests(1)])
    np.testing.assert_array_equal(row, matrix[0])
    assert not np.isinf(row).any()


def test_a_loan_is_priced_once(priced, monkeypatch):
    """A refusal is explained after it was scored, and loans come from a price list."""
    priced_loans = []

    def price(*arguments, **loan):
        priced_loans.append(loan)
        return price_row(*arguments, **loan)

    monkeypatch.setattr(fitted_features, "price_row", price)
    scorer = Scorer(priced)
    first, other = requests(2)
    decisions = [scorer.score(inputs) for inputs in (first, other, first)]
    assert len(priced_loans) == 2
    assert decisions[0] == decisions[2]


def test_missing_inputs_and_a_revolving_loan_have_no_rate(priced_scorer):
    (applicant,) = requests(1)
    for change in (
        {"AMT_ANNUITY": None}, {"NAME_CONTRACT_TYPE": "Revolving loans"}, {"AMT_ANNUITY": 1.0},
    ):  # fmt: skip
        row = dict(
            zip(
                priced_scorer.model_columns, priced_scorer.row({**applicant, **change}), strict=True
            )
        )
        assert np.isnan(row["implied_rate"])


def test_explanations_have_the_values_of_the_fitted_features(priced, priced_scorer):
    (applicant,) = requests(1)
    explanation = Explainer(priced, priced_scorer).explain(applicant)
    values = {row["feature"]: row["value"] for row in explanation.as_dict()["contributions"]}
    row = dict(zip(priced_scorer.model_columns, explanation.row, strict=True))
    assert np.float32(values["implied_rate"]) == row["implied_rate"]
    assert values["implied_rate"] > 0


def test_a_block_explains_as_a_request_does(priced, priced_scorer):
    frame = pl.DataFrame(requests(ROWS), infer_schema_length=None)
    explainer = Explainer(priced, priced_scorer)
    _, factors = BlockScorer(priced).score_and_explain(frame)
    expected = [
        explainer.principal_reasons(inputs, priced_scorer.score(inputs))
        for inputs in requests(ROWS)
    ]
    assert factors == expected
    assert any(factors)


def test_fitted_features_without_their_term_model_are_refused(priced):
    with pytest.raises(BundleError, match="implied_rate needs the term model, which the bundle"):
        Scorer(Bundle(priced.model, priced.manifest))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"formula": "another"}, r"implied_rate was computed differently in training \(another\)"),
        ({"name": "implied_mood"}, "implied_mood was computed differently in training"),
    ],
    ids=["formula", "name"],
)
def test_a_fitted_feature_that_is_computed_differently_now_is_refused(priced, change, message):
    with pytest.raises(BundleError, match=message):
        Scorer(with_changed(priced, change))


def test_a_fitted_feature_without_an_input_is_refused(priced):
    features = tuple(f for f in priced.manifest.features if f.name != "AMT_GOODS_PRICE")
    manifest = dataclasses.replace(priced.manifest, features=features)
    with pytest.raises(BundleError, match="needs AMT_GOODS_PRICE, which the bundle does not"):
        Scorer(dataclasses.replace(priced, manifest=manifest))


def with_changed(bundle, change):
    """The bundle with another description of the implied rate."""
    features = [
        dataclasses.replace(f, feature=dataclasses.replace(f.feature, **change))
        if f.name == "implied_rate"
        else f
        for f in bundle.manifest.features
    ]
    manifest = dataclasses.replace(bundle.manifest, features=tuple(features))
    return dataclasses.replace(bundle, manifest=manifest)
