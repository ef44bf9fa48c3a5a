"""How an applicant's credit points add up: a waterfall from the average applicant's points.

Credit points are log-odds on another scale, so contributions in points also add up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal

import numpy as np

from credit_scoring.estimator.calibration import sigmoid
from credit_scoring.scoring.decision import Decision, credit_score, points
from credit_scoring.scoring.explanation import Explanation
from credit_scoring.scoring.reasons import SpokenFactor
from credit_scoring.scoring.sentences.vocabulary import capitalise

SHOWN = 7  # factors with a bar of their own; the others share one
MARGIN = 0.05  # of the scale, at both ends
Kind = Literal["start", "factor", "rest", "end"]


@dataclass(frozen=True)
class Step:
    """A bar: from `left`, `width` wide, in per cent of the scale; a total is a point.

    `points` is the change or, at the start and the end, the total. The changes are differences of
    rounded totals, so they add up as a reader adds them.
    """

    kind: Kind
    points: int
    left: float
    width: float
    label: str = ""
    sentence: str = ""

    @property
    def direction(self) -> str:
        """Whether the step counts for or against the applicant."""
        if self.kind in ("start", "end"):
            return "total"
        return "against" if self.points < 0 else "for"


@dataclass(frozen=True)
class Waterfall:
    """The steps from the average applicant to this one; `threshold_at` is in per cent.

    `threshold_points` is the highest score that is refused. `others` counts the factors of the
    step "rest". The log-odds are those of the model.
    """

    steps: tuple[Step, ...]
    others: int
    base_probability: float
    threshold_points: int
    threshold_at: float
    base_log_odds: float
    contributions: float
    log_odds: float


def waterfall(
    explanation: Explanation, factors: Sequence[SpokenFactor], decision: Decision, language: str
) -> Waterfall:
    """The waterfall of a decision; `factors` are sorted by their size."""
    shown = factors[:SHOWN]
    base = explanation.base_value
    log_odds = [*accumulate((spoken.factor.contribution for spoken in shown), initial=base)]
    totals = [*map(round, map(points, log_odds)), decision.credit_score]
    limit = credit_score(decision.threshold)
    scale = _Scale([*totals, limit])
    base_probability = float(sigmoid(np.asarray(base)))
    return Waterfall(
        steps=tuple(_steps(scale, totals, shown, language, has_rest=len(factors) > len(shown))),
        others=len(factors) - len(shown),
        base_probability=base_probability,
        threshold_points=limit,
        threshold_at=scale.at(limit),
        base_log_odds=base,
        contributions=explanation.log_odds - base,
        log_odds=explanation.log_odds,
    )


class _Scale:
    """Per cent of the width by points."""

    def __init__(self, totals: Sequence[int]) -> None:
        span = max(max(totals) - min(totals), 1)
        self._low = min(totals) - MARGIN * span
        self._span = span * (1 + 2 * MARGIN)

    def at(self, total: float) -> float:
        return round(100 * (total - self._low) / self._span, 2)


def _steps(
    scale: _Scale,
    totals: Sequence[int],
    shown: Sequence[SpokenFactor],
    language: str,
    *,
    has_rest: bool,
) -> list[Step]:
    texts = [
        (capitalise(spoken.factor.text[language]), spoken.sentence[language]) for spoken in shown
    ]
    changes = [
        _change(scale, "factor" if i < len(shown) else "rest", before, after)
        for i, (before, after) in enumerate(pairwise(totals))
    ]
    labelled = [
        Step(step.kind, step.points, step.left, step.width, label, sentence)
        for step, (label, sentence) in zip(changes, texts, strict=False)
    ]
    start = Step("start", totals[0], scale.at(totals[0]), 0.0)
    end = Step("end", totals[-1], scale.at(totals[-1]), 0.0)
    rest = [changes[-1]] if has_rest or changes[-1].points else []
    return [start, *labelled, *rest, end]


def _change(scale: _Scale, kind: Kind, before: int, after: int) -> Step:
    left, right = sorted((scale.at(before), scale.at(after)))
    return Step(kind, after - before, left, round(right - left, 2))
