"""Reasons agree with directions: no safe value is said to count against an applicant."""

import numpy as np
import pytest

from credit_scoring.bundle.reference import FeatureReference, Reference, ScoreReference
from credit_scoring.features.feature import Feature
from credit_scoring.scoring.reasons import Reasons
from credit_scoring.scoring.risk_side import RiskSides

SCORES = ("EXT_SOURCE_1", "EXT_SOURCE_2", "AMT_CREDIT")
LATE = Feature("late", "loans", "Share paid late", direction="up")
GUARANTORS = Feature("guarantors", "loans", "Guarantors", direction="down")


def make_reference(**bins):
    parts = tuple(FeatureReference(name, edges, counts) for name, (edges, counts) in bins.items())
    return Reference(100, parts, ScoreReference((), ()))


MOSTLY_NONE = ((0.5, 1.5), (70, 20, 10, 0))  # 70 of 100 have 0


@pytest.mark.parametrize(
    ("feature", "value", "contribution", "contradicts"),
    [
        (LATE, 0, 0.1, True),
        (LATE, 0, -0.1, False),
        (LATE, 2, 0.1, False),
        (LATE, 2, -0.1, True),
        (GUARANTORS, 0, 0.1, False),
        (GUARANTORS, 2, 0.1, True),
        (GUARANTORS, 2, -0.1, False),
        (LATE, None, 0.1, False),
    ],
    ids=[
        "never late against", "never late for", "late against", "late for", "no guarantor against",
        "guarantors against", "guarantors for", "missing",
    ],
)  # fmt: skip
def test_side_is_compared_with_most_training_applicants(feature, value, contribution, contradicts):
    sides = RiskSides([feature], make_reference(**{feature.name: MOSTLY_NONE}))
    assert sides.contradicts(0, value, contribution) is contradicts


@pytest.mark.parametrize("value", [0.1, float(np.float32(0.1))], ids=["64 bits", "32 bits"])
def test_value_and_edge_are_compared_in_32_bits(value):
    reference = make_reference(late=((float(np.float32(0.1)),), (90, 10, 0)))
    assert not RiskSides([LATE], reference).contradicts(0, value, 0.1)


def test_without_a_reference_or_a_direction_nothing_contradicts():
    assert not RiskSides([LATE], None).contradicts(0, 0, 0.1)
    free = Feature("late", "loans", "Share paid late")
    assert not RiskSides([free], make_reference(late=MOSTLY_NONE)).contradicts(0, 0, 0.1)


class TestReason:
    def principal(self, values, contributions):
        features = [
            Feature(name, "application", name, unit="score", direction="down")
            for name in SCORES[:2]
        ]
        middle = ((0.3, 0.6), (30, 40, 30, 0))
        reasons = Reasons(features, make_reference(**dict.fromkeys(SCORES[:2], middle)))
        (reason,) = reasons.principal(np.array(contributions), values.__getitem__)
        return reason.text["en"]

    def test_names_the_strongest_value_on_the_risky_side(self):
        assert "0.9" not in self.principal([0.9, 0.1], [0.3, 0.2])
        assert "0.1" in self.principal([0.9, 0.1], [0.3, 0.2])

    def test_names_the_group_if_every_value_is_on_the_safe_side(self):
        text = self.principal([0.9, 0.8], [0.3, 0.2])
        assert text == "Standing reported by external data sources"
