"""A feature and its value in words, in every language of `translations.toml`."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from credit_scoring.features.feature import Feature
from credit_scoring.features.translations import level_in_french, meaning_in_french

FILE = Path(__file__).with_name("translations.toml")
LARGE = 1000  # from here on a number is shown without decimals
DIGITS = 4  # shown of a smaller one
Words = dict[str, Any]


@cache
def wording() -> dict[str, Words]:
    """The texts by language."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def meanings(feature: Feature) -> dict[str, str]:
    """What a feature means, by language; in the schema's own words where there is no translation."""
    return {"en": feature.meaning, "fr": meaning_in_french(feature) or feature.meaning}


def in_words(feature: Feature, value: float | str | None, language: str) -> str:
    """A value as a person writes it: "12,500", "45.2%", "-1,200 days", "Working", "not known"."""
    words = wording()[language]
    if value is None:
        return str(words["unknown"])
    if isinstance(value, str):
        return level_in_french(feature, value) if language == "fr" else value
    if feature.unit == "flag" and value in (0, 1):
        return str(words["yes" if value else "no"])
    if feature.unit == "share":
        return number(100 * value, words) + str(words["percent"])
    return f"{number(value, words)} {words['units'].get(feature.unit, '')}".rstrip()


def number(value: float, words: Words) -> str:
    """A number as the language writes it: whole from 1,000 on, else four digits."""
    text = f"{value:,.0f}" if abs(value) >= LARGE else f"{value:.{DIGITS}g}"
    whole, point, decimals = text.partition(".")
    return f"{whole.replace(',', words['thousands'])}{words['decimal'] if point else ''}{decimals}"
