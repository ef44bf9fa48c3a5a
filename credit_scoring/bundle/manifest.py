"""The manifest, model.json: what the model is, what it asks for, how good it is, and the digest of its pickle."""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_origin, get_type_hints

from credit_scoring.errors import BundleError
from credit_scoring.features.feature import Feature

FORMAT = 1
MODEL_FILE = "model.pkl"
MANIFEST_FILE = "model.json"
Role = Literal["input", "ratio input", "derived"]


@dataclass(frozen=True)
class ModelFeature:
    """One feature as the model knows it.

    `role`: an "input" is asked for and in the model; a "ratio input" is asked for only because a derived feature
    needs it; a "derived" feature is in the model and computed by the server. `nullable`: it was missing for some
    applicant in training, so it may be missing. `importance`: share of the model's total gain, 0 to 1.
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
    def asked(self) -> bool:
        """Whether a request sends it."""
        return self.role != "derived"

    def as_dict(self) -> dict[str, Any]:
        """One flat row, as in the manifest and the API."""
        extra = {"role": self.role, "nullable": self.nullable, "importance": self.importance}
        return {**self.feature.as_dict(), **extra}

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> "ModelFeature":
        """The inverse of `as_dict`."""
        own = {key: row[key] for key in ("role", "nullable", "importance")}
        return cls(
            Feature.from_dict({key: value for key, value in row.items() if key not in own}), **own
        )


@dataclass(frozen=True)
class Manifest:
    """model.json. Figures that are estimates are `{"value", "low", "high"}`, a 95 % bootstrap interval.

    `version` is the start of the pickle's SHA-256. `pickle` holds its file name, size in bytes and SHA-256.
    `golden_rows` are made-up or generated applicants with the probability that the model must reproduce.
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
        """The inputs of the golden row called `name`; BundleError names those there are."""
        for row in self.golden_rows:
            if row["name"] == name:
                return dict(row["features"])
        known = ", ".join(f'"{row["name"]}"' for row in self.golden_rows)
        raise BundleError(f'the bundle has no example called "{name}": it has {known}')

    def to_json(self) -> str:
        """The text of model.json."""
        rows = {f.name: getattr(self, f.name) for f in fields(self)}
        rows["features"] = [feature.as_dict() for feature in self.features]
        return (
            json.dumps(
                {"format": rows.pop("format"), **rows},
                indent=1,
                ensure_ascii=False,
                allow_nan=False,
            )
            + "\n"
        )

    @classmethod
    def from_json(cls, text: str, path: Path) -> "Manifest":
        """Read model.json; BundleError names `path` and what is wrong with it."""
        try:
            raw = json.loads(text)
            if raw["format"] != FORMAT:
                raise BundleError(
                    f"{path} has format {raw['format']}, this program reads {FORMAT}: train it again"
                )
            raw["features"] = tuple(map(ModelFeature.from_dict, raw["features"]))
            raw["golden_rows"] = tuple(raw["golden_rows"])
            _check_types(raw)
            return cls(**raw)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise BundleError(
                f"{path} is no manifest ({type(error).__name__}: {error}): train it again"
            ) from error


def _check_types(raw: dict[str, Any]) -> None:
    for name, declared in get_type_hints(Manifest).items():
        expected = get_origin(declared) or declared
        if type(raw[name]) is not expected:
            raise TypeError(f"{name} is a {type(raw[name]).__name__}, not a {expected.__name__}")


def pickle_facts(data: bytes, digest: str) -> dict[str, Any]:
    """The manifest's row about the pickle `data`."""
    return {"file": MODEL_FILE, "size": len(data), "sha256": digest}
