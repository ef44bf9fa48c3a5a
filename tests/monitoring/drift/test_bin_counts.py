"""The flat layout of counts, and what it refuses."""

import numpy as np
import pytest

from credit_scoring.monitoring.drift.bin_counts import BinLayout, BinsError

COUNTS = {"a": [1, 2], "b": [3, 4, 5], "c": [6]}
LAYOUT = BinLayout.of(COUNTS)


def test_features_lie_side_by_side():
    assert LAYOUT.flat(COUNTS).tolist() == [1, 2, 3, 4, 5, 6]
    assert LAYOUT.sums(LAYOUT.flat(COUNTS)).tolist() == [3, 12, 6]
    assert LAYOUT.spread(np.array([1.0, 2.0, 3.0])).tolist() == [1, 1, 2, 2, 2, 3]
    assert LAYOUT.flat(COUNTS)[LAYOUT.missing].tolist() == [2, 5, 6]


def test_other_features_of_the_counts_are_left_out():
    reordered = {"z": [9], **dict(reversed(COUNTS.items()))}
    assert LAYOUT.flat(reordered).tolist() == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"a": [1, 2], "c": [6]}, "b has no counts"),
        ({**COUNTS, "b": [3, 4]}, "b has 2 bins, its reference 3"),
    ],
    ids=["missing-feature", "other-bins"],
)
def test_counts_by_other_bins_are_refused(counts, message):
    with pytest.raises(BinsError, match=message):
        LAYOUT.flat(counts)


@pytest.mark.parametrize("counts", [{}, {"a": [1], "b": []}], ids=["no-features", "no-bins"])
def test_a_reference_has_features_with_bins(counts):
    with pytest.raises(BinsError, match="no bins"):
        BinLayout.of(counts)
