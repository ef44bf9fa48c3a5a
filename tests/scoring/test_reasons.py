"""The reasons of a refusal: specific, about the applicant, lawful, in both languages."""

import re
from fnmatch import fnmatchcase
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.features.catalogue import full_catalogue
from credit_scoring.features.feature import Feature
from credit_scoring.scoring.reason_groups import _keys, reason_group_of, reason_groups
from credit_scoring.scoring.reasons import Reasons
from credit_scoring.scoring.translations import format_value

CATALOGUE = full_catalogue()
NAMES = [feature.name for feature in CATALOGUE]
SENSITIVE = {"CODE_GENDER", "NAME_FAMILY_STATUS", "DAYS_BIRTH", "application_employed_per_age"}
FORBIDDEN = (
    r"score too low|too low|cut-?off|threshold|probability"
    r"|seuil|probabilité|trop (bas|faible)|internal standard"
)


@cache
def reasons_of(features):
    return Reasons(features)


def reasons_for(features, contributions, values=None):
    """The principal reasons for these contributions and values by feature name."""
    positions = {feature.name: i for i, feature in enumerate(features)}
    array = np.zeros(len(features))
    for name, contribution in contributions.items():
        array[positions[name]] = contribution
    value_at = {positions[name]: value for name, value in (values or {}).items()}
    return reasons_of(tuple(features)).principal(array, value_at.get)


def flat(name, **values):
    return Feature(name, "loans", values.pop("meaning", name), **values)


class TestGroups:
    def test_every_feature_has_a_group_unless_sensitive(self):
        assert len(CATALOGUE) > 1000
        for feature in CATALOGUE:
            group = reason_group_of(feature)
            assert (group is None) is (feature.name in SENSITIVE), feature.name
            assert group is None or group in reason_groups(), feature.name

    def test_groups_do_not_overlap(self):
        used = set()
        for name in NAMES:
            if name in SENSITIVE:
                continue
            for key in _keys(name):
                matches = {
                    (group.code, pattern)
                    for group in reason_groups()
                    for pattern in group.patterns
                    if fnmatchcase(key, pattern)
                }
                assert len({code for code, _ in matches}) <= 1, (name, matches)
                used |= matches
                if matches:
                    break
        assert used == {
            (group.code, pattern) for group in reason_groups() for pattern in group.patterns
        }

    def test_related_features_make_one_reason(self):
        by_name = {feature.name: reason_group_of(feature) for feature in CATALOGUE}
        assert by_name["instalments_days_late_mean"] is by_name["instalments_late_max"]
        assert by_name["EXT_SOURCE_2"] is by_name["application_external_score_mean"]
        assert by_name["AMT_CREDIT"] is by_name["application_credit_per_annuity"]
        assert by_name["bureau_debt_sum"] is by_name["bureau_debt_per_income"]
        assert by_name["card_utilisation_mean"] is by_name["card_trend_3_months_utilisation_mean"]
        assert by_name["previous_refused_annuity_mean"] is by_name["previous_status_refused_share"]

    def test_names_are_distinct_in_each_language(self):
        for language in ("en", "fr"):
            assert len({group.name[language] for group in reason_groups()}) == len(reason_groups())
        assert all(group.name["en"] != group.name["fr"] for group in reason_groups())

    def test_names_avoid_forbidden_words(self):
        for group in reason_groups():
            for text in group.name.values():
                assert not re.search(FORBIDDEN, text, re.IGNORECASE), text
                assert not re.search(
                    r"\b(sex|gender|age of the applicant|marital|married|sexe|matrimonial)",
                    text,
                    re.IGNORECASE,
                )

    def test_names_speak_to_the_applicant_in_one_language(self):
        for group in reason_groups():
            assert not re.search(r"applicant|demandeur|[_{}]", " ".join(group.name.values()))
            assert not re.search(r"\b(the|of|and|here|with|loans?)\b|ici\b", group.name["fr"])


