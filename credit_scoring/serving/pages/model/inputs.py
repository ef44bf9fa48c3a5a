"""Importance of the inputs by reason group, and the list of the inputs of a request."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.contract import RiskDirection, contracts
from credit_scoring.features.feature import Feature
from credit_scoring.scoring.reason_groups import reason_group_of
from credit_scoring.scoring.translations import format_value, meanings
from credit_scoring.serving.pages.language import no_break

SHOWN_GROUPS = 8
MAX_LEVELS = 6  # of a category that are listed


@dataclass(frozen=True)
class ImportantGroup:
    """Features that one reason sums up, and their share of the model's gain.

    `name` is "" for sensitive attributes, which no reason names.
    """

    name: str
    share: float
    features: list[tuple[str, str, float]]  # name, meaning, share


@dataclass(frozen=True)
class AskedInput:
    """A feature of a request: its name, meaning, values in words, direction, if it is required."""

    name: str
    meaning: str
    language: str  # of the meaning; "" if a lender's schema wrote it
    values: str
    direction: RiskDirection | None
    is_required: bool


@lru_cache(maxsize=8)  # 38 ms; a swap of the model brings other features
def important_groups(features: tuple[ModelFeature, ...], language: str) -> list[ImportantGroup]:
    """The groups of the features that the model uses, the most important first."""
    rows: dict[str, list[tuple[str, str, float]]] = {}
    for feature in sorted(features, key=lambda feature: -feature.importance):
        if feature.importance > 0:
            group = reason_group_of(feature.feature)
            name = _in_words(group.name[language], language) if group else ""
            row = (feature.name, meaning(feature.feature, language), feature.importance)
            rows.setdefault(name, []).append(row)
    groups = [ImportantGroup(name, sum(row[2] for row in g), g) for name, g in rows.items()]
    return sorted(groups, key=lambda group: -group.share)


def asked_inputs(features: Sequence[ModelFeature], language: str) -> dict[str, list[AskedInput]]:
    """The features of a request by source table, in the model's order."""
    tables: dict[str, list[AskedInput]] = {}
    for asked in features:
        feature = asked.feature
        row = AskedInput(
            name=asked.name,
            meaning=meaning(feature, language),
            language=language if feature.table in contracts() else "",
            values=value_range(feature, language),
            direction=feature.direction,
            is_required=not asked.nullable,
        )
        tables.setdefault(feature.table, []).append(row)
    return tables


def meaning(feature: Feature, language: str) -> str:
    """The meaning of a feature, without a line break before French punctuation."""
    return _in_words(meanings(feature)[language], language)


def value_range(feature: Feature, language: str) -> str:
    """The values that a request may have: "0 to 1", "at least 0 days", "F, M, XNA"."""
    if feature.levels:
        levels = [format_value(feature, level, language) for level in feature.levels[:MAX_LEVELS]]
        return ", ".join(levels) + (", …" if len(feature.levels) > MAX_LEVELS else "")
    if feature.unit == "flag":
        return " / ".join(format_value(feature, value, language) for value in (1, 0))
    low, high = (
        None if bound is None else format_value(feature, bound, language)
        for bound in (feature.minimum, feature.maximum)
    )
    if low is not None and high is not None:
        return f"{low} … {high}"
    return "" if low is high else (f"≥ {low}" if high is None else f"≤ {high}")


def _in_words(text: str, language: str) -> str:
    return no_break(text) if language == "fr" else text
