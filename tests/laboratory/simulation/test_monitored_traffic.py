"""Monitoring of simulated traffic: the counts reconcile, the verdict names what moved."""

from datetime import timedelta

import numpy as np
import pytest

from credit_scoring.laboratory.simulation.write_log import write_traffic
from credit_scoring.monitoring.aggregate import Aggregator
from credit_scoring.monitoring.counts_store import read_counts
from credit_scoring.monitoring.day_counts import OUTCOMES, DayCounts
from credit_scoring.monitoring.drift.drift_verdict import drift_verdict
from credit_scoring.monitoring.performance.calibration_alarm import calibration_verdict
from credit_scoring.monitoring.performance.matured_outcomes import matured_outcomes
from credit_scoring.progress import ignore_progress
from tests.laboratory.simulation.conftest import UNTIL

SHIFT = {"EXT_SOURCE_2": -0.5, "AMT_CREDIT": 0.5}


@pytest.fixture
def counted(engine, loaded, make_days):
    """Write the traffic of a plan and count it; what was written, and the counts by day."""

    def count(**options):
        written = write_traffic(engine, make_days(**options), 1, ignore_progress)
        digest = loaded.bundle.manifest.pickle["sha256"]
        Aggregator(engine, {digest: loaded.bundle}.get).run()
        return written, read_counts(engine, digest)

    return count


@pytest.fixture
def verdict(loaded, counted):
    """The verdict on the traffic of a plan, on its last day."""

    def judge(**options):
        _, by_day = counted(**options)
        reference = loaded.bundle.manifest.reference
        features = {feature.name: feature.counts for feature in reference.features}
        daily = {day: of_day.features for day, of_day in by_day.items()}
        return drift_verdict(features, daily, min(daily))

    return judge


def test_counts_reconcile_with_what_was_written(counted):
    written, by_day = counted(per_day=60, outcomes_after=1)
    assert list(by_day) == [UNTIL - timedelta(days=14 - day) for day in range(14)]
    assert {of_day.decisions for of_day in by_day.values()} == {60}
    total = sum(by_day.values(), DayCounts())
    assert sum(total.scores["REFUSED"]) == written["refused"]
    accepted = {name: sum(total.outcomes["ACCEPTED"][name]) for name in OUTCOMES}
    assert accepted["default"] == written["defaults"]
    assert sum(accepted.values()) == written["outcomes"]
    assert written["due"] == written["decisions"] - written["refused"] - written["outcomes"]
    assert not np.any(list(total.outcomes["REFUSED"].values()))
    assert total.uncounted_features == 0
    assert {sum(bins) for bins in total.features.values()} == {14 * 60}


def test_traffic_without_a_shift_gives_no_alarm(verdict):
    assert not verdict(weeks=4, per_day=60).alarm


def test_shift_is_alarmed_with_its_features_and_its_week(verdict):
    result = verdict(weeks=3, per_day=100, shifts=SHIFT, from_week=2)
    since = {feature.name: feature.since for feature in result.moved}
    assert set(SHIFT) <= set(since)
    start = UNTIL - timedelta(weeks=2)
    assert all(abs(since[name] - start) <= timedelta(days=4) for name in SHIFT)


@pytest.mark.parametrize(("lost", "state"), [(0.0, "quiet"), (1.0, "alarm")], ids=["kept", "lost"])
def test_only_lost_calibration_is_alarmed_by_outcomes(loaded, counted, lost, state):
    _, by_day = counted(weeks=3, per_day=100, outcomes_after=0, lost_calibration=lost, from_week=1)
    months = matured_outcomes(by_day, UNTIL)
    assert calibration_verdict(months, loaded.bundle.manifest.reference.score).state == state
