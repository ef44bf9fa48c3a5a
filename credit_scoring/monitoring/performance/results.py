"""Results on performance: by month with known outcomes, the calibration alarm, and expected."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from credit_scoring.confidence_interval import Estimate
from credit_scoring.monitoring.sentence import Language, Sentence

State = Literal["quiet", "alarm", "waiting"]
ALMOST_COMPLETE = 0.9  # share of known outcomes from which a default rate is hardly biased
WARNING = Sentence("performance.warning")


@dataclass(frozen=True)
class OverriddenOutcomes:
    """Known outcomes of applicants whom the model refused and somebody accepted.

    `expected_defaults`: the sum of their probabilities of default.
    """

    outcomes: int
    defaults: int
    expected_defaults: float


@dataclass(frozen=True)
class RealisedPerformance:
    """Performance among the accepted applicants of a period, by day of the decision.

    `period`: a month such as 2026-10, or "all". `accepted`: decisions; `outcomes`: those of them
    with a known outcome. `defaults` of the `outcomes`; `default_rate` and `cost_per_accepted` are
    per known outcome, `expected_…` what the model's probabilities say for the same applicants.
    `lowest_default_rate`: per accepted applicant, if every loan that is due is repaid. `auc`: among
    accepted applicants with an outcome. `calibration_slope` and `calibration_intercept`: Cox's line
    of the outcome's log-odds on the predicted log-odds; `log_odds_shift`: its intercept with the
    slope 1. None if there are too few outcomes.
    """

    period: str
    accepted: int
    outcomes: int
    defaults: int
    expected_defaults: float
    default_rate: Estimate | None
    lowest_default_rate: float | None
    cost_per_accepted: Estimate | None
    expected_cost_per_accepted: float | None
    auc: Estimate | None
    expected_auc: float | None
    calibration_slope: Estimate | None
    calibration_intercept: Estimate | None
    log_odds_shift: Estimate | None
    overridden: OverriddenOutcomes

    @property
    def due(self) -> int:
        """The accepted applicants without an outcome so far."""
        return self.accepted - self.outcomes

    @property
    def known_share(self) -> float:
        """The share of the accepted applicants whose outcome is known."""
        return self.outcomes / self.accepted if self.accepted else 0.0

    @property
    def incomplete(self) -> bool:
        """Whether there are outcomes, but too few for an unbiased default rate."""
        return 0 < self.known_share < ALMOST_COMPLETE

    def as_dict(self) -> dict[str, Any]:
        """Return the fields and what follows from them as JSON types."""
        derived = {"due": self.due, "known_share": self.known_share, "incomplete": self.incomplete}
        return {**asdict(self), **derived}


@dataclass(frozen=True)
class CalibrationVerdict:
    """Whether the relation between score and default has changed since training.

    `log_evidence`: natural logarithm of the e-value; it is an alarm from `limit` on.
    `since`: the estimated first month of the change, None without evidence of one.
    `outcomes`: the outcomes used; `waiting`: known outcomes of days whose outcomes are incomplete.
    """

    log_evidence: float
    error_level: float
    since: str | None
    outcomes: int
    waiting: int

    @property
    def limit(self) -> float:
        """The log evidence of an alarm: a false one has at most the probability `error_level`."""
        return -math.log(self.error_level)

    @property
    def alarm(self) -> bool:
        """True if the evidence reaches the limit."""
        return self.log_evidence >= self.limit

    @property
    def state(self) -> State:
        """The verdict in one word; "waiting" if no outcome could be used yet."""
        if not self.outcomes:
            return "waiting"
        return "alarm" if self.alarm else "quiet"

    def sentence(self) -> Sentence:
        """Return the verdict in plain words."""
        values = {"since": self.since, "outcomes": self.outcomes}
        return Sentence(f"calibration.{self.state}", values)

    def as_dict(self, language: Language = "en") -> dict[str, Any]:
        """Return the fields and what follows from them as JSON types."""
        derived = {"limit": self.limit, "alarm": self.alarm, "state": self.state}
        return {**asdict(self), **derived, "sentence": self.sentence().text(language)}


@dataclass(frozen=True)
class ExpectedPerformance:
    """What the calibrated probabilities of all applicants of a window say before outcomes come.

    The intervals are for the values that these applicants would have if all were accepted and
    all outcomes known; `refused_share` is known, its interval is for the applicants to come.
    `auc` is None if too few defaults are expected. `cost_per_applicant` includes refused
    applicants who would have repaid.
    """

    applicants: int
    default_rate: Estimate
    auc: Estimate | None
    refused_share: Estimate
    cost_per_applicant: Estimate
    assumption: Sentence
    warning: Sentence = WARNING

    def as_dict(self, language: Language = "en") -> dict[str, Any]:
        """Return the fields as JSON types, the sentences in a language."""
        texts = {"assumption": self.assumption, "warning": self.warning}
        return {**asdict(self), **{name: text.text(language) for name, text in texts.items()}}


@dataclass(frozen=True)
class PerformanceReport:
    """Realised performance by month of decision and over all months, with plain statements."""

    months: tuple[RealisedPerformance, ...]
    total: RealisedPerformance
    notes: tuple[Sentence, ...]

    def as_dict(self, language: Language = "en") -> dict[str, Any]:
        """Return the report as JSON types, its notes in a language."""
        return {
            "months": [month.as_dict() for month in self.months],
            "total": self.total.as_dict(),
            "notes": [note.text(language) for note in self.notes],
        }
