"""The sentence on one feature in one language: a function of the applicant's value."""

import math
from collections.abc import Callable
from typing import Any

from credit_scoring.features.feature import Feature
from credit_scoring.scoring.sentences.grammar import Fact, fact_of, level_words, sentences
from credit_scoring.scoring.sentences.quantities import STYLE_OF_UNIT, Quantities
from credit_scoring.scoring.sentences.vocabulary import Vocabulary, capitalise, fill, vocabularies
from credit_scoring.scoring.translations import format_value, meanings, texts_by_language

Value = float | str | None
ToSentence = Callable[[Value], str]


def sentence_of(feature: Feature, language: str) -> ToSentence:
    """The function from an applicant's value of `feature` to a sentence."""
    vocabulary = vocabularies()[language]
    fact = fact_of(feature, vocabulary)
    if fact is None:
        return OwnColumnSentence(feature, language)
    if feature.levels:
        return LevelSentence(fact, vocabulary)
    return NumberSentence(fact, vocabulary, language)


class NumberSentence:
    """The sentences on a number of the catalogue."""

    def __init__(self, fact: Fact, vocabulary: Vocabulary, language: str) -> None:
        self._templates = sentences(fact, vocabulary)
        self._quantities = Quantities(language, vocabulary)
        self._style = fact.style
        self._is_variance = fact.statistic == "var"

    def __call__(self, value: Any) -> str:
        """The sentence for a number; None is a missing value."""
        template = self._templates[_case(value)]
        if value is None:
            return template
        number = math.sqrt(value) if self._is_variance else value
        text = self._quantities.text(number, self._style)
        return capitalise(template.replace("{value}", text))


def _case(value: float | None) -> str:
    if value is None:
        return "unknown"
    if value in (0, 1):
        return "one" if value else "zero"
    return "positive" if value > 0 else "negative"


class LevelSentence:
    """The sentences on a category of the application."""

    def __init__(self, fact: Fact, vocabulary: Vocabulary) -> None:
        self._fact = fact
        self._vocabulary = vocabulary
        self._unknown = sentences(fact, vocabulary)["unknown"]

    def __call__(self, value: Any) -> str:
        """The sentence for a level; None is a missing value."""
        if value is None:
            return self._unknown
        own: dict[str, str] = self._fact.entry.get("levels", {})
        if value in own:
            return own[value]
        names = level_words(value, self._vocabulary)
        template = self._fact.entry["level"].replace("{value}", "{quoted}")
        return capitalise(fill(template, {**self._fact.words, **names}))


class OwnColumnSentence:
    """The sentences on a column of a lender's own table: "Debts per income: 62%."."""

    def __init__(self, feature: Feature, language: str) -> None:
        self._feature = feature
        self._language = language
        meaning = meanings(feature)[language]
        self._template = capitalise(texts_by_language()[language]["own"]).format(
            meaning=capitalise(meaning), value="{value}"
        )

    def __call__(self, value: Any) -> str:
        """The sentence for a value; None is a missing value."""
        text = read_out(self._feature, value, self._language)
        return self._template.replace("{value}", text)


def read_out(feature: Feature, value: Value, language: str) -> str:
    """A value in words; durations and shares as in the sentences on the catalogue: "3.3 years"."""
    style = STYLE_OF_UNIT.get(feature.unit)
    if style is None or feature.unit == "ratio" or not isinstance(value, int | float):
        return format_value(feature, value, language)
    return Quantities(language, vocabularies()[language]).text(value, style)
