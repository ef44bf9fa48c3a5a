"""The decision on a probability of default: accepted or refused, risk level, credit score."""

import math
from dataclasses import dataclass
from typing import Any, Literal

from credit_scoring.estimator.threshold import is_default_expected

Outcome = Literal["ACCEPTED", "REFUSED"]
RiskLevel = Literal["LOW", "MEDIUM", "HIGH"]
OUTCOMES: tuple[Outcome, Outcome] = ("ACCEPTED", "REFUSED")  # by score
MEDIUM_RISK_SHARE = 0.5  # of the threshold
# Scorecard convention: 600 points at odds of 50:1 of repaying, 20 points double the odds.
POINTS_AT_ANCHOR = 600
ANCHOR_ODDS = 50.0
POINTS_TO_DOUBLE = 20
MIN_DISTANCE = 1e-9  # of a probability from 0 and 1, for finite odds


@dataclass(frozen=True)
class Decision:
    """The decision on one applicant.

    `probability` of default, 0 to 1. `score` is 1 if the probability reaches the threshold
    (default expected, refused), else 0. `credit_score` is in points; higher is safer.
    """

    probability: float
    score: int
    threshold: float
    decision: Outcome
    risk_level: RiskLevel
    credit_score: int
    model_version: str

    def as_dict(self) -> dict[str, Any]:
        """The decision as JSON."""
        return dict(vars(self))


def decide(probability: float, threshold: float, model_version: str) -> Decision:
    """The decision on an applicant with this probability of default."""
    score = int(is_default_expected(probability, threshold))
    return Decision(
        probability=probability,
        score=score,
        threshold=threshold,
        decision=OUTCOMES[score],
        risk_level=risk_level(probability, threshold),
        credit_score=credit_score(probability),
        model_version=model_version,
    )


def risk_level(probability: float, threshold: float) -> RiskLevel:
    """HIGH from the threshold (refused), MEDIUM from half of it, LOW below.

    >>> risk_level(0.02, 0.09), risk_level(0.05, 0.09), risk_level(0.09, 0.09)
    ('LOW', 'MEDIUM', 'HIGH')
    """
    if is_default_expected(probability, threshold):
        return "HIGH"
    return "MEDIUM" if probability >= MEDIUM_RISK_SHARE * threshold else "LOW"


def credit_score(probability: float) -> int:
    """Points: 600 at odds of 50:1 of repaying; 20 points double the odds.

    >>> credit_score(1 / 51), credit_score(1 / 101), credit_score(1 / 26)
    (600, 620, 580)
    """
    default = min(max(probability, MIN_DISTANCE), 1 - MIN_DISTANCE)
    return round(points(math.log(default / (1 - default))))


def points(log_odds: float) -> float:
    """The credit score of these log-odds of default, before it is rounded.

    >>> points(math.log(1 / 50))
    600.0
    """
    doublings = -log_odds / math.log(2) - math.log2(ANCHOR_ODDS)
    return POINTS_AT_ANCHOR + POINTS_TO_DOUBLE * doublings
