"""The fields of the form in words: labels, help, ranges and levels, in the page's language."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from unicodedata import normalize

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.contract import contracts
from credit_scoring.scoring.translations import (
    format_number,
    format_value,
    meanings,
    texts_by_language,
)
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
    """The range of a duration in whole years: "0 … 68 years"."""
    low, high = feature.feature.minimum, feature.feature.maximum
    shortest, longest = (round(-(days or 0) / DAYS_PER_YEAR) for days in (high, low))
    return f"{shortest} … {longest} {page_texts('decide', language)['units']['years']}"


def is_flag(feature: ModelFeature) -> bool:
    """Whether a number is 0 or 1, no or yes."""
    described = feature.feature
    return described.whole and (described.minimum, described.maximum) == (0, 1)


def levels(language: str, feature: ModelFeature) -> list[tuple[str, str]]:
    """The levels of a category and their words, in the order of the alphabet."""
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
    """The range of a number with its unit: "0 … 1", "≥ 0 days", "> 0, ≤ 9 days"."""
    low, high = feature.feature.minimum, feature.feature.maximum
    words = texts_by_language()[language]
    if feature.feature.exclusive_minimum and low is not None:
        most = "" if high is None else f", ≤ {format_number(high, words)}"
        bounds = f"> {format_number(low, words)}{most}"
    elif low is not None and high is not None:
        bounds = f"{format_number(low, words)} … {format_number(high, words)}"
    elif low is not None:
        bounds = f"≥ {format_number(low, words)}"
    else:
        bounds = "" if high is None else f"≤ {format_number(high, words)}"
    units = page_texts("decide", language)["units"]
    return f"{bounds} {units.get(feature.feature.unit, '')}".strip()
