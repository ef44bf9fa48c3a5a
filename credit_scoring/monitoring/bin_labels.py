"""Labels of the bins of a feature or of the score, for people."""

from collections.abc import Sequence
from itertools import pairwise

from credit_scoring.bundle.reference import SCORE_EDGES
from credit_scoring.estimator.calibration import sigmoid
from credit_scoring.monitoring.drift.score_groups import ScoreGroups

MISSING = "missing"


def number_labels(edges: Sequence[float]) -> list[str]:
    """The labels of the bins between ascending edges, and of missing values.

    >>> number_labels([0, 0.5, 12000])
    ['below 0', '0 to 0.5', '0.5 to 12000', '12000 or more', 'missing']
    >>> number_labels([])
    ['any value', 'missing']
    """
    if not edges:
        return ["any value", MISSING]
    texts = [_short(edge) for edge in edges]
    between = [f"{low} to {high}" for low, high in pairwise(texts)]
    return [f"below {texts[0]}", *between, f"{texts[-1]} or more", MISSING]


def level_labels(levels: Sequence[str]) -> list[str]:
    """The labels of the bins of a category."""
    return [*levels, MISSING]


def score_labels(groups: ScoreGroups) -> list[str]:
    """The labels of groups of score bins, as probabilities of default, and of missing values."""
    edges = sigmoid(SCORE_EDGES)[groups.starts[1:] - 1].tolist()
    return number_labels([float(f"{edge:.3g}") for edge in edges])


def _short(edge: float) -> str:
    """An edge with up to seven digits, as 32-bit numbers have them, without an exponent."""
    text = f"{edge:.7g}"
    return f"{edge:.0f}" if "e+" in text else text
