"""The decision on a probability: one comparison, risk levels, points."""

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.estimator.threshold import is_default_expected, optimal_threshold
from credit_scoring.scoring import decision
from credit_scoring.scoring.decision import Decision, credit_score, decide, risk_level

PROBABILITIES = st.floats(0, 1)
THRESHOLDS = st.floats(1e-6, 1 - 1e-6)


def test_examples_in_docstrings_hold():
    assert doctest.testmod(decision).failed == 0
    assert doctest.testmod(decision).attempted > 0


@pytest.mark.parametrize("threshold", [1 / 11, 0.1, 0.5, 0.0872916, 1e-9])
@pytest.mark.parametrize(("side", "refused"), [(-1, False), (0, True), (1, True)])
def test_a_tie_is_refused_everywhere(threshold, side, refused):
    probability = threshold if side == 0 else math.nextafter(threshold, side * math.inf)
    assert decide(probability, threshold, "v").score == int(refused)
    assert decide(probability, threshold, "v").decision == ("REFUSED" if refused else "ACCEPTED")
    assert (risk_level(probability, threshold) == "HIGH") is refused
    assert is_default_expected(probability, threshold) is refused
    assert is_default_expected(np.array([probability]), threshold).tolist() == [refused]


@pytest.mark.parametrize(("side", "refused"), [(-1, False), (0, True), (1, True)])
def test_the_model_refuses_a_tie(bundle, side, refused):
    threshold = bundle.model.threshold_
    probability = threshold if side == 0 else math.nextafter(threshold, side * math.inf)
    assert bundle.model.refuses(probability) is refused
    assert bundle.model.refuses(np.array([probability])).tolist() == [refused]
    assert decide(probability, threshold, "v").score == int(refused)


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.1, 0.5, math.nextafter(0.5, 1), 1.0]), st.integers(0, 1)),
        min_size=1,
    )
)
def test_the_optimal_threshold_is_optimal(rows):
    """It costs no more than a threshold at any probability, or accepting everyone."""
    labels = [label for _, label in rows]
    probabilities = [probability for probability, _ in rows]

    def cost(threshold):
        refused = [decide(p, threshold, "v").score for p in probabilities]
        return sum(
            10 * (label and not r) + ((not label) and bool(r))
            for label, r in zip(labels, refused, strict=True)
        )

    best = optimal_threshold(labels, probabilities, 10, 1)
    assert cost(best) == min(cost(t) for t in (*probabilities, 0.0, 2.0))


@given(PROBABILITIES, THRESHOLDS)
def test_score_decision_and_risk_level_agree(probability, threshold):
    decided = decide(probability, threshold, "v")
    assert (
        (decided.score == 1)
        == (decided.decision == "REFUSED")
        == (decided.risk_level == "HIGH")
        == (probability >= threshold)
    )
    assert (decided.probability, decided.threshold, decided.model_version) == (
        probability,
        threshold,
        "v",
    )


@pytest.mark.parametrize(
    ("probability", "level"),
    [
        (0.0, "LOW"),
        (0.0499, "LOW"),
        (0.05, "MEDIUM"),
        (0.0999, "MEDIUM"),
        (0.1, "HIGH"),
        (1.0, "HIGH"),
    ],
)
def test_risk_level_by_share_of_the_threshold(probability, level):
    assert risk_level(probability, 0.1) == level


@pytest.mark.parametrize(
    ("odds", "points"),
    [(50, 600), (100, 620), (25, 580), (200, 640), (1, 487), (1 / 50, 374), (50 * 1024, 800)],
)
def test_points_by_odds(odds, points):
    assert credit_score(1 / (1 + odds)) == points


@given(PROBABILITIES, PROBABILITIES)
def test_points_never_rise_with_risk(first, second):
    safer, riskier = sorted((first, second))
    assert credit_score(safer) >= credit_score(riskier)


@given(PROBABILITIES)
def test_points_are_whole_for_every_probability(probability):
    points = credit_score(probability)
    assert type(points) is int
    assert credit_score(1) == -111 <= points <= 1085 == credit_score(0)


def test_a_decision_as_a_dictionary():
    assert decide(0.0823, 1 / 11, "abc").as_dict() == {
        "probability": 0.0823, "score": 0, "threshold": 1 / 11, "decision": "ACCEPTED",
        "risk_level": "MEDIUM", "credit_score": 557, "model_version": "abc",
    }  # fmt: skip
    assert list(decide(0.1, 0.2, "v").as_dict()) == list(Decision.__dataclass_fields__)
