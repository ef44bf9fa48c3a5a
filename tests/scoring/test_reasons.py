"""A refusal's reasons: specific, about the applicant, nothing that the law forbids, in both languages."""

import re
from fnmatch import fnmatchcase
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_scoring.features.catalogue import everything
from credit_scoring.features.feature import Feature
from credit_scoring.scoring.reason_groups import _keys, group_of, groups
from credit_scoring.scoring.reasons import Reasons
from credit_scoring.scoring.translations import in_words

CATALOGUE = everything()
NAMES = [feature.name for feature in CATALOGUE]
SENSITIVE = {"CODE_GENDER", "NAME_FAMILY_STATUS", "DAYS_BIRTH", "application_employed_per_age"}
FORBIDDEN = r"score too low|too low|cut-?off|threshold|probability|seuil|probabilité|trop (bas|faible)|internal standard"


@cache
def reasons_of(features):
    return Reasons(features)


def reasons_for(features, contributions, values=None):
    """Principal reasons where the features named contribute so much and have these values."""
    places = {feature.name: i for i, feature in enumerate(features)}
    array = np.zeros(len(features))
    for name, contribution in contributions.items():
        array[places[name]] = contribution
    of = {places[name]: value for name, value in (values or {}).items()}
    return reasons_of(tuple(features)).principal(array, of.get)


def flat(name, **more):
    return Feature(name, "loans", more.pop("meaning", name), **more)


class TestGroups:
    def test_every_feature_of_the_catalogue_is_in_a_group_of_the_file_unless_it_is_sensitive(self):
        assert len(CATALOGUE) > 1000
        for feature in CATALOGUE:
            group = group_of(feature)
            assert (group is None) is (feature.name in SENSITIVE), feature.name
            assert group is None or group in groups(), feature.name

    def test_no_feature_is_claimed_by_two_groups_and_no_pattern_is_left_over(self):
        used = set()
        for name in NAMES:
            if name in SENSITIVE:
                continue
            for key in _keys(name):
                found = {
                    (group.code, pattern)
                    for group in groups()
                    for pattern in group.of
                    if fnmatchcase(key, pattern)
                }
                assert len({code for code, _ in found}) <= 1, (name, found)
                used |= found
                if found:
                    break
        assert used == {(group.code, pattern) for group in groups() for pattern in group.of}

    def test_statistics_of_one_thing_and_a_ratio_with_its_inputs_make_one_reason(self):
        by_name = {feature.name: group_of(feature) for feature in CATALOGUE}
        assert by_name["instalments_days_late_mean"] is by_name["instalments_late_max"]
        assert by_name["EXT_SOURCE_2"] is by_name["application_external_score_mean"]
        assert by_name["AMT_CREDIT"] is by_name["application_credit_per_annuity"]
        assert by_name["bureau_debt_sum"] is by_name["bureau_debt_per_income"]
        assert by_name["card_utilisation_mean"] is by_name["card_trend_3_months_utilisation_mean"]
        assert by_name["previous_refused_annuity_mean"] is by_name["previous_status_refused_share"]

    def test_names_are_distinct_in_each_language_and_differ_between_them(self):
        for language in ("en", "fr"):
            assert len({group.name[language] for group in groups()}) == len(groups())
        assert all(group.name["en"] != group.name["fr"] for group in groups())

    def test_no_group_speaks_of_a_score_or_a_limit_and_none_of_a_prohibited_attribute(self):
        for group in groups():
            for text in group.name.values():
                assert not re.search(FORBIDDEN, text, re.IGNORECASE), text
                assert not re.search(
                    r"\b(sex|gender|age of the applicant|marital|married|sexe|matrimonial)",
                    text,
                    re.IGNORECASE,
                )


