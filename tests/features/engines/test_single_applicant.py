"""One applicant's features from raw records equal its row of the feature table."""

import polars as pl
import pytest

from credit_scoring.contracts.contract import contracts
from credit_scoring.features.engines.single_applicant import build_applicant_features


@pytest.fixture(scope="module")
def raw_tables(sample_folder):
    """The sample's tables as in their files, with the source's own marks."""
    return {
        name: pl.read_parquet(sample_folder / f"{table.file}.parquet")
        for name, table in contracts().items()
    }


def records_of(raw_tables, applicant):
    is_own = pl.col("SK_ID_CURR") == applicant
    credits_elsewhere = raw_tables["bureau"].filter(is_own)["SK_ID_BUREAU"]
    is_own_month = pl.col("SK_ID_BUREAU").is_in(credits_elsewhere.implode())
    return {
        name: frame.filter(is_own if "SK_ID_CURR" in frame.columns else is_own_month)
        .drop("TARGET", strict=False)
        .to_dicts()
        for name, frame in raw_tables.items()
    }


def row_of(feature_table, position, names):
    row = feature_table.features.row(position, named=True)
    return {name: row[name] for name in feature_table.features.columns if name in names}


@pytest.mark.parametrize("position", [0, 17, 333, 700])
def test_features_equal_those_of_the_training_table(raw_tables, feature_table, position):
    features = build_applicant_features(records_of(raw_tables, feature_table.applicant[position]))
    assert features == feature_table.features.row(position, named=True)


def test_only_the_named_features_are_computed(raw_tables, feature_table):
    names = ["bureau_debt_per_income", "card_trend_3_months_utilisation_mean", "EXT_SOURCE_2"]
    records = records_of(raw_tables, feature_table.applicant[5])
    assert build_applicant_features(records, names) == row_of(feature_table, 5, names)


def test_shares_count_the_rows_of_other_levels(raw_tables, feature_table):
    """Also if only the shares of some levels are computed."""
    endings = ("_active_share", "_cash_loans_share")
    names = [name for name in feature_table.features.columns if name.endswith(endings)]
    assert names
    for position in range(40):
        records = records_of(raw_tables, feature_table.applicant[position])
        features = build_applicant_features(records, names)
        assert features == row_of(feature_table, position, names)


def test_no_history_gives_zero_counts_and_missing_means():
    names = ["bureau_count", "bureau_debt_sum", "bureau_debt_mean"]
    features = build_applicant_features({"application": [{"AMT_CREDIT": 1000.0}]}, names)
    assert features == {"bureau_count": 0, "bureau_debt_sum": 0, "bureau_debt_mean": None}


def test_the_source_s_marks_for_no_value_are_missing():
    application = {"DAYS_EMPLOYED": 365243, "ORGANIZATION_TYPE": "XNA"}
    features = build_applicant_features({"application": [application]}, list(application))
    assert features == {"DAYS_EMPLOYED": None, "ORGANIZATION_TYPE": None}
