"""The feature table: a row per applicant, the catalogue's columns, independent of row order."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from credit_scoring.contracts.contract import contracts
from credit_scoring.errors import FeatureError
from credit_scoring.features.assemble import build_features
from credit_scoring.features.catalogue import catalogue
from credit_scoring.tables.read_tables import read_tables
from tests.features import reference

SIDES = tuple(name for name in contracts() if name != "application")


@pytest.fixture(scope="module")
def tables(sample_folder):
    """The sample's tables, of its first forty applicants."""
    complete = {name: frame.collect() for name, frame in read_tables(sample_folder).items()}
    balance = complete.pop("bureau_balance")
    first = complete["application"].sort("SK_ID_CURR").head(40).select("SK_ID_CURR")
    tables = {
        name: frame.join(first, on="SK_ID_CURR", how="semi") for name, frame in complete.items()
    }
    tables["bureau_balance"] = balance.join(tables["bureau"], on="SK_ID_BUREAU", how="semi")
    return tables


def build(tables):
    return build_features({name: frame.lazy() for name, frame in tables.items()})


def names(features):
    return [feature.name for feature in features]


def test_rows_are_in_the_order_of_the_identifier(feature_table, sample_folder):
    application = pl.read_parquet(sample_folder / "application_train.parquet").sort("SK_ID_CURR")
    assert feature_table.applicant.to_list() == application["SK_ID_CURR"].to_list()
    assert feature_table.target.to_list() == application["TARGET"].to_list()
    assert len(feature_table.features) == len(application)


def test_unlabelled_applicants_do_not_have_a_target(sample_folder):
    unlabelled = build_features(read_tables(sample_folder, labelled=False))
    assert unlabelled.target is None
    assert len(unlabelled.features) > 0


def test_a_repeated_applicant_is_refused(tables):
    row = tables["application"][:1]
    repeated = {**tables, "application": pl.concat([tables["application"], row, row])}
    applicant = row["SK_ID_CURR"][0]
    message = rf"SK_ID_CURR {applicant} occurs 3 times in the application table.*\(1 are repeated\)"
    with pytest.raises(FeatureError, match=message):
        build(repeated)


def test_the_order_of_the_rows_does_not_matter(tables):
    expected = build(tables)
    shuffled = build(
        {name: frame.sample(fraction=1, shuffle=True, seed=5) for name, frame in tables.items()}
    )
    assert_frame_equal(shuffled.features, expected.features, check_exact=True)
    assert shuffled.applicant.equals(expected.applicant)
    assert shuffled.target.equals(expected.target)


def test_building_twice_gives_equal_tables(feature_table, sample_folder):
    again = build_features(read_tables(sample_folder))
    assert_frame_equal(again.features, feature_table.features, check_exact=True)


def test_features_do_not_depend_on_other_applicants(tables, feature_table):
    alone = build({**tables, "application": tables["application"][7:8]})
    same = feature_table.features.filter(feature_table.applicant == alone.applicant[0])
    assert_frame_equal(alone.features, same, check_exact=True)


def test_features_do_not_depend_on_the_target():
    tables = {"application": reference.application()}
    inverted = {"application": tables["application"].with_columns(1 - pl.col("TARGET"))}
    assert_frame_equal(build(tables).features, build(inverted).features)


def unfitted(present):
    """The features of the tables `present` that need no term model."""
    return [feature for feature in catalogue(present) if not feature.fitted]


def test_columns_are_the_catalogue_s_for_any_applicants(tables, feature_table):
    single = build({**tables, "application": tables["application"][:1]})
    expected = names(unfitted(contracts()))
    assert single.features.columns == feature_table.features.columns == expected
    assert single.features.schema == feature_table.features.schema


@pytest.mark.parametrize("absent", [*((name,) for name in SIDES), SIDES])
def test_columns_are_the_catalogue_s_without_some_tables(tables, absent):
    present = {
        name: frame[:0] if name in SIDES else frame[:3]
        for name, frame in tables.items()
        if name not in absent
    }
    built = build(present)
    assert built.features.columns == names(built.catalogue) == names(unfitted(present))
    assert not {feature.table for feature in built.catalogue} & set(absent)


def test_missing_values_are_null_and_never_nan(feature_table):
    is_nan = feature_table.features.select(pl.selectors.float().is_nan().any())
    assert is_nan.width > 0
    assert not any(is_nan.row(0))


def test_dtypes_are_float32_integer_or_enum(feature_table):
    dtypes = feature_table.features.dtypes
    for feature, dtype in zip(feature_table.catalogue, dtypes, strict=True):
        if feature.levels:
            assert dtype == pl.Enum(feature.levels)
        elif feature.table == "application" and feature.whole:
            assert dtype.is_integer()
        else:
            assert dtype == pl.Float32


def test_values_are_within_the_catalogue_s_bounds(feature_table):
    for feature in feature_table.catalogue:
        known = feature_table.features[feature.name].drop_nulls()
        if feature.levels or known.is_empty():
            continue
        assert feature.minimum is None or known.min() >= feature.minimum, feature.name
        assert feature.maximum is None or known.max() <= feature.maximum, feature.name
        assert not feature.whole or known.cast(pl.Float64).round().eq(known).all(), feature.name


def test_counts_and_sums_are_never_missing(feature_table):
    zero = [feature.name for feature in feature_table.catalogue if feature.empty == "zero"]
    assert feature_table.features.select(zero).null_count().sum_horizontal()[0] == 0
