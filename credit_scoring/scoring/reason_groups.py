"""Which features make one reason: `reasons.toml` read, and each feature of a model put in its group."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from credit_scoring.contracts.contract import contracts
from credit_scoring.features.feature import Feature
from credit_scoring.features.lineage import origins

FILE = Path(__file__).with_name("reasons.toml")


@dataclass(frozen=True, eq=False)  # there is one of each
class Group:
    """One reason: its code, its name by language ("en", "fr"), and the patterns of what belongs to it.

    A lender's own column is a group of its own, named by the column's meaning: it has no patterns.
    """

    code: str
    name: dict[str, str]
    of: tuple[str, ...] = ()

    def holds(self, key: str) -> bool:
        """Whether one of its patterns fits `key`."""
        return any(fnmatchcase(key, pattern) for pattern in self.of)


@cache
def groups() -> tuple[Group, ...]:
    """Every group of `reasons.toml`, in the order of the file, which breaks ties."""
    rows: dict[str, dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(
        Group(code, {"en": row["en"], "fr": row["fr"]}, tuple(row["of"]))
        for code, row in rows.items()
    )


def group_of(feature: Feature) -> Group | None:
    """The group of a feature; None for a prohibited or restricted attribute and for what is made from one."""
    if feature.sensitive:
        return None
    known = feature.table in contracts()
    return (_named(feature.name) or _of_inputs(feature) if known else None) or _own(feature)


def _named(name: str) -> Group | None:
    """The group that a pattern puts a feature of the catalogue in, by the most specific of its keys."""
    found = (group for key in _keys(name) for group in groups() if group.holds(key))
    return next(found, None)


def _keys(name: str) -> Iterator[str]:
    """What patterns are held against, the most specific first."""
    yield name
    if name in contracts()["application"].by_name:
        yield f"application.{name}"
    elif origin := origins().get(name):
        yield f"{origin.table}/{origin.group.name}"
        yield f"{origin.table}.{origin.column.name if origin.column else 'count'}"


def _of_inputs(ratio: Feature) -> Group | None:
    """The group of a ratio's inputs, where that is one."""
    found = {_named(name) for name in ratio.inputs}
    return found.pop() if len(found) == 1 else None


def _own(feature: Feature) -> Group:
    return Group(feature.name, {"en": feature.meaning, "fr": feature.meaning})
