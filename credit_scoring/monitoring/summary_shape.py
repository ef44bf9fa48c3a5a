"""The shape of the summary as JSON: types of GET /monitoring/summary and of `monitor --json`.

Days are texts such as 2026-11-28, in UTC; the last day of a window is inclusive. A number that
cannot be computed is null.
"""

from typing import Any, Literal

from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12


class MonitoredModel(TypedDict):
    """A model with decisions."""

    version: str
    digest: str
    first_day: str
    last_day: str
    decisions: int
    has_reference: bool


class Days(TypedDict):
    """A window of days."""

    since: str
    until: str
    days: int


class Percentiles(TypedDict):
    """The median, the 95 % and the 99 % point, in milliseconds."""

    p50: float
    p95: float
    p99: float


class Latency(TypedDict):
    """Durations per applicant: in the request's handler, and of these in the model."""

    handler_ms: Percentiles | None
    model_ms: Percentiles | None


class Volume(TypedDict):
    """Decisions, without what-ifs, and their shares."""

    decisions: int
    accepted: int
    refused: int
    refused_share: float | None
    refused_share_training: float | None
    kinds: dict[str, int]
    features_not_counted: int


class MonitoredDay(Latency):
    """The decisions of a day, and the scoring requests that were refused on it."""

    day: str
    decisions: int
    accepted: int
    refused: int
    missing_share: float | None
    refused_requests: int


class ScoreDistribution(TypedDict):
    """Decisions per bin of the probability; `reference` is of training or of the other window."""

    probabilities: list[float]
    counts: list[int]
    reference: list[int] | None
    drift: dict[str, Any] | None


class Drift(TypedDict):
    """The verdict over the model's life, and each feature of the window against the reference."""

    reference: Literal["training", "window"]
    verdict: dict[str, Any] | None
    features: list[dict[str, Any]]


class RefusedNumber(TypedDict):
    """How many requests were refused for a kind of problem, or because of a feature."""

    kind: str
    field: str
    number: int


class RefusedSummary(TypedDict):
    """The refused scoring requests; `share`: of all scoring requests."""

    number: int
    share: float | None
    rows: list[RefusedNumber]


class AlarmStatus(TypedDict):
    """The state of an alarm rule; the texts say value and limit with their unit.

    `since` is the first day of the change if the rule knows it, `on_since` the day on which the
    alarm went on.
    """

    rule: str
    title: str
    state: Literal["on", "off", "not evaluated"]
    value: float | None
    value_text: str | None
    limit: float
    limit_text: str
    since: str | None
    on_since: str | None
    message: str
    action: str


class CountsParts(TypedDict):
    """The parts that the counts of the window give; null before the first decision."""

    volume: Volume | None
    days: list[MonitoredDay]
    latency: Latency | None
    score: ScoreDistribution | None
    drift: Drift | None
    refused_requests: RefusedSummary


class PerformanceParts(TypedDict):
    """The parts about performance; null if the costs of the model are not known."""

    performance: dict[str, Any] | None
    calibration: dict[str, Any] | None
    expected_performance: dict[str, Any] | None


class MonitoringSummary(CountsParts, PerformanceParts):
    """What production looks like against what the model was trained for."""

    made_at: str
    model: MonitoredModel | None
    models: list[MonitoredModel]
    window: Days
    against: Days | None
    missing: list[str]
    uncounted: int
    alarms: list[AlarmStatus]


class FeatureBin(TypedDict):
    """A bin of a feature: how many applicants are in it, and in the reference."""

    label: str
    reference: int
    reference_share: float | None
    number: int
    share: float | None


class FeatureDay(TypedDict):
    """The counts of a day per bin."""

    day: str
    number: int
    counts: list[int]


class FeatureSummary(TypedDict):
    """A feature, or the score, of a window against the reference."""

    name: str
    meaning: str
    model: MonitoredModel
    window: Days
    against: Days | None
    drift: dict[str, Any] | None
    bins: list[FeatureBin]
    days: list[FeatureDay]
