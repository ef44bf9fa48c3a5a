"""The comparison of two samples of counts."""

import pytest

from credit_scoring.monitoring.drift.bin_counts import BinsError
from credit_scoring.monitoring.drift.compare import compare_counts

REFERENCE = {"moved": [500, 500, 0], "same": [300, 300, 300, 100], "gone": [800, 200]}
CURRENT = {"moved": [50, 150, 0], "same": [60, 60, 60, 20], "gone": [0, 200]}


def test_each_feature_has_its_row():
    moved, same, gone = compare_counts(REFERENCE, CURRENT)
    assert [row.name for row in (moved, same, gone)] == list(REFERENCE)
    assert (moved.applicants, moved.reference_applicants) == (200, 1000)
    assert moved.psi == pytest.approx(0.27, abs=0.01)
    assert (moved.band, same.band, gone.band) == ("large", "none", "large")
    assert same.p_value == 1
    assert moved.adjusted_p_value == pytest.approx(moved.p_value * 3 / 2)
    assert (gone.missing_share, gone.reference_missing_share) == (1.0, 0.2)


def test_no_decisions_are_no_drift():
    for row in compare_counts(REFERENCE, {name: [0] * len(REFERENCE[name]) for name in REFERENCE}):
        assert (row.applicants, row.psi, row.p_value, row.missing_share) == (0, 0, 1, 0)
        assert row.band == "none"


def test_one_decision_is_within_chance():
    for row in compare_counts(
        REFERENCE, {"moved": [1, 0, 0], "same": [0, 0, 0, 1], "gone": [0, 1]}
    ):
        assert row.band in {"none", "within chance"}
        assert row.p_value == 1


def test_a_window_compares_with_another_window():
    there = {row.name: row.psi for row in compare_counts(REFERENCE, CURRENT)}
    back = {row.name: row.psi for row in compare_counts(CURRENT, REFERENCE)}
    assert there == pytest.approx(back)


def test_counts_by_other_bins_are_refused():
    with pytest.raises(BinsError, match="gone has 3 bins, its reference 2"):
        compare_counts(REFERENCE, {**CURRENT, "gone": [1, 2, 3]})