class TestPrincipal:
    def test_the_four_strongest_against_the_applicant_in_order(self):
        found = reasons_for(
            CATALOGUE,
            {"EXT_SOURCE_1": 0.2, "EXT_SOURCE_2": 0.3, "DAYS_EMPLOYED": 0.4, "AMT_CREDIT": 0.1, "bureau_debt_sum": 0.6,
             "card_utilisation_mean": 0.05, "CNT_CHILDREN": -0.9},
        )  # fmt: skip
        assert [reason.code for reason in found] == [
            "elsewhere_debt", "external_scores", "employment_length", "loan_terms",
        ]  # fmt: skip
        assert [reason.contribution for reason in found] == pytest.approx([0.6, 0.5, 0.4, 0.1])
        assert found[1].features == ("EXT_SOURCE_2", "EXT_SOURCE_1")
        assert {reason.direction for reason in found} == {"against"}

    def test_only_what_counted_against(self):
        assert [
            r.code for r in reasons_for(CATALOGUE, {"EXT_SOURCE_1": 0.2, "DAYS_EMPLOYED": -0.4})
        ] == ["external_scores"]
        assert reasons_for(CATALOGUE, {"DAYS_EMPLOYED": -0.4}) == ()

    def test_not_what_counted_little_beside_the_strongest(self):
        found = reasons_for(
            CATALOGUE, {"EXT_SOURCE_1": 0.5, "DAYS_EMPLOYED": 0.05, "AMT_CREDIT": 0.049}
        )
        assert [reason.code for reason in found] == ["external_scores", "employment_length"]

    def test_equal_reasons_stand_in_the_order_of_the_file(self):
        found = reasons_for(
            CATALOGUE,
            dict.fromkeys(["bureau_debt_sum", "CNT_CHILDREN", "AMT_CREDIT", "EXT_SOURCE_3"], 0.25),
        )
        codes = [group.code for group in groups()]
        assert [reason.code for reason in found] == sorted(
            (reason.code for reason in found), key=codes.index
        )
        assert len(found) == 4

    @settings(deadline=None)
    @given(st.dictionaries(st.sampled_from(NAMES), st.floats(-5, 5), max_size=40), st.randoms())
    def test_never_a_sensitive_attribute_never_a_score_never_more_than_four(
        self, contributions, random
    ):
        """Even where the lender allowed the attribute in the model and it counted most."""
        found = reasons_for(
            CATALOGUE, {**contributions, **dict.fromkeys(SENSITIVE, random.uniform(1, 9))}
        )
        assert len(found) <= 4
        for reason in found:
            assert not SENSITIVE & set(reason.features)
            assert reason.text.keys() == {"en", "fr"}
            for text in reason.text.values():
                assert not re.search(FORBIDDEN, text, re.IGNORECASE)

    def test_the_order_of_the_model_s_features_changes_no_reason(self):
        given_ = {
            "EXT_SOURCE_1": 0.2,
            "EXT_SOURCE_2": 0.3,
            "DAYS_EMPLOYED": 0.4,
            "bureau_debt_sum": 0.6,
        }
        assert reasons_for(CATALOGUE, given_) == reasons_for(CATALOGUE[::-1], given_)

    def test_a_reason_says_the_fact_and_the_value_that_counted_most(self):
        contributions = {"instalments_days_late_mean": 0.5, "instalments_late_mean": 0.1}
        (found,) = reasons_for(CATALOGUE, contributions, {"instalments_days_late_mean": 12.5})
        assert found.as_dict() == {
            "code": "late_payments",
            "text": {
                "en": "Punctuality of payments on earlier loans here. What counted most: mean over payments on earlier "
                "credits: days paid after the due date (12.5 days).",
                "fr": "Ponctualité des paiements sur les crédits précédents ici. Ce qui a le plus compté : moyenne "
                "sur les paiements de crédits précédents : jours de retard de paiement (12,5 jours).",
            },
            "contribution": 0.6,
            "direction": "against",
            "features": ["instalments_days_late_mean", "instalments_late_mean"],
        }


class TestAnyLendersTable:
    def test_each_column_is_a_reason_of_its_own_in_the_schema_s_words(self):
        features = [
            flat("dti", meaning="debts per income", unit="share"),
            flat("term", unit="months"),
        ]
        found = reasons_for(features, {"dti": 0.4, "term": 0.1}, {"dti": 0.62, "term": 60.0})
        assert [(reason.code, reason.features) for reason in found] == [
            ("dti", ("dti",)),
            ("term", ("term",)),
        ]
        assert found[0].text == {
            "en": "Debts per income (62%).",
            "fr": "Debts per income (62\u202f%).",
        }
        assert found[1].text == {"en": "Term (60 months).", "fr": "Term (60 mois)."}

    def test_a_column_called_as_one_of_ours_is_still_the_lender_s(self):
        assert group_of(flat("AMT_CREDIT")).code == "AMT_CREDIT"
        assert group_of(flat("bureau_count")).code == "bureau_count"
        found = reasons_for(
            [flat("external_scores", meaning="a note", unit="number")], {"external_scores": 0.1}
        )
        assert found[0].text["en"] == "A note (not known)."

    def test_what_its_schema_calls_sensitive_is_never_named(self):
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
    ],
)
def test_values_read_as_a_person_writes_them(unit, value, english, french):
    feature = Feature("x", "loans", "x", unit=unit)
    assert in_words(feature, value, "en") == english
    assert in_words(feature, value, "fr") == french


def test_a_level_reads_in_the_reader_s_language_but_for_a_lender_s_own():
    of_ours = next(feature for feature in CATALOGUE if feature.name == "NAME_INCOME_TYPE")
    assert in_words(of_ours, "State servant", "en") == "State servant"
    assert in_words(of_ours, "State servant", "fr") == "fonctionnaire"
    assert in_words(of_ours, "a new one", "fr") == "a new one"
