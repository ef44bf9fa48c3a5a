"""The price features among the others: the catalogue, and tables built with a term model."""

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from credit_scoring.contracts.contract import contracts
from credit_scoring.errors import FeatureError
from credit_scoring.features.assemble import build_features, fit_and_build_features
from credit_scoring.features.catalogue import catalogue
from credit_scoring.features.definitions.loan_price import loan_price_features
from credit_scoring.features.feature import Feature
from credit_scoring.features.feature_parts import feature_parts
from credit_scoring.features.loan_amounts import loan_amounts
from credit_scoring.loan_price.fit_term_model import fit_term_model
from credit_scoring.loan_price.price_features import PRICE_FEATURES, PRICE_INPUTS, price_columns
from credit_scoring.tables.read_tables import read_tables
from tests.loan_price.price_list import loans_of

MODEL = fit_term_model(loans_of(600), 0)
NAMES = ["AMT_CREDIT", "application_external_score_mean", *PRICE_FEATURES]


@pytest.fixture(scope="module")
def tables(sample_folder):
    return read_tables(sample_folder)


def test_the_catalogue_has_them_where_there_are_earlier_applications():
    full = {feature.name: feature for feature in catalogue(contracts())}
    without = {feature.name for feature in catalogue(["application", "bureau"])}

    assert set(PRICE_FEATURES) <= set(full)
    assert not set(PRICE_FEATURES) & without
    assert all(full[name].fitted and full[name].sources == PRICE_INPUTS for name in PRICE_FEATURES)


def test_the_catalogue_says_that_a_rate_carries_earlier_scoring():
    for feature in loan_price_features().values():
        is_of_a_price = feature.name != "implied_term"
        assert ("earlier scoring" in feature.meaning) == is_of_a_price


def test_a_fitted_feature_survives_the_manifest():
    feature = loan_price_features()["implied_rate"]

    assert Feature.from_dict(feature.as_dict()) == feature


def test_they_are_built_with_a_term_model(tables):
    built = build_features(tables, [*NAMES, *PRICE_INPUTS], term_model=MODEL)

    expected = price_columns(MODEL, **loan_amounts(built.features))
    for name in PRICE_FEATURES:
        values = built.features[name]
        np.testing.assert_array_equal(values.fill_null(np.nan).to_numpy(), expected[name])
        assert values.dtype == pl.Float32
        assert not values.is_nan().any()


def test_all_features_include_them_only_with_a_term_model(tables):
    few = {name: frame.head(20) for name, frame in tables.items()}

    assert not set(PRICE_FEATURES) & set(build_features(few).features.columns)
    assert set(PRICE_FEATURES) <= set(build_features(few, term_model=MODEL).features.columns)


def test_they_are_refused_without_a_term_model(tables):
    with pytest.raises(FeatureError, match="implied_rate needs a term model"):
        build_features(tables, NAMES)


def test_parts_have_the_same_bits(tables):
    parts = feature_parts(tables, NAMES, applicants_per_part=100, term_model=MODEL)

    together = pl.concat([part.features for part in parts])
    expected = build_features(tables, NAMES, term_model=MODEL).features
    assert_frame_equal(together, expected, check_exact=True)


def test_revolving_loans_and_only_they_are_revolving(tables):
    built = build_features(tables, [*PRICE_INPUTS])

    revolving = loan_amounts(built.features)["revolving"]
    from_codes = loan_amounts(tables["application"].collect().sort("SK_ID_CURR"))["revolving"]
    assert (
        revolving.tolist() == built.features["NAME_CONTRACT_TYPE"].eq("Revolving loans").to_list()
    )
    np.testing.assert_array_equal(revolving, from_codes)
    assert 0 < revolving.sum() < len(revolving)


def test_a_missing_type_of_contract_is_not_revolving():
    levels = pl.Enum(["Cash loans", "Revolving loans"])
    table = pl.DataFrame(
        {name: [1.0, 1.0] for name in PRICE_INPUTS[:3]}
        | {"NAME_CONTRACT_TYPE": pl.Series([None, "Revolving loans"], dtype=levels)}
    )

    assert loan_amounts(table)["revolving"].tolist() == [False, True]


def test_features_fitted_to_the_tables_come_with_their_fit(tables):
    previous = priced(tables["previous_application"].collect())
    few = {name: frame.head(20) for name, frame in tables.items()}
    few["previous_application"] = previous.lazy()

    built = fit_and_build_features(few, seed=0)

    assert built.fitted_terms is not None
    assert built.fitted_terms.accuracy > 0.8
    expected = build_features(few, term_model=built.fitted_terms.model)
    assert_frame_equal(built.features, expected.features, check_exact=True)


def priced(previous):
    """The earlier applications with the amounts and terms of a price list."""
    loans = loans_of(len(previous), loans_each=1)
    return previous.with_columns(
        pl.lit(0, pl.UInt8).alias("NAME_CONTRACT_TYPE"),
        pl.Series("AMT_CREDIT", loans.credit, pl.Float32),
        pl.Series("AMT_ANNUITY", loans.annuity, pl.Float32),
        pl.Series("AMT_GOODS_PRICE", loans.goods, pl.Float32, nan_to_null=True),
        pl.Series("CNT_PAYMENT", 6.0 * (loans.term + 1), pl.Float32),
    )
