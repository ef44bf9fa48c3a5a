"""The fields of the form in words: labels, help, ranges and levels, in the page's language."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from unicodedata import normalize

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.contract import contracts
from credit_scoring.scoring.translations import format_number, format_value, meanings
from credit_scoring.serving.pages.applicant_form import APPLICATION
from credit_scoring.serving.pages.language import no_break, page_texts

SHORTEST_SHOUT = 5  # letters; a shorter level in capitals is an abbreviation
DAYS_PER_YEAR = 365.2425  # as in static/decide/durations.js


def field_words(language: str) -> dict[str, Callable[..., Any]]:
    """The functions of this module that a template calls, for a page in `language`."""
    functions = (meaning, label, help_text, range_hint, duration_range, levels)
    worded = {function.__name__: partial(function, language) for function in functions}
    return {**worded, "is_duration": is_duration, "is_flag": is_flag}


def meaning(language: str, feature: ModelFeature) -> tuple[str, str]:
    """A feature's meaning and its language; the language is "" if a lender's schema wrote it."""
    translated = meanings(feature.feature)[language]
    if translated != feature.feature.meaning:
        return no_break(translated) if language == "fr" else translated, language
    return translated, "en" if feature.feature.table in contracts() else ""


def label(language: str, feature: ModelFeature) -> tuple[str, str]:
    """A field's label and its language: the loan officer's word for it, or its meaning."""
    words = page_texts("application", language)["labels"]
    if feature.feature.table == APPLICATION and feature.name in words:
        return words[feature.name], language
    return meaning(language, feature)


def field_ids(features: Sequence[ModelFeature]) -> dict[str, str]:
    """The end of the ids of each field's elements, by name; a lender's name may have spaces."""
    return {
        feature.name: feature.name if re.fullmatch(r"\w+", feature.name) else str(position)
        for position, feature in enumerate(features)
    }


def help_text(language: str, feature: ModelFeature) -> str:
    """What a field's label does not say; "" if there is nothing to say."""
    if feature.feature.table != APPLICATION:
        return ""
    return str(page_texts("application", language)["help"].get(feature.name, ""))


def is_duration(feature: ModelFeature) -> bool:
    """Whether a column counts days backwards from the application: the page asks for years."""
    described = feature.feature
    counts_back = described.maximum is not None and described.maximum <= 0
    return described.table == APPLICATION and described.unit == "days" and counts_back


def duration_range(language: str, feature: ModelFeature) -> str:
    """The range of a duration in whole years: "0 to 68 years"."""
    low, high = feature.feature.minimum, feature.feature.maximum
    shortest, longest = (round(-(days or 0) / DAYS_PER_YEAR) for days in (high, low))
    words = page_texts("decide", language)
    return (
        f"{words['ranges']['between'].format(low=shortest, high=longest)} {words['units']['years']}"
    )


def is_flag(feature: ModelFeature) -> bool:
    """Whether a number is 0 or 1, no or yes."""
    described = feature.feature
    return described.whole and (described.minimum, described.maximum) == (0, 1)


def levels(language: str, feature: ModelFeature) -> list[tuple[str, str]]:
    """The levels of a category and their words, in alphabetical order."""
    described = feature.feature
    words = [format_value(described, level, language) for level in described.levels]
    if described.table in contracts():
        words = [_level_word(word, language) for word in words]
    pairs = zip(described.levels, words, strict=True)
    return sorted(pairs, key=lambda pair: _without_accents(pair[1]))


def _level_word(word: str, language: str) -> str:
    """A level of our tables as a person writes it: "Yes" for "Y", "Thursday" for "THURSDAY"."""
    answers = page_texts("decide", language)
    word = {"Y": answers["yes"], "N": answers["no"]}.get(word, word)
    is_shouted = word.isupper() and len(word) >= SHORTEST_SHOUT
    return word[:1].upper() + (word[1:].lower() if is_shouted else word[1:])


def _without_accents(text: str) -> str:
    return normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()


def range_hint(language: str, feature: ModelFeature) -> str:
    """The range of a number in words, with its unit: "0 to 1", "at least 0 days"."""
    described = feature.feature
    words = page_texts("decide", language)
    low, high = (
        None if bound is None else format_number(bound, language)
        for bound in (described.minimum, described.maximum)
    )
    kind = _range_kind(low, high, exclusive=bool(described.exclusive_minimum))
    if not kind:
        return ""
    unit = words["units"].get(described.unit, "")
    return f"{words['ranges'][kind].format(low=low, high=high)} {unit}".strip()


def _range_kind(low: str | None, high: str | None, *, exclusive: bool) -> str:
    """A key of the texts' [ranges]; "" if there are no bounds."""
    if low is None:
        return "" if high is None else "at_most"
    if exclusive:
        return "more_than" if high is None else "more_than_at_most"
    return "at_least" if high is None else "between"
