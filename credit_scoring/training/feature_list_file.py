"""A list of features as a TOML file: what `select` leaves and `train --features` reads; a person may write one too.

    [[features]]
    name = "EXT_SOURCE_2"
    reason = "rank 1 of 96"
    figures = { importance = 0.081, permutation = 0.0123 }

    [provenance]
    seed = 0

Only the names are required. `[[dropped]]` rows look the same: what was near the cut, and why it was left out.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from credit_scoring.errors import FeatureError
from credit_scoring.files import write_atomically
from credit_scoring.toml_file import read_toml

COMMENT = """\
# The features of a model, for: python model.py train --features THIS_FILE
# Add or remove [[features]] as you like; reason and figures are for people, [[dropped]] and [provenance] too.
"""


@dataclass(frozen=True)
class ListedFeature:
    """One feature of a list: why it is there (or why not), and the figures that say so."""

    name: str
    reason: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class FeatureList:
    """The features to train on, those that were near them, and where the list comes from.

    `provenance` of a list that `select` made has the data's fingerprint, the seed, the command and the date.
    """

    features: tuple[ListedFeature, ...]
    dropped: tuple[ListedFeature, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The features' names, in the order of the list."""
        return tuple(feature.name for feature in self.features)


def write_feature_list(path: Path, listed: FeatureList) -> None:
    """Write the list, whole or not at all; SettingError where the place cannot be written."""
    content: dict[str, Any] = {"features": [_row(feature) for feature in listed.features]}
    if listed.dropped:
        content["dropped"] = [_row(feature) for feature in listed.dropped]
    write_atomically(
        path, f"{COMMENT}\n{tomli_w.dumps({**content, 'provenance': dict(listed.provenance)})}"
    )


def _row(feature: ListedFeature) -> dict[str, Any]:
    row = {"name": feature.name, "reason": feature.reason, "figures": dict(feature.figures)}
    return {key: value for key, value in row.items() if value}


def read_feature_list(path: Path) -> FeatureList:
    """The list in the file; FeatureError names everything in it that is wrong."""
    raw = read_toml(path, FeatureError, "python model.py select writes one")
    wrong = [
        *_mistakes(raw.get("features"), "features"),
        *_mistakes(raw.get("dropped", []), "dropped"),
    ]
    wrong += [
        f"{key} is unknown: expected features, dropped, provenance"
        for key in raw
        if key not in _TABLES
    ]
    wrong += ["provenance is no table: write [provenance]"] * (
        not isinstance(raw.get("provenance", {}), dict)
    )
    wrong += [] if wrong else _mistaken_names(raw["features"])
    if wrong:
        raise FeatureError(f"{path} is no list of features:\n  " + "\n  ".join(wrong))
    features, dropped = (
        tuple(ListedFeature(**row) for row in raw.get(key, [])) for key in ("features", "dropped")
    )
    return FeatureList(features, dropped, raw.get("provenance", {}))


_TABLES = ("features", "dropped", "provenance")
_KEYS: dict[str, tuple[type, str]] = {
    "name": (str, "text"),
    "reason": (str, "text"),
    "figures": (dict, "a table"),
}


def _mistakes(rows: Any, table: str) -> list[str]:
    """What is wrong with the rows of a table, for a person."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return [f'{table} is no list of tables: write [[{table}]] and name = "…" for each']
    return [
        f"{table}, row {i}: {text}" for i, row in enumerate(rows, 1) for text in _row_mistakes(row)
    ]


def _row_mistakes(row: dict[str, Any]) -> list[str]:
    found = [f"{key} is unknown: expected {', '.join(_KEYS)}" for key in row if key not in _KEYS]
    found += [] if row.get("name", "") else ["name is missing or empty"]
    typed = ((key, value, *_KEYS[key]) for key, value in row.items() if key in _KEYS)
    return found + [
        f"{key} is {value!r}: expected {words}"
        for key, value, kind, words in typed
        if type(value) is not kind
    ]


def _mistaken_names(rows: list[dict[str, Any]]) -> list[str]:
    counted = Counter(row["name"] for row in rows)
    repeated = [
        f"{name} stands {count} times: once is enough"
        for name, count in counted.items()
        if count > 1
    ]
    return repeated if rows else ["features is empty: name at least one"]
