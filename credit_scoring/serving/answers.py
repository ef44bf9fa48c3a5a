"""The JSON objects that the API answers; their OpenAPI schemas are generated from these types.

An answer that a dataclass already describes (`Decision`, `Factor`, `StoredDecision`, …) is not
repeated here.
"""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from credit_scoring.bundle.manifest import Costs, Data, Metrics, Role, Settings, Threshold
from credit_scoring.contracts.contract import RiskDirection
from credit_scoring.errors import FieldError
from credit_scoring.monitoring.drift.results import Band
from credit_scoring.monitoring.performance.results import State
from credit_scoring.scoring.reasons import Factor

JsonType = Literal["string", "integer", "number"]
# What a challenger does; "same model": it is the served one, and does nothing.
ChallengerStatus = Literal["scoring", "same model", "unavailable"]
# Of the model that a worker serves, compared with the one that is deployed:
ModelState = Literal["ok", "source unreachable", "deployed version not loaded"]


class Text(TypedDict):
    """A text in each language."""

    en: str
    fr: str


class Problem(TypedDict):
    """An error as RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    errors: NotRequired[list[FieldError]]


class Links(TypedDict):
    """The entry point for programs: the paths of the API."""

    name: Literal["credit-scoring"]
    model_version: str
    links: dict[str, str]


class Live(TypedDict):
    """The process answers."""

    status: Literal["ok"]


class Health(Live):
    """The app runs, with this model."""

    model_version: str


class Ready(Health):
    """The app can decide now."""

    decision_log: Literal["ok"]
    model: ModelState


class ChallengerInfo(TypedDict):
    """The challenger, which scores decisions in the background."""

    status: ChallengerStatus
    version: str | None


class ModelInfo(TypedDict):
    """The loaded model and its quality."""

    version: str
    created_at: str
    made_by: str
    algorithm: str
    metrics: Metrics
    costs: Costs
    threshold: Threshold
    data: Data
    settings: Settings
    features: int
    challenger: ChallengerInfo | None


# A deployment that a request made, and the versions that it replaced and put in use:
DeploymentAnswer = TypedDict("DeploymentAnswer", {"deployment": int, "from": str, "to": str})


class Models(TypedDict):
    """The stored models, and the log of deployments, both newest first."""

    models: list[dict[str, Any]]
    deployments: list[dict[str, Any]]


class ModelFeatures(TypedDict):
    """The features of a request, and those that the server derives from them."""

    features: list[dict[str, Any]]
    derived: list[dict[str, Any]]


class FeatureRole(TypedDict):
    """What the model adds to the catalogue's description of a feature."""

    role: Role
    nullable: bool
    importance: float
    type: NotRequired[JsonType]


class DecisionId(TypedDict):
    """The id under which the log stores a decision."""

    decision_id: str


class WhatIf(TypedDict):
    """The mark of an answer that is not a decision: it is not in the log and has no id."""

    what_if: Literal[True]


class BatchIndex(TypedDict):
    """The position of an applicant in a batch, from 0."""

    index: int


class BatchError(BatchIndex):
    """A refused applicant of a batch."""

    errors: list[FieldError]


class Batch(TypedDict):
    """The decisions on a batch of applicants."""

    predictions: list[dict[str, Any]]
    errors: list[BatchError]


class Contribution(TypedDict):
    """A feature's part of the log-odds of default."""

    feature: str
    value: float | str | None
    contribution: float
    direction: NotRequired[RiskDirection]


class SuggestionAnswer(TypedDict):
    """A change of the application that would be accepted."""

    change: list[str]
    features: dict[str, Any]
    probability: float
    text: Text


class WhatWouldChangeAnswer(TypedDict):
    """The suggestions that turn a refusal; if there are none, `text` says why."""

    suggestions: list[SuggestionAnswer]
    text: NotRequired[Text]


class ExplanationAnswer(TypedDict):
    """The reasons of a decision."""

    base_value: float
    log_odds: float
    contributions: list[Contribution]
    principal_reasons: list[Factor]
    factors: list[Factor]
    what_would_change: NotRequired[WhatWouldChangeAnswer]


class ApplicantAnswer(TypedDict):
    """The features of a stored applicant."""

    applicant_id: str
    made_at: str
    features: dict[str, Any]


class DecisionPage(TypedDict):
    """A page of the decision log."""

    decisions: list[dict[str, Any]]
    next: str | None


class DriftBand(TypedDict):
    """The usual band of a PSI."""

    band: Band


class FeatureName(TypedDict):
    """The name of a feature."""

    name: str


class Finding(TypedDict):
    """A finding in plain words."""

    sentence: str


class Verdict(TypedDict):
    """Whether a verdict is an alarm."""

    alarm: bool


class CalibrationState(Finding):
    """The verdict of calibration, and the evidence from which it is an alarm."""

    limit: float
    state: State


class KnownOutcomes(TypedDict):
    """How many outcomes of a period are known."""

    due: int
    known_share: float
    incomplete: bool
