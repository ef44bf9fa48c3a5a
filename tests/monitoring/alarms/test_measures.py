"""What the rules measure: quiet without a cause, beyond the limit with one, none on few numbers."""

from datetime import timedelta

import numpy as np
import pytest

from credit_scoring.monitoring.alarms.alarm_log import AlarmStates
from credit_scoring.monitoring.alarms.evaluate import evaluate
from credit_scoring.monitoring.alarms.measures import (
    MEASURES,
    e_bh_statistic,
    training_refused_share,
)
from credit_scoring.monitoring.alarms.rules import shipped_rules
from credit_scoring.monitoring.counts_store import RefusedRequests
from credit_scoring.monitoring.drift.multiple_testing import e_benjamini_hochberg
from credit_scoring.monitoring.drift.results import DriftVerdict
from tests.monitoring.model_counts import TODAY, draw_day, draw_days, facts_of
from tests.monitoring.scored_outcomes import counts_of, draw_accepted, draw_outcomes

NO_STATES = AlarmStates({}, 0)
RULES = shipped_rules()


def measure(name, facts):
    return MEASURES[RULES[name].measure](facts, RULES[name])


def is_on(name, facts):
    (alarm,) = evaluate(facts, [RULES[name]], NO_STATES)
    return alarm.state == "on"


def states(facts):
    return {alarm.rule.name: alarm.state for alarm in evaluate(facts, RULES.values(), NO_STATES)}


def refused_today(number, kind="features-refused", field=""):
    return [RefusedRequests(TODAY, kind, field, number)]


def test_measures_are_those_of_the_shipped_rules():
    assert {rule.measure for rule in RULES.values()} == {*MEASURES}


@pytest.mark.parametrize("per_day", [20, 200, 5000])
def test_a_quiet_quarter_has_no_alarm(rng, manifest, per_day):
    """At any of the looks, one every five days."""
    days = draw_days(rng, 90, per_day)
    for back in range(0, 90, 5):
        today = TODAY - timedelta(back)
        so_far = {day: counts for day, counts in days.items() if day <= today}
        assert "on" not in states(facts_of(manifest, so_far, today=today)).values()


def test_newcomer_with_30_decisions_has_no_alarm(rng, manifest, bare_manifest):
    days = {TODAY: draw_day(rng, 30, {"a": (0, 0, 0, 0, 0, 1)}, latency_bin=60)}
    for known in (manifest, bare_manifest, None):
        facts = facts_of(known, days, refused_today(50))
        assert {*states(facts).values()} <= {"off", "not evaluated"}


def test_no_decision_at_all_has_no_alarm(bare_manifest, manifest):
    for known in (manifest, bare_manifest, None):
        assert {*states(facts_of(known, {})).values()} == {"not evaluated"}


SHIFT = {"a": (0.4, 0.2, 0.1, 0.1, 0.15, 0.05)}


class TestDrift:
    def test_shifted_feature_is_named_with_its_day(self, rng, manifest):
        before = draw_days(rng, 30, 300, until=TODAY - timedelta(7))
        facts = facts_of(manifest, before | draw_days(rng, 7, 300, shares=SHIFT))
        measured = measure("drift", facts)
        assert is_on("drift", facts)
        assert measured.message.text().startswith("a has moved since about 22 November")
        assert measured.since == TODAY - timedelta(6)

    def test_without_a_reference_it_is_not_evaluated(self, rng, bare_manifest):
        facts = facts_of(bare_manifest, draw_days(rng, 10, 300, shares=SHIFT))
        assert states(facts)["drift"] == "not evaluated"

    @pytest.mark.parametrize("seed", range(20))
    def test_value_reaches_20_where_e_bh_rejects_at_5_percent(self, seed):
        evidence = np.random.default_rng(seed).normal(2, 4, 8)
        verdict = DriftVerdict((), dict(enumerate(evidence)), 0.05)
        assert (e_bh_statistic(verdict) >= 20) == e_benjamini_hochberg(evidence, 0.05).any()

    def test_overwhelming_evidence_is_cut(self):
        assert e_bh_statistic(DriftVerdict((), {"a": 1e6}, 0.05)) == 1e12


def old_days(rng, shift, days=30, accepted=40, age=400):
    """Days whose outcomes are complete."""
    result = {}
    for back in range(days):
        probability = draw_accepted(rng, accepted)
        counts = counts_of(probability, draw_outcomes(rng, probability, shift))
        result[TODAY - timedelta(age - back)] = counts
    return result


class TestCalibrationAndCost:
    def test_calibrated_model_is_quiet(self, rng, manifest):
        facts = facts_of(manifest, old_days(rng, 0.0, age=300))
        assert {measure(name, facts).number for name in ("calibration", "cost")} == {1200}
        assert not is_on("calibration", facts)
        assert not is_on("cost", facts)

    def test_doubled_odds_are_an_alarm(self, rng, manifest):
        facts = facts_of(manifest, old_days(rng, 0.9, days=100, age=300))
        assert is_on("calibration", facts)
        assert is_on("cost", facts)
        assert "of what the scores predict" in measure("cost", facts).message.text()

    def test_incomplete_outcomes_are_not_evaluated(self, rng, manifest):
        days = {TODAY - timedelta(9): draw_day(rng, 1000)}
        days[TODAY - timedelta(9)].outcomes["ACCEPTED"]["default"][40] = 100
        assert states(facts_of(manifest, days))["cost"] == "not evaluated"


