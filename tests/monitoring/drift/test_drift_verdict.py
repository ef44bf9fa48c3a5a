"""The verdict over features and days: what it names, and its unusual inputs."""

from datetime import date, timedelta

import numpy as np
import pytest

from credit_scoring.monitoring.drift.bin_counts import BinsError
from credit_scoring.monitoring.drift.drift_verdict import drift_verdict

FIRST_DAY = date(2026, 9, 1)
SHARES = {
    "number": [*[0.095] * 10, 0.05],
    "level": [0.7, 0.25, 0.05, 0.0],
    "never_missing": [0.5, 0.5, 0.0],
    "all_missing": [0.0, 1.0],
}
REFERENCE = {name: (np.array(shares) * 20_000).tolist() for name, shares in SHARES.items()}
MOVED = {"number": [*np.linspace(0.15, 0.04, 10).tolist(), 0.05]}


def traffic(days, per_day=200, moved_from=None, changes=MOVED, seed=0):
    """Counts of `days` days from FIRST_DAY on; `changes` replace shares from day `moved_from`."""
    rng = np.random.default_rng(seed)
    shares = {
        day: SHARES | (changes if moved_from is not None and day >= moved_from else {})
        for day in range(days)
    }
    return {
        FIRST_DAY + timedelta(day): {
            name: rng.multinomial(per_day, np.array(values) / sum(values)).tolist()
            for name, values in shares[day].items()
        }
        for day in range(days)
    }


def test_unchanged_traffic_is_quiet():
    verdict = drift_verdict(REFERENCE, traffic(60), FIRST_DAY)
    assert not verdict.alarm
    assert set(verdict.log_evidence) == set(SHARES)
    assert max(verdict.log_evidence.values()) < 1


def test_a_moved_feature_is_named_with_its_day():
    verdict = drift_verdict(REFERENCE, traffic(60, moved_from=40), FIRST_DAY)
    assert [feature.name for feature in verdict.moved] == ["number"]
    [moved] = verdict.moved
    assert abs((moved.since - FIRST_DAY).days - 40) <= 3
    assert moved.drift.band == "moderate"
    assert moved.drift.applicants == 200 * (60 - (moved.since - FIRST_DAY).days)
    assert moved.sentence().text().startswith("number has moved since about ")


def test_the_clearest_feature_comes_first():
    changes = MOVED | {"level": [0.2, 0.75, 0.05, 0.0]}
    verdict = drift_verdict(REFERENCE, traffic(60, moved_from=40, changes=changes), FIRST_DAY)
    assert [feature.name for feature in verdict.moved] == ["level", "number"]


@pytest.mark.parametrize(
    "changes",
    [{"never_missing": [0.3, 0.3, 0.4]}, {"all_missing": [0.3, 0.7]}, {"level": [1, 0, 0, 0]}],
    ids=["goes-missing", "appears", "level-disappears"],
)
def test_changes_of_empty_bins_are_found(changes):
    verdict = drift_verdict(REFERENCE, traffic(30, moved_from=20, changes=changes), FIRST_DAY)
    assert [feature.name for feature in verdict.moved] == list(changes)


def test_a_feature_that_differs_from_the_first_day_on_is_found():
    verdict = drift_verdict(REFERENCE, traffic(10, moved_from=0), FIRST_DAY)
    [moved] = verdict.moved
    assert (moved.since - FIRST_DAY).days <= 1


def test_no_days_are_no_alarm():
    verdict = drift_verdict(REFERENCE, {}, FIRST_DAY)
    assert not verdict.alarm
    assert verdict.log_evidence == dict.fromkeys(SHARES, 0.0)


@pytest.mark.parametrize("per_day", [0, 1])
def test_next_to_no_decisions_are_no_evidence(per_day):
    verdict = drift_verdict(REFERENCE, traffic(1, per_day=per_day), FIRST_DAY)
    assert not verdict.alarm
    assert max(verdict.log_evidence.values()) < 2


def test_only_the_last_90_days_count():
    old_change = {
        **traffic(120, moved_from=0),
        **{day: counts for day, counts in traffic(120).items() if day >= date(2026, 10, 1)},
    }
    recent = {day: counts for day, counts in old_change.items() if day >= date(2026, 10, 1)}
    assert drift_verdict(REFERENCE, old_change, FIRST_DAY) == drift_verdict(
        REFERENCE, recent, FIRST_DAY
    )


def test_days_without_decisions_may_be_left_out():
    daily = traffic(60, moved_from=40)
    weekdays = {day: counts for day, counts in daily.items() if day.weekday() < 5}
    nobody = {name: [0] * len(bins) for name, bins in REFERENCE.items()}
    zeros = {day: weekdays.get(day, nobody) for day in daily}
    assert drift_verdict(REFERENCE, weekdays, FIRST_DAY).moved
    with_zeros = drift_verdict(REFERENCE, zeros, FIRST_DAY)
    assert [feature.name for feature in with_zeros.moved] == ["number"]


def test_an_older_model_needs_more_evidence_for_the_same_days():
    daily = traffic(10, moved_from=0)
    young = drift_verdict(REFERENCE, daily, FIRST_DAY).log_evidence["number"]
    old = drift_verdict(REFERENCE, daily, FIRST_DAY - timedelta(1000)).log_evidence["number"]
    assert young - old == pytest.approx(np.log(1001 * 1002 / 2), abs=1)


def test_counts_by_other_bins_are_refused():
    daily = {FIRST_DAY: {**REFERENCE, "level": [1, 2]}}
    with pytest.raises(BinsError, match="level has 2 bins, its reference 4"):
        drift_verdict(REFERENCE, daily, FIRST_DAY)
