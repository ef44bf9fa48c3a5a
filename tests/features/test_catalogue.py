"""The catalogue: complete, documented, searchable."""

from pathlib import Path

import pytest

from credit_scoring.errors import FeatureError
from credit_scoring.features.catalogue import everything, in_words, markdown, only, search

DOCS = Path(__file__).parents[2] / "docs/features.md"


def test_there_are_more_than_six_hundred_features():
    assert len(everything()) >= 600


def test_names_are_distinct():
    names = [feature.name for feature in everything()]
    assert len(set(names)) == len(names)


def test_every_feature_says_what_it_means_in_which_unit_from_which_table():
    assert all(feature.meaning and feature.unit and feature.table for feature in everything())


def test_every_feature_but_a_column_says_how_it_is_computed():
    assert all(feature.formula for feature in everything() if feature.name != feature.name.upper())


def test_the_documentation_is_generated():
    assert DOCS.read_text(encoding="utf-8") == markdown(), (
        "run: python model.py features --markdown > docs/features.md"
    )


def test_a_search_finds_every_word_in_any_case():
    found = search("CARD Trend")
    assert found
    assert all("card" in f"{f.name} {f.meaning}".lower() and "trend" in f.name for f in found)


def test_a_feature_is_described_in_words():
    (feature,) = only(everything(), ["bureau_active_debt_sum"])
    text = in_words(feature)
    assert "sum of AMT_CREDIT_SUM_DEBT over active credits elsewhere" in text
    assert "no history  0" in text


def test_an_unknown_feature_is_refused_with_the_nearest():
    with pytest.raises(FeatureError, match=r"did you mean bureau_active_debt_sum\?"):
        only(everything(), ["bureau_active_debts_sum"])
