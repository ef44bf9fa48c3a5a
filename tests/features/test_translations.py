"""Every feature of the catalogue has a French meaning."""

import re
from dataclasses import replace

import pytest

from credit_scoring.features.catalogue import full_catalogue
from credit_scoring.features.feature import Feature
from credit_scoring.features.lineage import lineages
from credit_scoring.features.translations import (
    meaning_in_english,
    meaning_in_french,
    translation_parts,
)

CATALOGUE = full_catalogue()
ENGLISH_WORDS = "the of over with and whether amount days months credits share applicant number"
ONLY_ENGLISH = rf"\b({'|'.join(ENGLISH_WORDS.split())}|largest|smallest|mean)\b"


def test_every_feature_has_a_french_meaning():
    for feature in CATALOGUE:
        meaning = meaning_in_french(feature)
        assert meaning, feature.name
        assert meaning != feature.meaning, feature.name


def test_french_meanings_contain_no_english_word():
    for feature in CATALOGUE:
        words = meaning_in_french(feature).replace("crédits", "")
        assert not re.search(ONLY_ENGLISH, words), (feature.name, words)


def test_different_meanings_differ_in_french():
    english = {}
    for feature in CATALOGUE:
        english.setdefault(meaning_in_french(feature), set()).add(feature.meaning)
    assert not {text: meanings for text, meanings in english.items() if len(meanings) > 1}


def test_every_line_of_the_translation_is_used():
    parts = translation_parts()
    sources = lineages().values()
    meanings = {lineage.column.meaning for lineage in sources if lineage.column}
    meanings |= {feature.meaning for feature in CATALOGUE if feature.name not in lineages()}
    levels = {level for feature in CATALOGUE for level in feature.levels}
    levels |= {lineage.level for lineage in sources if lineage.level}
    assert set(parts["meanings"]) == meanings
    assert set(parts["groups"]) == {lineage.group.words for lineage in sources}
    assert set(parts["levels"]) == levels
    assert set(parts["sentences"]) == {lineage.statistic for lineage in sources}


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
def test_meanings_are_composed_from_parts(name, french):
    feature = next(feature for feature in CATALOGUE if feature.name == name)
    assert meaning_in_french(feature) == french


def test_a_lender_s_own_column_is_not_translated():
    assert meaning_in_french(Feature("dti", "loans", "debts per income")) is None
    assert meaning_in_french(Feature("bureau_count", "loans", "entries at the bureau")) is None


def test_a_feature_of_an_older_manifest_gets_the_meaning_of_today():
    """Also in French, which is found by the English text."""
    ratio = next(f for f in CATALOGUE if f.name == "application_credit_per_income")
    older = replace(ratio, meaning="loan by income")
    assert meaning_in_english(older) == ratio.meaning
    assert meaning_in_french(older) == meaning_in_french(ratio)
    own = replace(older, table="loans")
    assert meaning_in_english(own) == "loan by income"
