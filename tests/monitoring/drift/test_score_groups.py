"""Pooling of the score's bins."""

import numpy as np
import pytest

from credit_scoring.monitoring.drift.score_groups import ScoreGroups


def test_groups_hold_a_tenth_each():
    scores = np.random.default_rng(0).normal(61, 10, size=20_000).astype(int)
    reference = np.bincount(np.clip(scores, 0, 121), minlength=122)
    pooled = ScoreGroups.of(reference).pool(reference)
    assert 8 <= len(pooled) - 1 <= 10
    assert pooled.sum() == 20_000
    assert pooled[:-1].min() >= 2000
    assert pooled[-1] == 0  # nobody's score is missing


def test_counts_are_pooled_by_the_reference():
    groups = ScoreGroups.of([0, 50, 50, 0, 6, 6])
    assert groups.pool([1, 2, 3, 4, 5, 6]).tolist() == [3, 3, 15, 0]


@pytest.mark.parametrize(
    "reference", [[0] * 122, [7, *[0] * 121], [*[0] * 121, 7]], ids=["empty", "first", "last"]
)
def test_degenerate_references_make_one_group(reference):
    pooled = ScoreGroups.of(reference).pool([1] * 122)
    assert pooled.sum() == 122
    assert len(pooled) <= 3
