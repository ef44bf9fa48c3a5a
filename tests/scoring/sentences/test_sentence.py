"""Sentences on every feature of the catalogue in both languages: complete, without leftovers."""

import re
from functools import cache

import pytest

from credit_scoring.features.catalogue import full_catalogue
from credit_scoring.features.feature import Feature
from credit_scoring.features.lineage import lineages
from credit_scoring.scoring.sentences.sentence import OwnColumnSentence, sentence_of
from credit_scoring.scoring.sentences.vocabulary import vocabularies

CATALOGUE = [feature for feature in full_catalogue() if not feature.sensitive]
BY_NAME = {feature.name: feature for feature in CATALOGUE}
NUMBERS = (0, 1, 0.37, 0.004, 2, 28, 1234.5, 503460, -1, -45, -1200)
LANGUAGES = ("en", "fr")
LEFTOVERS = {
    "en": r"\u202f|\d %|\d,\d\d?\b|\bde\b",
    "fr": r"\d\.\d|\d%|\d [\d%]|\bd[ei] (?:les?|[aeéêiou])|\b(?:le|la|ne|que|si) (?:[aeéêou]|il\b)"
    r"|\b(?:the|of|over|with|and|whether|amount|days|months|credits|share|your?|was|were)\b",
}
ANY_LEFTOVER = (
    r"[{}_*|]|\bNone\b(?! of)|\bnan\b|  |\.\.|share of .* with|[A-Z]{3,}(?! staff|[+”\u00a0])"
)
DOUBLED = re.compile(r"\b([^\W\d]+) \1\b(?!-)", re.IGNORECASE)
WRONG_PLURAL = {
    "en": r"(?<![\d.,])1 (?:day|month|year|time|payment|instalment|percentage point)s\b"
    r"|(?<![\d.,])(?!1 )[\d.,]+ (?:day|month|year|time|payment|instalment|percentage point)\b",
    "fr": r"(?<![\d,\u202f])[01](?:,\d+)? (?:jours|ans|échéances|points)"
    r"|(?<![\d,])(?:[2-9]|\d{2,})(?:,\d+)? (?:jour|an|échéance|paiement|point)\b",
}


def values_of(feature):
    """Values that the feature may have: levels, or numbers in its range; and a missing one."""
    if feature.levels:
        return [*feature.levels, None]
    low = -1e9 if feature.minimum is None else feature.minimum
    high = 1e9 if feature.maximum is None else feature.maximum
    numbers = [n for n in NUMBERS if low <= n <= high and (n == int(n) or not feature.whole)]
    return [*numbers, None]


