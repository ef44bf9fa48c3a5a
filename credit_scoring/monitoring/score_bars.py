"""The distribution of the score in bars that are wide enough for a chart."""

from typing import NamedTuple

from credit_scoring.monitoring.summary_shape import ScoreDistribution

BAR_BINS = 4  # bins of the score, 0.1 log-odds wide, in one bar


class ScoreBars(NamedTuple):
    """Each bar's lowest probability, decisions, and training applicants; None if unknown."""

    probabilities: list[float]
    counts: list[int]
    reference: list[int] | None


def score_bars(score: ScoreDistribution | None) -> ScoreBars | None:
    """The bars of a distribution, without the empty ones at both ends; None if all are empty."""
    if score is None:
        return None
    reference = score["reference"]
    both = [a + b for a, b in zip(score["counts"], reference or score["counts"], strict=True)]
    used = [index for index, total in enumerate(both) if total]
    if not used:
        return None
    starts = range(used[0] - used[0] % BAR_BINS, used[-1] + 1, BAR_BINS)
    groups = [slice(start, start + BAR_BINS) for start in starts]
    return ScoreBars(
        probabilities=[score["probabilities"][start] for start in starts],
        counts=[sum(score["counts"][group]) for group in groups],
        reference=reference and [sum(reference[group]) for group in groups],
    )
