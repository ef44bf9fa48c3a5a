"""Features and values as text, in every language of `translations.toml`."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from credit_scoring.features.feature import Feature
from credit_scoring.features.translations import (
    level_in_french,
    meaning_in_english,
    meaning_in_french,
)

TRANSLATIONS_FILE = files("credit_scoring.scoring") / "translations.toml"
LARGE_NUMBER = 1000  # from here a number is shown without decimals
SMALL_NUMBER_DIGITS = 4
FRENCH_PLURAL = 2  # "1,5 jour", "2 jours"; in English every number but 1 is plural
Texts = dict[str, Any]


@cache
def texts_by_language() -> dict[str, Texts]:
    """The content of `translations.toml`."""
    return tomllib.loads(TRANSLATIONS_FILE.read_text(encoding="utf-8"))


def meanings(feature: Feature) -> dict[str, str]:
    """The meaning of a feature by language; the schema's own words if it is untranslated."""
    english = meaning_in_english(feature)
    return {"en": english, "fr": meaning_in_french(feature) or english}


def format_value(feature: Feature, value: float | str | None, language: str) -> str:
    """A value with its unit: "12,500", "45.2%", "-1,200 days", "Working", "not known"."""
    texts = texts_by_language()[language]
    if value is None:
        return str(texts["unknown"])
    if isinstance(value, str):
        return level_in_french(feature, value) if language == "fr" else value
    if feature.unit == "flag" and value in (0, 1):
        return str(texts["yes" if value else "no"])
    if feature.unit == "share":
        return format_number(100 * value, language) + str(texts["percent"])
    return add_unit(format_number(value, language), value, feature.unit, language)


def add_unit(number: str, value: float, unit: str, language: str) -> str:
    """The text `number` of a value with its unit, singular or plural; without one if unknown."""
    forms = texts_by_language()[language]["units"].get(unit)
    if not forms:
        return number
    is_plural = abs(value) >= FRENCH_PLURAL if language == "fr" else abs(value) != 1
    return f"{number} {forms[is_plural]}"


def format_number(value: float, language: str) -> str:
    """A number in the notation of the language: whole from 1,000, else with four digits."""
    is_large = abs(value) >= LARGE_NUMBER
    text = f"{value:,.0f}" if is_large else f"{value:.{SMALL_NUMBER_DIGITS}g}"
    return localise(text, language)


def localise(number: str, language: str) -> str:
    r"""A number that Python has formatted, in the notation of the language.

    >>> localise("-12,500.5", "fr"), localise("28.1%", "fr")
    ('-12\u202f500,5', '28,1\u202f%')
    """
    notation = texts_by_language()[language]
    signs = {",": notation["thousands"], ".": notation["decimal"], "%": notation["percent"]}
    return number.translate(str.maketrans(signs))
