"""One applicant's features from raw records are its row of the feature table."""

import polars as pl
import pytest

from credit_scoring.contracts.contract import contracts
from credit_scoring.features.engines.single_applicant import build_applicant_features


@pytest.fixture(scope="module")
def raw(sample_folder):
    """The sample's tables as they stand in their files, with the source's own marks."""
    return {
        name: pl.read_parquet(sample_folder / f"{table.file}.parquet")
        for name, table in contracts().items()
    }


def records_of(raw, applicant):
    credits_elsewhere = raw["bureau"].filter(pl.col("SK_ID_CURR") == applicant)["SK_ID_BUREAU"]
    return {
        name: [
            {key: value for key, value in row.items() if key != "TARGET"}
            for row in frame.filter(
                pl.col("SK_ID_CURR") == applicant
                if "SK_ID_CURR" in frame.columns
                else pl.col("SK_ID_BUREAU").is_in(credits_elsewhere.implode())
            ).iter_rows(named=True)
        ]
        for name, frame in raw.items()
    }


@pytest.mark.parametrize("position", [0, 17, 333, 700])
def test_every_feature_is_that_of_the_training_table(raw, feature_table, position):
    found = build_applicant_features(records_of(raw, feature_table.applicant[position]))
    assert found == feature_table.features.row(position, named=True)


def test_only_the_wanted_features_are_computed(raw, feature_table):
    wanted = ["bureau_debt_per_income", "card_trend_3_months_utilisation_mean", "EXT_SOURCE_2"]
    found = build_applicant_features(records_of(raw, feature_table.applicant[5]), wanted)
    row = feature_table.features.row(5, named=True)
    assert found == {name: row[name] for name in feature_table.features.columns if name in wanted}


def test_shares_of_some_levels_are_those_among_all_of_them(raw, feature_table):
    """A level that nobody asked for still counts as a row, and in no other applicant's place."""
    wanted = [
        name
        for name in feature_table.features.columns
        if name.endswith(("_active_share", "_cash_loans_share"))
    ]
    assert wanted
    for position in range(40):
        row = feature_table.features.row(position, named=True)
        found = build_applicant_features(records_of(raw, feature_table.applicant[position]), wanted)
        assert found == {name: row[name] for name in wanted}


def test_an_applicant_without_history_has_zero_counts_and_missing_means():
    found = build_applicant_features(
        {"application": [{"AMT_CREDIT": 1000.0}]},
        ["bureau_count", "bureau_debt_sum", "bureau_debt_mean"],
    )
    assert found == {"bureau_count": 0, "bureau_debt_sum": 0, "bureau_debt_mean": None}


def test_the_sources_marks_for_no_value_are_missing():
    application = {"DAYS_EMPLOYED": 365243, "ORGANIZATION_TYPE": "XNA"}
    found = build_applicant_features(
        {"application": [application]}, ["DAYS_EMPLOYED", "ORGANIZATION_TYPE"]
    )
    assert found == {"DAYS_EMPLOYED": None, "ORGANIZATION_TYPE": None}
