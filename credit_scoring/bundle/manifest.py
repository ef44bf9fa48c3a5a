"""The manifest, model.json: a model's features, data, metrics, golden rows and pickle digest."""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_origin, get_type_hints

from credit_scoring.errors import BundleError
from credit_scoring.features.feature import Feature

FORMAT = 1  # of model.json: increase it when its keys or their meaning change
MODEL_FILE = "model.pkl"
MANIFEST_FILE = "model.json"
Role = Literal["input", "ratio input", "derived"]


@dataclass(frozen=True)
class ModelFeature:
    """A feature of a model.

    `role`: an "input" is in the request and in the model; a "ratio input" is in the request only,
    for a derived feature; a "derived" feature is in the model and computed by the server.
    `nullable`: it may be missing, as it was for some applicant in training. `importance` is its
    share of the model's total gain, 0 to 1.
    """

    feature: Feature
    role: Role
    nullable: bool
    importance: float = 0.0

    @property
    def name(self) -> str:
        """The feature's name."""
        return self.feature.name

    @property
    def is_requested(self) -> bool:
        """Whether a request contains it."""
        return self.role != "derived"

    def as_dict(self) -> dict[str, Any]:
        """One flat row, as in the manifest and the API."""
        extra = {"role": self.role, "nullable": self.nullable, "importance": self.importance}
        return {**self.feature.as_dict(), **extra}

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> "ModelFeature":
        """The inverse of `as_dict`."""
        extra = {key: row[key] for key in ("role", "nullable", "importance")}
        feature = {key: value for key, value in row.items() if key not in extra}
        return cls(Feature.from_dict(feature), **extra)


@dataclass(frozen=True)
class Manifest:
    """The content of model.json. Estimates have `value`, `low`, `high`: 95 % bootstrap intervals.

    `version` is the start of the pickle's SHA-256. `pickle` holds its file name, size in bytes and
    SHA-256. `golden_rows` are invented or generated applicants with the probability that the model
    must reproduce.
    """

    version: str
    created_at: str
    made_by: str
    algorithm: str
    pickle: dict[str, Any]
    libraries: dict[str, str]
    data: dict[str, Any]
    settings: dict[str, Any]
    costs: dict[str, float]
    threshold: dict[str, float]
    metrics: dict[str, Any]
    features: tuple[ModelFeature, ...]
    golden_rows: tuple[dict[str, Any], ...]
    format: int = FORMAT

    def example(self, name: str) -> dict[str, Any]:
        """The inputs of the golden row called `name`; BundleError lists the names that exist."""
        for row in self.golden_rows:
            if row["name"] == name:
                return dict(row["features"])
        known = ", ".join(f'"{row["name"]}"' for row in self.golden_rows)
        raise BundleError(f'the bundle has no example called "{name}": it has {known}')

    def to_json(self) -> str:
        """The text of model.json."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values["features"] = [feature.as_dict() for feature in self.features]
        content = {"format": values.pop("format"), **values}
        return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str, path: Path) -> "Manifest":
        """Parse model.json; BundleError names `path` and what is wrong with it."""
        try:
            content = json.loads(text)
            _require_format(content["format"], path)
            content["features"] = tuple(map(ModelFeature.from_dict, content["features"]))
            content["golden_rows"] = tuple(content["golden_rows"])
            _require_types(content)
            return cls(**content)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise BundleError(f"{path} is not a manifest ({reason}): train it again") from error


def _require_format(value: Any, path: Path) -> None:
    if value != FORMAT:
        raise BundleError(f"{path} has format {value}, this program reads {FORMAT}: train it again")


def _require_types(content: dict[str, Any]) -> None:
    for name, declared in get_type_hints(Manifest).items():
        expected = get_origin(declared) or declared
        actual = type(content[name])
        if actual is not expected:
            raise TypeError(f"{name} is a {actual.__name__}, not a {expected.__name__}")


def pickle_metadata(data: bytes, digest: str) -> dict[str, Any]:
    """The manifest's entry for the pickle `data` with this SHA-256."""
    return {"file": MODEL_FILE, "size": len(data), "sha256": digest}
