"""Reason groups: the features of one reason, read from `reasons.toml`."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from credit_scoring.contracts.contract import contracts
from credit_scoring.features.feature import Feature
from credit_scoring.features.lineage import lineages

REASONS_FILE = files("credit_scoring.scoring") / "reasons.toml"


@dataclass(frozen=True, eq=False)  # compared by identity
class ReasonGroup:
    """One reason: its code, its name by language ("en", "fr"), and the patterns of its features.

    A lender's own column is a group without patterns, named by the column's meaning.
    """

    code: str
    name: dict[str, str]
    patterns: tuple[str, ...] = ()

    def matches(self, key: str) -> bool:
        """Whether one of its patterns matches `key`."""
        return key in self.patterns or any(fnmatchcase(key, text) for text in self._wildcards)

    @cached_property
    def _wildcards(self) -> tuple[str, ...]:
        """The patterns that are not plain names; three of four are, and `fnmatchcase` is slow."""
        return tuple(pattern for pattern in self.patterns if "*" in pattern)


@cache
def reason_groups() -> tuple[ReasonGroup, ...]:
    """Every group of `reasons.toml`, in the order of the file, which breaks ties."""
    rows: dict[str, dict[str, Any]] = tomllib.loads(REASONS_FILE.read_text(encoding="utf-8"))
    return tuple(
        ReasonGroup(code, {"en": row["en"], "fr": row["fr"]}, tuple(row["of"]))
        for code, row in rows.items()
    )


def reason_group_of(feature: Feature) -> ReasonGroup | None:
    """The group of a feature; None if it is, or is made from, a sensitive attribute."""
    if feature.sensitive:
        return None
    group = None
    if feature.table in contracts():
        group = _group_of_name(feature.name) or _group_of_inputs(feature)
    return group or ReasonGroup(feature.name, {"en": feature.meaning, "fr": feature.meaning})


def _group_of_name(name: str) -> ReasonGroup | None:
    """The group of a feature of the catalogue, by the most specific of its keys."""
    matches = (group for key in _keys(name) for group in reason_groups() if group.matches(key))
    return next(matches, None)


def _keys(name: str) -> Iterator[str]:
    """The texts that patterns are compared with, the most specific first."""
    yield name
    if name in contracts()["application"].by_name:
        yield f"application.{name}"
    elif lineage := lineages().get(name):
        yield f"{lineage.table}/{lineage.group.name}"
        yield f"{lineage.table}.{lineage.column.name if lineage.column else 'count'}"


def _group_of_inputs(ratio: Feature) -> ReasonGroup | None:
    """The group that all inputs of a ratio share, if any."""
    groups = {_group_of_name(name) for name in ratio.inputs}
    return groups.pop() if len(groups) == 1 else None
