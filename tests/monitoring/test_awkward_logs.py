"""Monitoring of logs that are not the usual ones: two models, no decision, what-ifs, erasure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.decisions.erase import erase, retain
from credit_scoring.monitoring.aggregate import Aggregator
from credit_scoring.monitoring.alarms.alarm_log import AlarmLog
from credit_scoring.monitoring.alarms.rules import load_rules
from credit_scoring.monitoring.check import check_alarms
from credit_scoring.monitoring.counts_store import models, read_counts
from credit_scoring.monitoring.summary import SummaryQuery, SummarySource, read_summary
from tests.monitoring.counted_log import (
    assert_counts_equal_the_log,
    bundle_with_reference,
    digest_of,
    entries,
)

RULES = load_rules(None)
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
PER_DAY = 20


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return bundle_with_reference(tmp_path_factory.mktemp("models") / "first")


@pytest.fixture(scope="module")
def second(first):
    """The model of a later deployment."""
    digest = "2" * 64
    pickle = {**first.manifest.pickle, "sha256": digest}
    return replace(first, manifest=replace(first.manifest, version=digest[:12], pickle=pickle))


@pytest.fixture
def log(engine):
    return DecisionLog(engine)


@pytest.fixture
def count(engine, first, second):
    """Count the log; the bundles of both models are known."""
    bundles = {digest_of(bundle): bundle for bundle in (first, second)}
    return Aggregator(engine, bundles.get).run


@pytest.fixture
def source(engine, first, second):
    manifests = {digest_of(bundle): bundle.manifest for bundle in (first, second)}
    return SummarySource(engine, manifests.get, RULES)


def deploy_midway(log, first, second):
    """Fifteen days of the first model, the last one shared with the second one's first of five."""
    start = TODAY - timedelta(days=19)
    log.append(entries(first, 15 * PER_DAY - PER_DAY // 2, start=start, per_day=PER_DAY))
    later = start + timedelta(days=14.5)
    log.append(entries(second, 5 * PER_DAY, start=later, per_day=PER_DAY, seed=1))


def test_deployment_midway_splits_a_day_between_two_models(
    engine, log, count, source, first, second
):
    deploy_midway(log, first, second)
    count()
    for bundle, number in ((first, 14.5), (second, 5)):
        counts = assert_counts_equal_the_log(engine, digest_of(bundle))
        summary = read_summary(source, SummaryQuery(model=digest_of(bundle)))
        assert summary["volume"]["decisions"] == number * PER_DAY
        shared = (TODAY - timedelta(days=5)).date()
        assert counts[shared].decisions == PER_DAY // 2
        assert summary["drift"]["verdict"] is not None
        # requests and volumes belong to no model: the share is of all scoring requests
        assert summary["missing"] == []


def test_deployment_switches_alarms_of_the_first_model_off_once(
    engine, log, count, source, first, second
):
    deploy_midway(log, first, second)
    count()
    eager = replace(source, rules=[replace(RULES[-1], minimum=1, on=0.0, off=-1.0)])
    assert [change.state for change in check_alarms(eager, first.manifest).changes] == ["on"]
    changes = check_alarms(eager, second.manifest).changes
    assert sorted((change.model_digest, change.state) for change in changes) == sorted(
        [(digest_of(first), "off"), (digest_of(second), "on")]
    )
    assert check_alarms(eager, second.manifest).changes == []
    assert set(AlarmLog(engine).states().on(digest_of(second))) == {RULES[-1].name}


def test_log_without_decisions_has_no_alarm(engine, count, source, first):
    assert count().records == 0
    checked = check_alarms(source, first.manifest)
    assert {alarm.state for alarm in checked.alarms} == {"not evaluated"}
    assert not checked.changes
    assert not checked.score_psi
    summary = read_summary(source, SummaryQuery(served=digest_of(first)))
    assert summary["missing"] == ["no decision is counted yet"]
    assert models(engine) == []


def test_log_of_what_ifs_only_has_no_decision_and_no_alarm(log, count, source, first):
    log.append(entries(first, 500, start=TODAY, per_day=10**4, kind="what-if"))
    assert count().decisions == 500
    checked = check_alarms(source, first.manifest)
    assert {alarm.state for alarm in checked.alarms} == {"not evaluated"}
    summary = read_summary(source, SummaryQuery(served=digest_of(first)))
    assert summary["volume"]["decisions"] == 0
    assert summary["volume"]["kinds"] == {"what-if": 500}
    assert summary["volume"]["refused_share"] is None
    assert "this model made no decision in the window" in summary["missing"]
    for part in ("latency", "expected_performance"):
        assert not any((summary[part] or {}).values()), part


def erase_applicants(engine):
    return erase(engine, applicant_id="1").decisions


def retain_nothing(engine):
    return retain(engine, since=TODAY + timedelta(days=1)).decisions


@pytest.mark.parametrize("remove", [erase_applicants, retain_nothing])
def test_counts_outlive_the_data_of_counted_decisions(engine, log, count, source, first, remove):
    """Outcomes that come after the erasure are counted, too: the day and the score are kept."""
    start = TODAY - timedelta(days=4)
    decided = entries(first, 4 * PER_DAY, start=start, per_day=PER_DAY, applicant_id="1")
    log.append(decided)
    count()
    before = read_counts(engine, digest_of(first))
    assert remove(engine) == len(decided)
    assert count().records == 0
    assert read_counts(engine, digest_of(first)) == before
    for entry in decided[:10]:
        log.add_outcome(entry.decision_id, outcome=1)
    assert count().outcomes == 10
    assert_counts_equal_the_log(engine, digest_of(first))
    summary = read_summary(source, SummaryQuery(served=digest_of(first)))
    performance = summary["performance"]["total"]
    assert performance["outcomes"] + performance["overridden"]["outcomes"] == 10


def test_decisions_of_a_wrong_clock_count_from_their_day_on(log, count, source, first):
    """One dated in two years would otherwise be the only recent day of the drift verdict."""
    start = TODAY - timedelta(days=3)
    log.append(entries(first, 4 * PER_DAY, start=start, per_day=PER_DAY))
    log.append(entries(first, 1, start=TODAY + timedelta(days=700), seed=1))
    count()
    summary = read_summary(source, SummaryQuery(served=digest_of(first)))
    assert summary["volume"]["decisions"] == 4 * PER_DAY
    assert len(summary["days"]) == 4
    (sentence,) = summary["missing"]
    day = (TODAY + timedelta(700)).date()
    assert sentence.startswith(f"a clock was wrong: decisions are dated up to {day}")
    query = SummaryQuery(since=start.date(), until=(TODAY + timedelta(days=701)).date())
    assert read_summary(source, query)["volume"]["decisions"] == 4 * PER_DAY
