"""Results on performance: by month with known outcomes, the calibration alarm, and expected."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from credit_scoring.confidence_interval import Estimate

State = Literal["quiet", "alarm", "waiting"]
ALMOST_COMPLETE = 0.9  # share of known outcomes from which a default rate is hardly biased

REFUSED_HAVE_NO_OUTCOME = (
    "Refused applicants have no outcome, so these figures describe accepted applicants only. The "
    "AUC among them is lower than among all applicants, because the refused ones, the easiest to "
    "tell apart, are missing: compare it with the AUC expected for the same applicants."
)
STILL_DUE = (
    "Due: accepted by the model, without an outcome so far. Loans that were never paid out, and "
    "those that a person refused, stay due."
)
INCOMPLETE = (
    "Outcomes are incomplete in {months}. Defaults are usually reported before repayments, so the "
    "default rate and the cost of these months are probably too high."
)
OVERRIDDEN = (
    "Outcomes of applicants whom the model refused ({number}) are counted apart: a person accepted "
    "them for reasons that the score does not contain."
)


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

    def sentence(self) -> str:
        """Return the verdict in plain words."""
        if self.state == "waiting":
            return "calibration not judged: no day of decisions has complete outcomes yet"
        evidence = f"log evidence {self.log_evidence:.1f}, alarm at {self.limit:.1f}"
        basis = f"{self.outcomes:,} outcomes, {evidence}"
        if self.alarm:
            return f"calibration lost for decisions since about {self.since} ({basis})"
        return f"no loss of calibration in the known outcomes ({basis})"

    def as_dict(self) -> dict[str, Any]:
        """Return the fields and what follows from them as JSON types."""
        derived = {"limit": self.limit, "alarm": self.alarm, "state": self.state}
        return {**asdict(self), **derived, "sentence": self.sentence()}


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
    assumption: str
    warning: str

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class PerformanceReport:
    """Realised performance by month of decision and over all months, with plain statements."""

    months: tuple[RealisedPerformance, ...]
    total: RealisedPerformance
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON types."""
        return {
            "months": [month.as_dict() for month in self.months],
            "total": self.total.as_dict(),
            "notes": list(self.notes),
        }