class TestRefusedShare:
    def test_share_in_training_is_that_of_the_scores(self, manifest):
        share = training_refused_share(manifest.reference, manifest.threshold["value"])
        assert 0.2 < share < 0.4
        assert training_refused_share(manifest.reference, 1.0) == pytest.approx(0)

    def test_other_share_is_an_alarm(self, rng, manifest):
        days = draw_days(rng, 7, 300)
        for counts in days.values():
            counts.scores["REFUSED"] = [3 * number for number in counts.scores["REFUSED"]]
        facts = facts_of(manifest, days)
        assert is_on("refused-share", facts)
        values = measure("refused-share", facts).message.values
        difference = 100 * (values["refused"] - values["training"])
        assert values["difference"] == pytest.approx(difference)
        assert 0 < values["beyond"] < difference
        text = measure("refused-share", facts).message.text()
        assert f"{difference:.1f} points, {values['beyond']:.1f} of them beyond chance" in text


class TestMissingShare:
    def test_feature_that_is_often_missing_is_named(self, rng, manifest):
        shares = {"b": (0.15, 0.15, 0.15, 0.15, 0.05, 0.35)}
        facts = facts_of(manifest, draw_days(rng, 3, 200, shares=shares))
        assert is_on("missing-share", facts)
        assert measure("missing-share", facts).message.text().startswith("missing: b 3")

    def test_only_the_last_days_count(self, rng, manifest):
        shares = {"b": (0, 0, 0, 0, 0, 1)}
        days = draw_days(rng, 3, 200, TODAY - timedelta(3), shares=shares)
        assert not is_on("missing-share", facts_of(manifest, days | draw_days(rng, 3, 200)))


class TestLatency:
    @pytest.mark.parametrize(("latency_bin", "expected"), [(30, False), (45, True)])
    def test_slow_decisions_are_an_alarm(self, rng, manifest, latency_bin, expected):
        facts = facts_of(manifest, draw_days(rng, 1, 200, latency_bin=latency_bin))
        assert is_on("latency", facts) is expected

    def test_decisions_without_durations_are_not_evaluated(self, rng, manifest):
        days = draw_days(rng, 1, 200)
        days[TODAY].handler_ms = [0] * len(days[TODAY].handler_ms)
        assert states(facts_of(manifest, days))["latency"] == "not evaluated"


class TestRefusedRequests:
    @pytest.mark.parametrize(("refused", "expected"), [(20, False), (120, True)])
    def test_share_of_the_requests_is_measured(self, rng, manifest, refused, expected):
        facts = facts_of(manifest, draw_days(rng, 1, 200), refused_today(refused))
        assert is_on("refused-requests", facts) is expected
        assert measure("refused-requests", facts).number == 200 + refused

    def test_fields_of_a_request_do_not_count_twice(self, rng, manifest):
        refused = refused_today(120, field="AMT_CREDIT")
        assert not is_on("refused-requests", facts_of(manifest, draw_days(rng, 1, 200), refused))

    def test_decisions_of_other_models_count(self, rng, manifest):
        volumes = {TODAY: 2000}
        facts = facts_of(manifest, draw_days(rng, 1, 20), refused_today(120), volumes)
        assert not is_on("refused-requests", facts)


def weeks(*numbers, until=TODAY - timedelta(1)):
    """Volumes of weeks of five working days, the last of which ends at `until`."""
    days = {}
    for week, number in enumerate(reversed(numbers)):
        for back in range(5):
            days[until - timedelta(7 * week + back)] = number // 5
    return days


class TestVolume:
    @pytest.mark.parametrize(
        ("volumes", "state"),
        [
            (weeks(1, 1000, 1000, 1000, 1000, 1000), "off"),
            (weeks(1, 1000, 1000, 1000, 1000, 800), "off"),  # a holiday
            (weeks(1, 1000, 1000, 100, 1000, 300), "on"),
            (weeks(1, 100, 100, 100, 100, 10), "not evaluated"),
            (weeks(1000, 1000, 0), "not evaluated"),
            ({}, "not evaluated"),
        ],
        ids=["as usual", "a day off", "drop", "few", "young", "none"],
    )
    def test_week_is_compared_with_those_before(self, manifest, volumes, state):
        assert states(facts_of(manifest, {}, volumes=volumes))["volume"] == state


class TestOutcomesOverdue:
    @pytest.mark.parametrize(("known", "expected"), [(True, False), (False, True)])
    def test_old_loans_without_outcome_are_an_alarm(self, rng, manifest, known, expected):
        days = old_days(rng, 0.0)
        if not known:
            for counts in days.values():
                counts.outcomes["ACCEPTED"] = {n: [0] * 122 for n in ("repaid", "default")}
        facts = facts_of(manifest, days)
        assert is_on("outcomes-overdue", facts) is expected

    def test_young_loans_are_not_evaluated(self, rng, manifest):
        facts = facts_of(manifest, draw_days(rng, 90, 100))
        assert states(facts)["outcomes-overdue"] == "not evaluated"


class TestNoReference:
    def test_model_without_a_reference_is_an_alarm(self, rng, bare_manifest):
        facts = facts_of(bare_manifest, draw_days(rng, 5, 100))
        assert is_on("no-reference", facts)
        assert "has no reference" in measure("no-reference", facts).message.text()

    def test_unknown_bundle_is_an_alarm(self, rng):
        facts = facts_of(None, draw_days(rng, 5, 100))
        assert is_on("no-reference", facts)
        assert "was not found" in measure("no-reference", facts).message.text()

    def test_model_with_a_reference_is_none(self, rng, manifest):
        assert not is_on("no-reference", facts_of(manifest, draw_days(rng, 5, 100)))
