"""Fields in words: labels, ranges, durations and levels, in both languages."""

from dataclasses import replace

import pytest

from credit_scoring.contracts.contract import contracts
from credit_scoring.features.feature import column_feature
from credit_scoring.serving.pages.field_words import (
    duration_range,
    field_ids,
    help_text,
    is_duration,
    label,
    levels,
    meaning,
    range_hint,
)
from credit_scoring.serving.pages.language import LANGUAGES, page_texts


@pytest.fixture
def asked(app):
    requested = app.extensions["credit_scoring"].scorer.requested_features
    return {feature.name: feature for feature in requested}


def own(feature, name="dti", text="debts per income"):
    """The feature as a column of a lender's table."""
    described = replace(feature.feature, name=name, table="loans", meaning=text)
    return replace(feature, feature=described)


def test_the_application_is_asked_in_a_loan_officers_words(asked):
    assert label("en", asked["DAYS_EMPLOYED"]) == ("Time in the current job", "en")
    assert label("fr", asked["DAYS_EMPLOYED"]) == ("Ancienneté dans l’emploi", "fr")
    assert help_text("en", asked["DAYS_EMPLOYED"]) == "Leave empty if the applicant has no job."


def test_own_columns_keep_their_schema_wording(asked):
    column = own(asked["AMT_CREDIT"])
    for language in LANGUAGES:
        assert label(language, column) == meaning(language, column) == ("debts per income", "")
    named_alike = own(asked["AMT_CREDIT"], name="AMT_CREDIT")
    assert label("en", named_alike) == ("debts per income", "")
    assert help_text("en", named_alike) == ""
    assert meaning("en", asked["AMT_CREDIT"]) == (asked["AMT_CREDIT"].feature.meaning, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_and_help_are_of_columns_that_exist(language):
    texts = page_texts("application", language)
    columns = {column.name for column in contracts()["application"].columns}
    assert {*texts["labels"], *texts["help"]} <= columns


def test_days_before_the_application_are_asked_as_a_duration(asked):
    assert [name for name, feature in asked.items() if is_duration(feature)] == ["DAYS_EMPLOYED"]
    assert not is_duration(own(asked["DAYS_EMPLOYED"]))
    assert duration_range("en", asked["DAYS_EMPLOYED"]) == "0 to 68 years"
    assert duration_range("fr", asked["DAYS_EMPLOYED"]) == "de 0 à 68 ans"


def test_levels_are_in_alphabetical_order_of_their_words(asked):
    french = levels("fr", asked["ORGANIZATION_TYPE"])
    words = [text for _, text in french]
    assert words.index("École") < words.index("Électricité") < words.index("Entreprise, type 1")
    assert ("School", "École") in french
    column = replace(asked["ORGANIZATION_TYPE"].feature, table="loans", levels=("b", "Études", "a"))
    as_they_are = levels("fr", replace(asked["ORGANIZATION_TYPE"], feature=column))
    assert as_they_are == [("a", "a"), ("b", "b"), ("Études", "Études")]


@pytest.mark.parametrize(
    ("language", "column", "words"),
    [
        ("en", "FLAG_OWN_CAR", ["No", "Yes"]),
        ("fr", "FLAG_OWN_CAR", ["Non", "Oui"]),
        ("en", "WEEKDAY_APPR_PROCESS_START", ["Friday", "Monday", "Saturday"]),
        ("en", "NAME_HOUSING_TYPE", ["Co-op apartment", "House / apartment"]),
    ],
)
def test_levels_are_words(asked, language, column, words):
    (described,) = [c for c in contracts()["application"].columns if c.name == column]
    feature = replace(asked["AMT_CREDIT"], feature=column_feature(described, "application"))
    assert [text for _, text in levels(language, feature)][: len(words)] == words


def test_ids_have_no_spaces(asked):
    features = [asked["AMT_CREDIT"], own(asked["AMT_CREDIT"], name="Montant prêt, €")]
    assert field_ids(features) == {"AMT_CREDIT": "AMT_CREDIT", "Montant prêt, €": "1"}


def test_range_hints_are_short(asked):
    assert range_hint("en", asked["EXT_SOURCE_2"]) == "0 to 1"
    assert range_hint("en", asked["AMT_CREDIT"]) == "more than 0 and at most 1,000,000,000"
    assert range_hint("fr", asked["DAYS_EMPLOYED"]) == "de -25\u202f000 à 0 jours"
    assert range_hint("en", asked["bureau_active_debt_sum"]) == "at least 0"
