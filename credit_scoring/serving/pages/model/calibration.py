"""The reliability diagram: predicted probabilities against the share that defaulted.

The out-of-fold applicants of the bundle's reference are divided into ten groups of about the same
size by rising probability.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from credit_scoring.bundle.reference import ScoreReference, bin_probability
from credit_scoring.confidence_interval import Estimate
from credit_scoring.serving.pages.geometry import Frame, line, share_ticks

GROUPS = 10
FRAMES = {
    "wide": Frame(560, 430, right=22, top=28),
    "narrow": Frame(306, 320, left=46, right=22, top=28),
}  # by CSS class


@dataclass(frozen=True)
class RiskGroup:
    """Applicants of similar probability: predicted and observed share of defaults."""

    applicants: int
    predicted: float
    observed: Estimate

    @property
    def deviation(self) -> str:
        """Where the prediction is outside the observed interval: "too_high", "too_low" or ""."""
        if self.predicted > self.observed.high:
            return "too_high"
        return "too_low" if self.predicted < self.observed.low else ""


@dataclass(frozen=True)
class Calibration:
    """All applicants as one group, and the groups by rising probability."""

    overall: RiskGroup
    groups: list[RiskGroup]

    @property
    def deviating(self) -> list[RiskGroup]:
        """The groups whose prediction is outside the observed interval."""
        return [group for group in self.groups if group.deviation]


def calibration(score: ScoreReference) -> Calibration | None:
    """The calibration of the out-of-fold predictions; None if nobody was counted."""
    applicants = score.applicants_per_bin
    if not applicants.sum():
        return None
    middles = (np.cumsum(applicants) - applicants / 2) / applicants.sum()
    tenth = np.minimum((middles * GROUPS).astype(np.intp), GROUPS - 1)
    bins = (np.flatnonzero((tenth == number) & (applicants > 0)) for number in range(GROUPS))
    groups = [_group(score, rows) for rows in bins if len(rows)]
    return Calibration(_group(score, np.flatnonzero(applicants)), groups)


def _group(score: ScoreReference, bins: Any) -> RiskGroup:
    applicants = score.applicants_per_bin[bins]
    number = int(applicants.sum())
    predicted = float(bin_probability()[bins] @ applicants) / number
    defaults = int(np.take(score.default, bins).sum())
    return RiskGroup(number, predicted, Estimate.share(defaults, number))


def diagrams(calibrated: Calibration) -> Iterator[dict[str, Any]]:
    """The geometry of the diagram for a wide and for a narrow screen."""
    most = max(max(group.predicted, group.observed.high) for group in calibrated.groups)
    high = min(1.1 * most, 1.0)
    for name, frame in FRAMES.items():
        x, y = frame.x(0, high, is_root=True), frame.y(0, high, is_root=True)
        yield {
            "name": name,
            "frame": frame,
            "x_ticks": share_ticks(x, 44),
            "y_ticks": share_ticks(y, 26),
            "ideal": line([(x(0), y(0)), (x(high), y(high))]),
            "points": [
                {
                    "x": x(group.predicted),
                    "y": y(group.observed.value),
                    "low": y(group.observed.low),
                    "high": y(group.observed.high),
                    "deviates": bool(group.deviation),
                }
                for group in calibrated.groups
            ],
        }
