"""The geometry of a probability on a scale next to the limit, in per cent of the width."""

from dataclasses import dataclass

from credit_scoring.estimator.threshold import is_default_expected

LIMITS = 4  # times the threshold: the end of the scale
FIRST_LABEL, LAST_LABEL = 6, 84  # per cent of the width between the labels of the two ends
MARGIN = 20  # per cent of the width that a label needs on each side of its mark


@dataclass(frozen=True, slots=True)
class ProbabilityScale:
    """The end of the scale, a probability, and where the two marks are."""

    end: float
    probability: float
    threshold: float

    @property
    def is_refused(self) -> bool:
        """Whether the probability reaches the limit."""
        return bool(is_default_expected(self.probability, self.threshold))

    def position(self, probability: float) -> str:
        """Where a probability is, as an SVG length: "45.2%"; at an end if it is beyond."""
        return f"{min(max(100 * probability / self.end, 0), 100):.2f}%"

    @property
    def limit_label(self) -> str:
        """Where the label of the limit is: next to the limit, but clear of the ends' labels."""
        share = 100 * self.threshold / self.end
        return f"{min(max(share, FIRST_LABEL), LAST_LABEL):.2f}%"

    def anchor(self, probability: float) -> str:
        """The alignment of a label at a probability, so that it stays inside the picture."""
        share = 100 * probability / self.end
        if share < MARGIN:
            return "start"
        return "end" if share > 100 - MARGIN else "middle"


def probability_scale(probability: float, threshold: float) -> ProbabilityScale:
    """The scale from 0 to a multiple of the threshold: the same for all decisions of a model.

    >>> probability_scale(0.234, 0.05).end
    0.2
    """
    end = min(LIMITS * threshold, 1.0) if threshold > 0 else 1.0
    return ProbabilityScale(end, probability, threshold)
