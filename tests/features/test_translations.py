"""Every feature of the catalogue means something in French too."""

import re

import pytest

from credit_scoring.features.catalogue import everything
from credit_scoring.features.feature import Feature
from credit_scoring.features.lineage import origins
from credit_scoring.features.translations import meaning_in_french, parts

CATALOGUE = everything()
ONLY_ENGLISH = r"\b(the|of|over|with|and|whether|amount|days|months|credits|share|applicant|number|largest|smallest|mean)\b"


def test_every_feature_has_a_french_meaning_that_is_not_the_english_one():
    for feature in CATALOGUE:
        found = meaning_in_french(feature)
        assert found, feature.name
        assert found != feature.meaning, feature.name


def test_no_english_word_is_left():
    for feature in CATALOGUE:
        words = meaning_in_french(feature).replace("crédits", "")
        assert not re.search(ONLY_ENGLISH, words), (feature.name, words)


def test_two_features_that_differ_in_english_differ_in_french():
    french = {}
    for feature in CATALOGUE:
        french.setdefault(meaning_in_french(feature), set()).add(feature.meaning)
    assert not {text: meanings for text, meanings in french.items() if len(meanings) > 1}


def test_no_line_of_the_translation_is_left_over():
    used = {origin.column.meaning for origin in origins().values() if origin.column}
    used |= {feature.meaning for feature in CATALOGUE if feature.name not in origins()}
    assert set(parts()["meanings"]) == used
    assert set(parts()["groups"]) == {origin.group.words for origin in origins().values()}
    levels = {level for feature in CATALOGUE for level in feature.levels}
    assert set(parts()["levels"]) == levels | {
        origin.level for origin in origins().values() if origin.level
    }
    assert set(parts()["sentences"]) == {origin.statistic for origin in origins().values()}


@pytest.mark.parametrize(
    ("name", "french"),
    [
        ("AMT_CREDIT", "montant du crédit demandé"),
        ("bureau_count", "nombre des crédits chez d’autres prêteurs"),
        ("previous_last_1_annuity_mean", "moyenne sur la dernière demande précédente : mensualité"),
        ("previous_last_1_count", "nombre de la dernière demande précédente"),
        (
            "bureau_status_active_share",
            "part des crédits chez d’autres prêteurs (état du crédit : « en cours »)",
        ),
        ("bureau_debt_per_income", "dette restante ailleurs rapportée au revenu"),
        (
            "instalments_late_var",
            "variance sur les paiements de crédits précédents : payé en retard (1 oui, 0 non)",
        ),
    ],
)
def test_it_is_put_together_from_parts(name, french):
    feature = next(feature for feature in CATALOGUE if feature.name == name)
    assert meaning_in_french(feature) == french


def test_a_lender_s_own_column_has_none():
    assert meaning_in_french(Feature("dti", "loans", "debts per income")) is None
    assert meaning_in_french(Feature("bureau_count", "loans", "entries at the bureau")) is None
