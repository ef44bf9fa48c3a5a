"""The manifest, model.json: a model's features, data, metrics, golden rows and pickle digest.

These types are the one definition of its shape; `manifest_json` validates it with pydantic.
A manifest is as untrusted as the pickle next to it: exact types, finite numbers, no unknown key.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired, TypeAlias

from pydantic import (
    AfterValidator,
    Field,
    GetPydanticSchema,
    JsonValue,
    StringConstraints,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    with_config,
)
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from credit_scoring.bundle.reference import Reference
from credit_scoring.bundle.strict_validation import STRICT
from credit_scoring.errors import BundleError
from credit_scoring.features.feature import Feature

FORMAT = 1  # of model.json: increase it when its keys or their meaning change
MODEL_FILE = "model.pkl"
MANIFEST_FILE = "model.json"
TERM_MODEL_FILE = "term_model.txt"
VERSION_LENGTH = 12  # digits of the pickle's SHA-256
Role = Literal["input", "ratio input", "derived"]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Share = Annotated[float, Field(ge=0, le=1)]
Cost = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=0)]
NonEmpty = Annotated[str, StringConstraints(min_length=1)]


def _validated_as(shape: type) -> Any:
    """Validate a plain dictionary as the TypedDict `shape`."""
    return GetPydanticSchema(lambda _source, generate: generate(shape))


def _iso_time(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("expected a time with its offset from UTC")
    return text


def _finite(value: JsonValue) -> JsonValue:
    json.dumps(value, allow_nan=False)  # pydantic's JsonValue allows NaN
    return value


Json: TypeAlias = Annotated[JsonValue, AfterValidator(_finite)]


class PickleFile(TypedDict):
    """The pickle: its name, size in bytes and SHA-256."""

    file: Literal["model.pkl"]
    size: Count
    sha256: Digest


class TermModelFile(TypedDict):
    """The term model's file, and how it was fitted.

    `accuracy` is the share of exact terms among the earlier loans of left-out applicants, `loans`
    the number of loans it was fitted on, `applicants_with_rate` the share of training applicants
    with an implied rate.
    """

    file: Literal["term_model.txt"]
    size: Count
    sha256: Digest
    accuracy: Share
    loans: Count
    applicants_with_rate: Share


class DataFacts(TypedDict):
    """The training data."""

    source: str
    generated_sample: bool
    fingerprint: Digest
    applicants: Annotated[int, Field(ge=1)]
    defaults: Count
    period: NotRequired[dict[str, str]]
    tables: list[str]


class TrainingSettings(TypedDict):
    """The choices of the training run; `params` and `features` say which files gave them.

    `out_of_time` has the figures of later applicants next to random folds, if these were held out.
    `directions` says whether the model keeps those of its features; older models have none.
    """

    seed: int
    folds: int
    held_out_share: Share
    allowed_attributes: list[str]
    directions: NotRequired[bool]
    params: NotRequired[dict[str, Json]]
    features: NotRequired[dict[str, Json]]
    out_of_time: NotRequired[dict[str, Json]]
    notes: NotRequired[list[str]]


class CostValues(TypedDict):
    """The costs of accepting a defaulter and of refusing a good applicant."""

    false_negative: Cost
    false_positive: Cost


class ThresholdValues(TypedDict):
    """The model's threshold, and the theoretical one of calibrated probabilities.

    `low` to `high` is the 95 % bootstrap interval of the cheapest cut out of fold, `empirical`.
    The costs are per applicant, out of fold: see `threshold_choice.choose_threshold`. Older
    bundles, whose threshold is the cheapest cut, do not have the keys after `theoretical`.
    """

    value: float
    low: float
    high: float
    theoretical: float
    rule: NotRequired[Literal["expected_cost", "empirical"]]
    empirical: NotRequired[float]
    cost_at_theoretical: NotRequired[float]
    cost_at_empirical: NotRequired[float]
    saving_optimism: NotRequired[float]
    saving_standard_error: NotRequired[float]


class EstimateValues(TypedDict):
    """A metric and its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


