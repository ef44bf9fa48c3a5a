"""The catalogue's meanings in English and, composed from `translations_french.toml`, in French."""

import tomllib
from functools import cache
from importlib.resources import files

from credit_scoring.contracts.contract import contracts
from credit_scoring.features.catalogue import full_catalogue
from credit_scoring.features.feature import Feature
from credit_scoring.features.lineage import Lineage, lineages

FILE = files("credit_scoring.features") / "translations_french.toml"
TranslationParts = dict[str, dict[str, str]]


@cache
def translation_parts() -> TranslationParts:
    """The sections of `translations_french.toml`.

    "sentences" by statistic; "groups", "meanings" and "levels" by their English text.
    """
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def meaning_in_french(feature: Feature) -> str | None:
    """A feature's meaning in French; None if not in the catalogue, like a lender's own column."""
    lineage = lineages().get(feature.name)
    if lineage and lineage.table == feature.table:
        return _statistic_in_french(lineage)
    return translation_parts()["meanings"].get(meaning_in_english(feature))


def meaning_in_english(feature: Feature) -> str:
    """A feature's meaning in the catalogue of today; the feature's own if it is not in it.

    A bundle's manifest has the wording of the day of its training.
    """
    if feature.table not in contracts():
        return feature.meaning
    return _english_meanings().get(feature.name, feature.meaning)


@cache
def _english_meanings() -> dict[str, str]:
    return {feature.name: feature.meaning for feature in full_catalogue()}


def level_in_french(feature: Feature, level: str) -> str:
    """A category's level in French; unchanged for a lender's own column."""
    if feature.table not in contracts():
        return level
    return translation_parts()["levels"].get(level, level)


def _statistic_in_french(lineage: Lineage) -> str:
    parts = translation_parts()
    text = parts["sentences"][lineage.statistic].format(
        group=parts["groups"][lineage.group.words],
        column=parts["meanings"][lineage.column.meaning] if lineage.column else "",
        level=parts["levels"].get(lineage.level, ""),
    )
    return text.replace("de les ", "des ")
