"""Where an applicant stands among others, from the counts of the reference."""

from dataclasses import replace

import numpy as np
import pytest

from credit_scoring.bundle.reference import FeatureReference, Reference, RiskFifths, ScoreReference
from credit_scoring.features.feature import Feature
from credit_scoring.scoring.explanation import Explanation
from credit_scoring.serving.pages.standing import standings

NUMBER = Feature("income", "loans", "income", unit="currency", minimum=0)
DATE = Feature("since", "loans", "since", unit="days", maximum=0)
LATE = Feature("late", "loans", "days late", unit="days", minimum=0)
KIND = Feature("kind", "loans", "kind", levels=("a", "b"))
NAN = float("nan")


def standing(feature, counts, value, edges=(), similar=None, probability=0.5):
    """The standing of one value; `similar` are the counts of the last fifth."""
    row = FeatureReference(feature.name, edges, counts)
    none = tuple(0 for _ in counts)
    fifths = similar and RiskFifths((0.1, 0.2, 0.3, 0.4), ((none,) * 4 + (similar,),))
    reference = Reference(sum(counts), (row,), ScoreReference((), ()), fifths)
    model_feature = type("ModelFeature", (), {"name": feature.name, "feature": feature})
    explanation = Explanation((model_feature,), {}, np.array([value]), 0.0, np.zeros(1))
    return standings(explanation, reference, probability).get(0)


EDGES = (10.0, 20.0, 30.0)
COUNTS = (10, 20, 30, 40, 25)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, ("lower", 0.9)),
        (10, ("lower", 0.7)),
        (25, ("middle", 0.3)),
        (99, ("higher", 0.6)),
        (NAN, ("unknown", 0.2)),
    ],
)
def test_a_number_is_compared_with_the_applicants_of_other_bins(value, expected):
    assert standing(NUMBER, COUNTS, value, EDGES).all == pytest.approx(expected)


def test_a_date_is_earlier_or_later():
    edges = (-30.0, -20.0, -10.0)
    assert standing(DATE, COUNTS, -99, edges).all.position == "earlier"
    assert standing(DATE, COUNTS, -1, edges).all.position == "later"
    assert standing(LATE, COUNTS, 99, EDGES).all.position == "higher"


@pytest.mark.parametrize(
    ("feature", "counts", "value", "edges"),
    [
        (KIND, (3, 7, 5), 1.0, ()),
        (NUMBER, (3, 7, 5), 1.0, (1.0,)),
        (NUMBER, (1, 7, 2, 5), 1, (0, 2)),
    ],
    ids=["a level", "one of two values", "a value that most share"],
)
def test_some_values_are_the_same_as_those_of_others(feature, counts, value, edges):
    assert standing(feature, counts, value, edges).all == pytest.approx(("same", 0.7))


def test_levels_are_drawn_by_falling_number_of_applicants():
    shown = standing(KIND, (3, 7, 5), 0.0)
    assert [bar.is_applicant for bar in shown.bars] == [False, True, False]
    assert shown.bars[0].height > shown.bars[1].height
    assert shown.bars[2].is_missing


def test_similar_applicants_are_those_of_the_same_fifth_of_risk():
    similar = (0, 0, 0, 10, 0)
    shown = standing(NUMBER, COUNTS, 5, EDGES, similar)
    assert shown.similar == ("lower", 1)
    assert shown.bars[0].similar == 0
    other = standing(NUMBER, COUNTS, 5, EDGES, similar, probability=0.05)
    assert other.similar.share == 0


def test_without_fifths_nobody_is_similar():
    shown = standing(NUMBER, COUNTS, 5, EDGES)
    assert shown.similar is None
    assert shown.bars[0].similar is None


def test_protected_attributes_are_left_out():
    assert standing(replace(NUMBER, sensitive="prohibited"), COUNTS, 5, EDGES) is None
