"""Labels of the bins of a feature or of the score, for people."""

from collections.abc import Sequence
from itertools import pairwise

from credit_scoring.bundle.reference import SCORE_EDGES
from credit_scoring.estimator.calibration import sigmoid
from credit_scoring.features.feature import Feature
from credit_scoring.features.translations import level_in_french
from credit_scoring.monitoring.drift.score_groups import ScoreGroups
from credit_scoring.monitoring.sentence import Language, Sentence
from credit_scoring.scoring.translations import localise

MISSING = Sentence("bins.missing").text()


def number_labels(edges: Sequence[float], language: Language = "en") -> list[str]:
    """The labels of the bins between ascending edges, and of missing values.

    >>> number_labels([0, 0.5, 12000])
    ['below 0', '0 to 0.5', '0.5 to 12,000', '12,000 or more', 'missing']
    >>> number_labels([])
    ['any value', 'missing']
    >>> number_labels([0.5], "fr")
    ['moins de 0,5', '0,5 ou plus', 'manquant']
    """
    if not edges:
        return [Sentence(f"bins.{key}").text(language) for key in ("any", "missing")]
    texts = [localise(_short(edge), language) for edge in edges]
    bins = [
        Sentence("bins.below", {"edge": texts[0]}),
        *(Sentence("bins.between", {"low": low, "high": high}) for low, high in pairwise(texts)),
        Sentence("bins.above", {"edge": texts[-1]}),
        Sentence("bins.missing"),
    ]
    return [label.text(language) for label in bins]


def level_labels(feature: Feature, language: Language = "en") -> list[str]:
    """The labels of the bins of a category."""
    levels = feature.levels or ()
    shown = levels if language == "en" else [level_in_french(feature, level) for level in levels]
    return [*shown, Sentence("bins.missing").text(language)]


def score_labels(groups: ScoreGroups, language: Language = "en") -> list[str]:
    """The labels of groups of score bins, as probabilities of default, and of missing values."""
    edges = sigmoid(SCORE_EDGES)[groups.starts[1:] - 1].tolist()
    return number_labels([float(f"{edge:.3g}") for edge in edges], language)


def _short(edge: float) -> str:
    """An edge with up to seven digits, as 32-bit numbers have them, without an exponent."""
    text = f"{edge:,.7g}"
    return f"{edge:,.0f}" if "e+" in text else text
