"""The catalogue: complete, documented, searchable."""

from itertools import chain, combinations
from pathlib import Path

import pytest

from credit_scoring.contracts.contract import contracts
from credit_scoring.errors import FeatureError
from credit_scoring.features.catalogue import (
    catalogue,
    catalogue_markdown,
    describe_feature,
    full_catalogue,
    search_features,
    select_features,
    side_tables,
)
from credit_scoring.features.definitions.application import application_features
from credit_scoring.features.definitions.row_ratios import available_ratios, ratios_by_name

DOCS = Path(__file__).parents[2] / "docs/features.md"
SIDES = tuple(name for name in contracts() if name != "application")


def names(features):
    return [feature.name for feature in features]


def test_there_are_more_than_six_hundred_features():
    assert len(full_catalogue()) >= 600


def test_names_are_distinct():
    assert len(set(names(full_catalogue()))) == len(full_catalogue())


def test_every_feature_has_a_meaning_unit_and_table():
    for feature in full_catalogue():
        assert len(feature.meaning) > 3
        assert feature.unit
        assert feature.table in contracts()


def test_every_feature_but_a_column_has_a_formula():
    for feature in full_catalogue():
        assert bool(feature.formula) == (feature not in application_features())


def test_keys_and_target_are_not_features():
    columns = (column for table in contracts().values() for column in table.columns)
    keys = {column.name for column in columns if column.use in ("key", "target")}
    assert not keys & set(names(full_catalogue()))


def test_features_of_sensitive_attributes_are_sensitive():
    assert {f.name: f.sensitive for f in full_catalogue() if f.sensitive} == {
        "CODE_GENDER": "prohibited",
        "NAME_FAMILY_STATUS": "prohibited",
        "DAYS_BIRTH": "restricted",
        "application_employed_per_age": "restricted",
    }


def test_absent_tables_only_remove_features():
    present_sides = chain.from_iterable(
        combinations(SIDES, size) for size in (0, 1, len(SIDES) - 1)
    )
    for present in present_sides:
        fewer = names(catalogue({"application", *present}))
        assert set(fewer) <= set(names(full_catalogue()))
        assert len(set(fewer)) == len(fewer)


def test_monthly_balances_without_credits_are_not_used():
    assert side_tables({"application", "bureau_balance"}) == ()


def test_a_ratio_needs_all_its_inputs():
    assert names(ratio.feature for ratio in available_ratios(["AMT_CREDIT", "AMT_ANNUITY"])) == [
        "application_annuity_per_credit",
        "application_credit_per_annuity",
    ]


def test_all_ratios_are_in_the_catalogue():
    assert set(ratios_by_name()) <= set(names(full_catalogue()))


def test_ratios_have_only_plain_numeric_inputs():
    """So that a request can contain them."""
    plain = {feature.name: feature for feature in full_catalogue() if not feature.inputs}
    for ratio in ratios_by_name().values():
        assert all(not plain[name].levels for name in ratio.formula.columns)


def test_the_documentation_is_up_to_date():
    command = "python model.py features --markdown > docs/features.md"
    assert DOCS.read_text(encoding="utf-8") == catalogue_markdown(), f"run: {command}"


def test_a_search_matches_every_word_in_any_case():
    features = search_features("CARD Trend")
    assert features
    assert all("card" in f"{f.name} {f.meaning}".lower() and "trend" in f.name for f in features)


def test_a_feature_is_described_in_words():
    (feature,) = select_features(full_catalogue(), ["bureau_active_debt_sum"])
    text = describe_feature(feature)
    assert "sum of AMT_CREDIT_SUM_DEBT over active credits elsewhere" in text
    assert "no history  0" in text


def test_an_unknown_feature_is_refused_with_a_suggestion():
    with pytest.raises(FeatureError, match=r"did you mean bureau_active_debt_sum\?"):
        select_features(full_catalogue(), ["bureau_active_debts_sum"])