class MetricsValues(TypedDict):
    """Every metric by name, for out-of-fold and for held-out predictions."""

    out_of_fold: dict[str, EstimateValues]
    held_out: dict[str, EstimateValues]


CLOSE_ROW = "close to the threshold"  # the name of a golden row; older bundles have none


class GoldenRow(TypedDict):
    """An invented or generated applicant, and the probability that the model gives it."""

    name: NonEmpty
    features: dict[str, Any]  # compared with the features' own limits when the manifest is read
    probability: Share


Data: TypeAlias = Annotated[dict[str, Any], _validated_as(DataFacts)]
Settings: TypeAlias = Annotated[dict[str, Any], _validated_as(TrainingSettings)]
Costs: TypeAlias = Annotated[dict[str, float], _validated_as(CostValues)]
Threshold: TypeAlias = Annotated[dict[str, Any], _validated_as(ThresholdValues)]
Metrics: TypeAlias = Annotated[dict[str, Any], _validated_as(MetricsValues)]
Time: TypeAlias = Annotated[str, AfterValidator(_iso_time)]


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
    importance: Share = 0.0

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
    def from_dict(cls, row: Mapping[str, Any]) -> "ModelFeature":
        """The inverse of `as_dict`."""
        own, feature = _split(row)
        return cls(Feature.from_dict(feature), **own)


def _split(row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A flat row's entries of `ModelFeature`, and those of its `Feature`."""
    own = {key: row[key] for key in ("role", "nullable", "importance") if key in row}
    return own, {key: value for key, value in row.items() if key not in own}


def _validate_flat_row(row: Any, validate: ValidatorFunctionWrapHandler) -> ModelFeature:
    """Validate a flat row as a nested `ModelFeature`; whole numbers in it remain whole."""
    if isinstance(row, dict):
        own, feature = _split(row)
        lists = {key: tuple(value) for key, value in feature.items() if isinstance(value, list)}
        validate({"feature": feature | lists, **own})
        return ModelFeature.from_dict(row)
    raise PydanticCustomError("flat_row", "expected an object, the row of a feature")


FeatureRow: TypeAlias = Annotated[ModelFeature, WrapValidator(_validate_flat_row)]


@with_config(STRICT)
@dataclass(frozen=True)
class Manifest:
    """The content of model.json.

    `version` is the start of the pickle's SHA-256. `golden_rows` are invented or generated
    applicants with the probability that the model must reproduce. `reference` is the distribution
    of the training applicants; bundles written before monitoring have none.
    """

    version: str
    created_at: Time
    made_by: str
    algorithm: str
    pickle: PickleFile
    libraries: dict[str, str]
    data: Data
    settings: Settings
    costs: Costs
    threshold: Threshold
    metrics: Metrics
    features: tuple[FeatureRow, ...]
    golden_rows: Annotated[tuple[GoldenRow, ...], Field(min_length=1)]
    format: int = FORMAT
    reference: Reference | None = None
    term_model: TermModelFile | None = None

    def example(self, name: str) -> dict[str, Any]:
        """The inputs of the golden row called `name`; BundleError lists the names that exist."""
        for row in self.golden_rows:
            if row["name"] == name:
                return dict(row["features"])
        known = ", ".join(f'"{row["name"]}"' for row in self.golden_rows)
        raise BundleError(f'the bundle has no example called "{name}": it has {known}')


def term_model_metadata(
    data: bytes, *, accuracy: float, loans: int, applicants_with_rate: float
) -> TermModelFile:
    """The manifest's entry for the term model whose file is `data`."""
    return {
        "file": "term_model.txt",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "accuracy": accuracy,
        "loans": loans,
        "applicants_with_rate": applicants_with_rate,
    }


def pickle_metadata(data: bytes, digest: str) -> PickleFile:
    """The manifest's entry for the pickle `data` with this SHA-256."""
    return {"file": "model.pkl", "size": len(data), "sha256": digest}