@cache
def all_sentences(language):
    """(feature, value, sentence) of every feature."""
    return [
        (feature, value, sentence(value))
        for feature in CATALOGUE
        for sentence in [sentence_of(feature, language)]
        for value in values_of(feature)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
class TestEveryFeature:
    def test_every_feature_has_its_own_words(self, language):
        assert len(CATALOGUE) > 1500
        own = [f.name for f in CATALOGUE if isinstance(sentence_of(f, language), OwnColumnSentence)]
        assert own == []

    def test_no_sentence_contains_leftovers(self, language):
        pattern = re.compile(f"{ANY_LEFTOVER}|{LEFTOVERS[language]}")
        codes = re.compile(r"«\u00a0\w+\u00a0»|“\w+”")
        found = [
            (feature.name, value, text)
            for feature, value, text in all_sentences(language)
            if pattern.search(codes.sub("", text)) or DOUBLED.search(text)
        ]
        assert found[:5] == []

    def test_every_sentence_is_one_sentence(self, language):
        for feature, value, text in all_sentences(language):
            assert re.fullmatch(r"[A-ZÀÉ0-9-].*[^ ,]\.", text), (feature.name, value, text)

    def test_units_are_singular_or_plural(self, language):
        pattern = re.compile(WRONG_PLURAL[language])
        found = [
            (f.name, v, text) for f, v, text in all_sentences(language) if pattern.search(text)
        ]
        assert found[:5] == []

    def test_known_values_are_told_apart(self, language):
        """Two features never get one sentence, unless they are the same quantity."""
        told = {}
        for feature, value, text in all_sentences(language):
            if value == 0.37 and "var" not in feature.name:
                told.setdefault(text, set()).add(feature.name)
        assert sorted(map(sorted, (names for names in told.values() if len(names) > 1))) == [
            ["bureau_active_per_credits", "bureau_status_active_share"],
            ["previous_refused_per_applications", "previous_status_refused_share"],
        ]

    def test_a_missing_value_is_said_to_be_unknown(self, language):
        words = {"en": "no information|not know|cannot|too few|too little", "fr": "pas|trop peu"}
        for feature, value, text in all_sentences(language):
            if value is None:
                assert re.search(words[language], text), (feature.name, text)
                assert not re.search(r"\b(?:on average|en moyenne)\b", text, re.IGNORECASE)


class TestVocabulary:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_entry_is_used(self, language):
        vocabulary = vocabularies()[language]
        sources = lineages().values()
        groups = {(line.table, line.group.name) for line in sources}
        columns = {(line.table, line.column.name) for line in sources if line.column}
        assert pairs(vocabulary["groups"]) == groups
        assert pairs(vocabulary["columns"]) == columns
        assert set(vocabulary["facts"]) == {key for f in CATALOGUE for key in fact_keys(f)}

    def test_both_languages_have_the_same_entries(self):
        english, french = (vocabularies()[language] for language in LANGUAGES)
        for section in ("frames", "tables", "groups", "columns", "facts", "stars"):
            assert english[section].keys() == french[section].keys(), section
        for kind, frames in english["frames"].items():
            assert frames.keys() == french["frames"][kind].keys(), kind
        for table, columns in english["columns"].items():
            for name, entry in columns.items():
                own = french["columns"][table][name]
                assert own.keys() - entry.keys() <= {"noun"}, name
                for key in ("predicates", "kind", "style"):
                    assert keys(own.get(key)) == keys(entry.get(key)), name

    def test_levels_of_a_category_have_a_sentence_each(self):
        for vocabulary in vocabularies().values():
            for name, entry in vocabulary["facts"].items():
                if "levels" in entry:
                    assert set(entry["levels"]) == set(BY_NAME[name].levels), name


def pairs(section):
    return {(table, name) for table, entries in section.items() for name in entries}


def keys(value):
    return set(value) if isinstance(value, dict) else value


def fact_keys(feature):
    """The key of the entry of a feature: its name, or the first pattern that matches it."""
    if feature.name in lineages():
        return
    facts = vocabularies()["en"]["facts"]
    matches = [k for k in facts if re.fullmatch(k.replace("*", ".+"), feature.name)]
    yield feature.name if feature.name in matches else matches[0]


class TestOwnColumns:
    def test_a_lender_s_column_is_named_with_its_value(self):
        ratio = Feature("dti", "loans", "debts per income", unit="share")
        assert sentence_of(ratio, "en")(0.62) == "Debts per income: 62%."
        assert sentence_of(ratio, "fr")(0.62) == "Debts per income : 62\u202f%."
        assert sentence_of(ratio, "en")(None) == "Debts per income: not known."

    def test_a_lender_s_durations_are_read_out_in_years(self):
        age = Feature("account", "loans", "age of the account", unit="days")
        assert sentence_of(age, "en")(1200) == "Age of the account: 3.3 years."
        assert sentence_of(age, "fr")(1) == "Age of the account : 1 jour."
        term = Feature("term", "loans", "term", unit="months")
        assert sentence_of(term, "en")(1) == "Term: 1 month."

    def test_a_lender_s_column_with_a_catalogue_name_keeps_its_meaning(self):
        own = Feature("AMT_CREDIT", "loans", "drawn amount", unit="currency")
        assert sentence_of(own, "en")(12500) == "Drawn amount: 12,500."