class TestPrincipal:
    def test_four_strongest_against_the_applicant(self):
        contributions = {
            "EXT_SOURCE_1": 0.2, "EXT_SOURCE_2": 0.3, "DAYS_EMPLOYED": 0.4, "AMT_CREDIT": 0.1,
            "bureau_debt_sum": 0.6, "card_utilisation_mean": 0.05, "CNT_CHILDREN": -0.9,
        }  # fmt: skip
        reasons = reasons_for(CATALOGUE, contributions)
        assert [reason.code for reason in reasons] == [
            "elsewhere_debt", "external_scores", "employment_length", "loan_terms",
        ]  # fmt: skip
        assert [reason.contribution for reason in reasons] == pytest.approx([0.6, 0.5, 0.4, 0.1])
        assert reasons[1].features == ("EXT_SOURCE_2", "EXT_SOURCE_1")
        assert {reason.direction for reason in reasons} == {"against"}

    def test_factors_in_favour_are_not_reasons(self):
        assert [
            r.code for r in reasons_for(CATALOGUE, {"EXT_SOURCE_1": 0.2, "DAYS_EMPLOYED": -0.4})
        ] == ["external_scores"]
        assert reasons_for(CATALOGUE, {"DAYS_EMPLOYED": -0.4}) == ()

    def test_weak_factors_are_not_reasons(self):
        reasons = reasons_for(
            CATALOGUE, {"EXT_SOURCE_1": 0.5, "DAYS_EMPLOYED": 0.05, "AMT_CREDIT": 0.049}
        )
        assert [reason.code for reason in reasons] == ["external_scores", "employment_length"]

    def test_equal_reasons_stand_in_the_order_of_the_file(self):
        reasons = reasons_for(
            CATALOGUE,
            dict.fromkeys(["bureau_debt_sum", "CNT_CHILDREN", "AMT_CREDIT", "EXT_SOURCE_3"], 0.25),
        )
        codes = [group.code for group in reason_groups()]
        assert [reason.code for reason in reasons] == sorted(
            (reason.code for reason in reasons), key=codes.index
        )
        assert len(reasons) == 4

    @given(st.dictionaries(st.sampled_from(NAMES), st.floats(-5, 5), max_size=40), st.randoms())
    def test_reasons_never_name_sensitive_attributes(self, contributions, random):
        """Even if the lender allowed the attribute in the model and it counted most."""
        reasons = reasons_for(
            CATALOGUE, {**contributions, **dict.fromkeys(SENSITIVE, random.uniform(1, 9))}
        )
        assert len(reasons) <= 4
        for reason in reasons:
            assert not SENSITIVE & set(reason.features)
            assert reason.text.keys() == {"en", "fr"}
            for text in reason.text.values():
                assert not re.search(FORBIDDEN, text, re.IGNORECASE)

    def test_feature_order_does_not_matter(self):
        contributions = {
            "EXT_SOURCE_1": 0.2,
            "EXT_SOURCE_2": 0.3,
            "DAYS_EMPLOYED": 0.4,
            "bureau_debt_sum": 0.6,
        }
        assert reasons_for(CATALOGUE, contributions) == reasons_for(CATALOGUE[::-1], contributions)

    def test_a_reason_has_fact_and_value(self):
        contributions = {"instalments_days_late_mean": 0.5, "instalments_late_mean": 0.1}
        (reason,) = reasons_for(CATALOGUE, contributions, {"instalments_days_late_mean": 12.5})
        assert reason.as_dict() == {
            "code": "late_payments",
            "text": {
                "en": "On average, your payments on earlier loans here were 12.5 days late.",
                "fr": "En moyenne, vos paiements sur des crédits précédents chez nous avaient "
                "12,5 jours de retard.",
            },
            "contribution": 0.6,
            "direction": "against",
            "features": ["instalments_days_late_mean", "instalments_late_mean"],
        }


class TestAnyLendersTable:
    def test_each_column_is_its_own_reason(self):
        features = [
            flat("dti", meaning="debts per income", unit="share"),
            flat("term", unit="months"),
        ]
        reasons = reasons_for(features, {"dti": 0.4, "term": 0.1}, {"dti": 0.62, "term": 60.0})
        assert [(reason.code, reason.features) for reason in reasons] == [
            ("dti", ("dti",)),
            ("term", ("term",)),
        ]
        assert reasons[0].text == {
            "en": "Debts per income: 62%.",
            "fr": "Debts per income : 62\u202f%.",
        }
        assert reasons[1].text == {"en": "Term: 5 years.", "fr": "Term : 5 ans."}

    def test_a_column_with_a_catalogue_name_is_the_lender_s(self):
        assert reason_group_of(flat("AMT_CREDIT")).code == "AMT_CREDIT"
        assert reason_group_of(flat("bureau_count")).code == "bureau_count"
        reasons = reasons_for(
            [flat("external_scores", meaning="a note", unit="number")], {"external_scores": 0.1}
        )
        assert reasons[0].text["en"] == "A note: not known."

    def test_sensitive_columns_are_never_named(self):
        features = [
            flat("age", sensitive="restricted"),
            flat("sex", sensitive="prohibited"),
            flat("income"),
        ]
        assert [r.code for r in reasons_for(features, {"age": 3.0, "sex": 2.0, "income": 0.1})] == [
            "income"
        ]


@pytest.mark.parametrize(
    ("unit", "value", "english", "french"),
    [
        ("currency", 1234567.5, "1,234,568", "1\u202f234\u202f568"),
        ("currency", 0.0, "0", "0"),
        ("days", -1200, "-1,200 days", "-1\u202f200 jours"),
        ("days", 12.345678, "12.35 days", "12,35 jours"),
        ("share", 1 / 3, "33.33%", "33,33\u202f%"),
        ("flag", 1, "yes", "oui"),
        ("flag", 0.5, "0.5", "0,5"),
        ("level", "Working", "Working", "Working"),
        ("score", None, "not known", "non connu"),
        ("years", 3, "3 years", "3 ans"),
        ("months", 1, "1 month", "1 mois"),
        ("days", 1.5, "1.5 days", "1,5 jour"),
    ],
)
def test_values_are_formatted_by_language(unit, value, english, french):
    feature = Feature("x", "loans", "x", unit=unit)
    assert format_value(feature, value, "en") == english
    assert format_value(feature, value, "fr") == french


def test_levels_are_translated_unless_unknown():
    income_type = next(feature for feature in CATALOGUE if feature.name == "NAME_INCOME_TYPE")
    assert format_value(income_type, "State servant", "en") == "State servant"
    assert format_value(income_type, "State servant", "fr") == "fonctionnaire"
    assert format_value(income_type, "a new one", "fr") == "a new one"
