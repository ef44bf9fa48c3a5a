"""The French of the catalogue, put together from parts as the English is (`french.toml`)."""

import tomllib
from functools import cache
from pathlib import Path

from credit_scoring.contracts.contract import contracts
from credit_scoring.features.feature import Feature
from credit_scoring.features.lineage import Origin, origins

FILE = Path(__file__).with_name("french.toml")
Parts = dict[str, dict[str, str]]


@cache
def parts() -> Parts:
    """The tables of `french.toml`: "sentences" by statistic; "groups", "meanings" and "levels" by their English."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def meaning_in_french(feature: Feature) -> str | None:
    """What a feature means, in French; None for what the catalogue has not, such as a lender's own column."""
    origin = origins().get(feature.name)
    if origin and origin.table == feature.table:
        return _statistic(origin)
    return parts()["meanings"].get(feature.meaning)


def level_in_french(feature: Feature, level: str) -> str:
    """A category's level in French; as it is, where it is of a lender's own column."""
    return parts()["levels"].get(level, level) if feature.table in contracts() else level


def _statistic(origin: Origin) -> str:
    known = parts()
    column = known["meanings"][origin.column.meaning] if origin.column else ""
    text = known["sentences"][origin.statistic].format(
        group=known["groups"][origin.group.words],
        column=column,
        level=known["levels"].get(origin.level, ""),
    )
    return text.replace("de les ", "des ")
