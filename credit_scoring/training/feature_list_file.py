"""A list of features in a TOML file: written by `select`, read by `train --features`.

    [[features]]
    name = "EXT_SOURCE_2"
    reason = "rank 1 of 96"
    figures = { importance = 0.081, permutation = 0.0123 }

    [provenance]
    seed = 0

Only the names are required. `[[dropped]]` rows have the same form: features near the cut, with the
reason why each was left out.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.errors import FeatureError
from credit_scoring.files import write_atomically
from credit_scoring.toml_file import read_toml

COMMENT = """\
# The features of a model, for: python model.py train --features THIS_FILE
# Edit [[features]] freely; reason, figures, [[dropped]] and [provenance] are for information only.
"""
TABLES = ("features", "dropped", "provenance")
KEY_TYPES: dict[str, tuple[type, str]] = {
    "name": (str, "text"),
    "reason": (str, "text"),
    "figures": (dict, "a table"),
}


@dataclass(frozen=True)
class ListedFeature:
    """One feature of a list, why it is in the list, and the figures that support it."""

    name: str
    reason: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class FeatureList:
    """The features to train on, those just below the cut, and the list's provenance.

    The provenance of a list that `select` wrote has the data's fingerprint, the seed, the command
    and the date. `with_computed` adds every feature that is computed from listed ones only.
    """

    features: tuple[ListedFeature, ...]
    dropped: tuple[ListedFeature, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    with_computed: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The features' names, in the order of the list."""
        return tuple(feature.name for feature in self.features)


def write_feature_list(path: Path, feature_list: FeatureList) -> None:
    """Write the list atomically; SettingError if the file cannot be written."""
    content: dict[str, Any] = {"features": _rows(feature_list.features)}
    if feature_list.dropped:
        content["dropped"] = _rows(feature_list.dropped)
    content["provenance"] = dict(feature_list.provenance)
    write_atomically(path, f"{COMMENT}\n{tomli_w.dumps(content)}")


def _rows(features: tuple[ListedFeature, ...]) -> list[dict[str, Any]]:
    return [{key: value for key, value in asdict(feature).items() if value} for feature in features]


def read_feature_list(path: Path) -> FeatureList:
    """Read the list; FeatureError names every error in the file."""
    content = read_toml(path, FeatureError, "python model.py select writes one")
    errors = [
        *_row_errors(content.get("features"), "features"),
        *_row_errors(content.get("dropped", []), "dropped"),
        *_unknown_keys(content, TABLES),
    ]
    if not isinstance(content.get("provenance", {}), dict):
        errors.append("provenance is not a table: write [provenance]")
    errors = errors or _name_errors(content["features"])
    if errors:
        raise FeatureError("\n  ".join([f"{path} is not a list of features:", *errors]))
    rows = {"features": content["features"], "dropped": content.get("dropped", [])}
    lists = {table: tuple(ListedFeature(**row) for row in rows[table]) for table in rows}
    return FeatureList(lists["features"], lists["dropped"], content.get("provenance", {}))


def read_requested_features(manifest_path: Path) -> FeatureList:
    """The features that a bundle's requests have, and those computed from them; BundleError."""
    manifest = read_manifest(manifest_path.parent)
    features = tuple(ListedFeature(feature.name) for feature in manifest.features)
    return FeatureList(features, provenance={"version": manifest.version}, with_computed=True)


def _unknown_keys(table: dict[str, Any], known: Collection[str]) -> list[str]:
    return [f"{key} is unknown: expected {', '.join(known)}" for key in table if key not in known]


def _row_errors(rows: Any, table: str) -> list[str]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return [f'{table} is not a list of tables: write [[{table}]] and name = "…" for each']
    return [
        f"{table}, row {number}: {error}"
        for number, row in enumerate(rows, 1)
        for error in _key_errors(row)
    ]


def _key_errors(row: dict[str, Any]) -> list[str]:
    errors = _unknown_keys(row, KEY_TYPES)
    if not row.get("name", ""):
        errors.append("name is missing or empty")
    for key, (expected_type, expected) in KEY_TYPES.items():
        if key in row and type(row[key]) is not expected_type:
            errors.append(f"{key} is {row[key]!r}: expected {expected}")
    return errors


def _name_errors(rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return ["features is empty: name at least one"]
    counts = Counter(row["name"] for row in rows)
    return [
        f"{name} is listed {count} times: list it once"
        for name, count in counts.items()
        if count > 1
    ]
