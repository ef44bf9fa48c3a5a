"""The summary: what it says, for which window and model, and what it says is missing."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import update

from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.database.table_definitions import monitoring_state, uncounted
from credit_scoring.decisions.uuid7 import id_at
from credit_scoring.monitoring.alarms.rules import load_rules
from credit_scoring.monitoring.counts_store import add_refused, models
from credit_scoring.monitoring.feature_summary import UnknownFeatureError, read_feature
from credit_scoring.monitoring.model_facts import DayWindow
from credit_scoring.monitoring.summary import (
    SummaryQuery,
    SummarySource,
    UnknownModelError,
    read_summary,
)
from tests.monitoring.model_counts import draw_days, manifest_with, reference, store_days
from tests.serving.small_bundle import write

NAMES = ("EXT_SOURCE_2", "AMT_CREDIT", "CNT_CHILDREN")
RULES = load_rules(None)
SHIFT = {"AMT_CREDIT": (0.4, 0.2, 0.1, 0.1, 0.1, 0.1)}


@pytest.fixture(scope="module")
def bare_manifest(tmp_path_factory):
    return read_manifest(write(tmp_path_factory.mktemp("monitored") / "bundle"))


@pytest.fixture(scope="module")
def manifest(bare_manifest):
    return manifest_with(bare_manifest, reference(np.random.default_rng(1), NAMES))


@pytest.fixture
def today():
    return datetime.now(UTC).date()


@pytest.fixture
def digest(manifest):
    return manifest.pickle["sha256"]


@pytest.fixture
def source(engine, manifest, digest):
    def find(wanted):
        return manifest if wanted == digest else None

    return SummarySource(engine, find, RULES)


@pytest.fixture
def counted(engine, digest, today):
    """Forty days of decisions as in training, then ten shifted ones."""
    rng = np.random.default_rng(2)
    before = draw_days(rng, 40, 100, today - timedelta(10), names=NAMES)
    after = draw_days(rng, 10, 100, today, names=NAMES, shares=SHIFT)
    store_days(engine, digest, before | after)
    add_refused(engine, {(today, "features-refused", ""): 9, (today, "features-refused", "A"): 4})


def test_empty_log_says_so(source):
    summary = read_summary(source, SummaryQuery())
    assert summary["model"] is None
    assert summary["missing"] == ["no decision is counted yet"]
    assert summary["alarms"] == []
    assert summary["window"]["days"] == 90


@pytest.mark.usefixtures("counted")
def test_half_counted_log_says_so_and_changes_no_alarm(source, engine):
    """After an upgrade, the days before come in one by one."""
    assert read_summary(source, SummaryQuery())["alarms"][0]["state"] == "on"
    old = id_at(datetime.now(UTC) - timedelta(1), 1)
    with engine.begin() as connection:
        connection.execute(uncounted.insert(), {"record_kind": "decision", "record_id": old})
    summary = read_summary(source, SummaryQuery())
    assert {alarm["state"] for alarm in summary["alarms"]} == {"not evaluated"}
    assert summary["missing"][0].startswith("counting is more than an hour behind")


@pytest.mark.usefixtures("counted")
def test_summary_is_plain_json_without_nan(source):
    summary = read_summary(source, SummaryQuery())
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


@pytest.mark.usefixtures("counted")
def test_numbers_are_those_of_the_decisions(source, digest, today):
    summary = read_summary(source, SummaryQuery())
    assert summary["model"]["digest"] == digest
    assert summary["model"]["decisions"] == 5000
    volume = summary["volume"]
    assert volume["decisions"] == volume["accepted"] + volume["refused"] == 5000
    assert volume["refused_share"] == pytest.approx(volume["refused_share_training"], abs=0.03)
    assert volume["kinds"] == {"predict": 5000}
    assert len(summary["days"]) == 50
    last = summary["days"][-1]
    assert (last["day"], last["decisions"]) == (today.isoformat(), 100)
    assert last["refused_requests"] == 9
    assert last["missing_share"] == pytest.approx(0.07, abs=0.05)
    assert 3 < last["handler_ms"]["p50"] < 7
    assert summary["latency"]["model_ms"]["p99"] < 7
    assert sum(summary["score"]["counts"]) == 5000
    assert sum(summary["score"]["reference"]) == 14_000
    assert summary["refused_requests"] == {
        "number": 9,
        "share": 9 / 5009,
        "rows": [
            {"kind": "features-refused", "field": "", "number": 9},
            {"kind": "features-refused", "field": "A", "number": 4},
        ],
    }
    assert summary["missing"] == []


@pytest.mark.usefixtures("counted")
def test_drift_is_found_and_is_an_alarm(source):
    summary = read_summary(source, SummaryQuery())
    assert summary["drift"]["reference"] == "training"
    assert [f["name"] for f in summary["drift"]["verdict"]["moved"]] == ["AMT_CREDIT"]
    first = summary["alarms"][0]
    assert (first["rule"], first["state"]) == ("drift", "on")
    assert len(summary["alarms"]) == len(RULES)


@pytest.mark.usefixtures("counted")
def test_empty_window_to_compare_with_is_named(source, today):
    against = DayWindow(today - timedelta(300), today - timedelta(290))
    (sentence,) = read_summary(source, SummaryQuery(against=against))["missing"]
    assert f"from {against.since} to {against.until}, the window to compare with" in sentence


@pytest.mark.usefixtures("counted")
def test_window_is_compared_with_training_or_with_another_window(source, today):
    last_days = today - timedelta(9)
    query = SummaryQuery(since=last_days)
    moved = read_summary(source, query)["drift"]["features"][0]
    assert (moved["name"], moved["applicants"]) == ("AMT_CREDIT", 1000)
    assert moved["reference_applicants"] == 14_000
    against = DayWindow(today - timedelta(49), today - timedelta(30))
    summary = read_summary(source, SummaryQuery(since=last_days, against=against))
    assert summary["drift"]["reference"] == "window"
    assert summary["against"]["days"] == 20
    moved = summary["drift"]["features"][0]
    assert (moved["name"], moved["reference_applicants"]) == ("AMT_CREDIT", 2000)
    assert sum(summary["score"]["reference"]) == 2000


@pytest.mark.usefixtures("counted")
def test_empty_window_says_so(source, today):
    query = SummaryQuery(since=today - timedelta(300), until=today - timedelta(200))
    summary = read_summary(source, query)
    assert summary["volume"]["decisions"] == 0
    assert summary["volume"]["refused_share"] is None
    assert "this model made no decision in the window" in summary["missing"]
    assert (summary["drift"]["features"], summary["score"]["drift"]) == ([], None)
    assert summary["drift"]["verdict"]["alarm"]
    assert json.dumps(summary, allow_nan=False)


@pytest.mark.usefixtures("counted")
def test_model_in_use_is_preferred_and_others_can_be_chosen(source, engine, digest, today):
    days = draw_days(np.random.default_rng(3), 1, 7, today + timedelta(1), names=())
    store_days(engine, "b" * 64, days)
    assert read_summary(source, SummaryQuery())["model"]["digest"] == "b" * 64
    assert read_summary(source, SummaryQuery(served=digest))["model"]["digest"] == digest
    for name in ("b" * 12, "b" * 64):
        summary = read_summary(source, SummaryQuery(model=name, served=digest))
        assert summary["model"]["decisions"] == 7
    assert [model["decisions"] for model in summary["models"]] == [7, 5000]
    with pytest.raises(UnknownModelError, match="choose one of bbbbbbbbbbbb, "):
        read_summary(source, SummaryQuery(model="canary"))


@pytest.mark.usefixtures("counted")
def test_bundle_without_a_reference_gives_what_it_can(source, bare_manifest):
    bare = SummarySource(source.engine, lambda _digest: bare_manifest, RULES)
    summary = read_summary(bare, SummaryQuery())
    assert "has no reference" in summary["missing"][0]
    assert summary["drift"] is None
    assert summary["score"]["reference"] is None
    assert summary["volume"]["decisions"] == 5000
    assert summary["latency"]["handler_ms"]
    assert summary["expected_performance"]["cost_per_applicant"]["value"] > 0
    with pytest.raises(UnknownFeatureError, match="the model has no reference"):
        read_feature(bare, SummaryQuery(), "AMT_CREDIT")


@pytest.mark.usefixtures("counted")
def test_unknown_bundle_gives_what_it_can(source):
    unknown = SummarySource(source.engine, lambda _digest: None, RULES)
    summary = read_summary(unknown, SummaryQuery())
    assert "neither in use nor in the model store" in summary["missing"][0]
    assert (summary["drift"], summary["performance"]) == (None, None)
    assert summary["volume"]["decisions"] == 5000
    assert json.dumps(summary, allow_nan=False)


@pytest.mark.usefixtures("counted")
def test_counts_by_other_bins_are_left_out(source, manifest):
    other = manifest_with(manifest, reference(np.random.default_rng(1), (*NAMES, "EXT_SOURCE_3")))
    summary = read_summary(
        SummarySource(source.engine, lambda _digest: other, RULES), SummaryQuery()
    )
    assert summary["drift"]["verdict"] is None
    assert summary["volume"]["decisions"] == 5000
    assert "are counted by other bins" in summary["missing"][0]


@pytest.mark.usefixtures("counted")
def test_feature_has_its_bins_and_days(source, today):
    feature = read_feature(source, SummaryQuery(), "AMT_CREDIT")
    assert feature["meaning"]
    assert [each["label"] for each in feature["bins"]] == [
        "below 1", "1 to 2", "2 to 3", "3 to 4", "4 or more", "missing",
    ]  # fmt: skip
    assert sum(each["number"] for each in feature["bins"]) == 5000
    assert sum(each["share"] for each in feature["bins"]) == pytest.approx(1)
    assert sum(each["reference"] for each in feature["bins"]) == 14_000
    assert len(feature["days"]) == 50
    assert feature["days"][-1]["day"] == today.isoformat()
    assert sum(feature["days"][-1]["counts"]) == feature["days"][-1]["number"] == 100
    assert feature["drift"]["name"] == "AMT_CREDIT"


@pytest.mark.usefixtures("counted")
def test_score_is_a_feature(source):
    score = read_feature(source, SummaryQuery(), "(score)")
    assert sum(each["number"] for each in score["bins"]) == 5000
    assert score["bins"][0]["label"].startswith("below 0.0")
    assert score["meaning"] == "calibrated probability of default"


@pytest.mark.usefixtures("counted")
def test_unknown_feature_is_refused_with_a_hint(source):
    with pytest.raises(UnknownFeatureError, match=r"\(did you mean AMT_CREDIT\?\)"):
        read_feature(source, SummaryQuery(), "AMT_CREDITS")


@pytest.mark.usefixtures("counted")
def test_facts_are_kept_until_something_changes(source, engine, digest, today):
    """Their verdicts take most of the time of a summary."""

    def facts():
        return source.facts(SummaryQuery(), models(engine), engine)

    first = facts()
    assert facts() is first
    with engine.begin() as connection:
        connection.execute(update(monitoring_state).values(batch=monitoring_state.c.batch + 1))
    counted = facts()
    assert counted is not first
    add_refused(engine, {(today, "features-refused", ""): 1})
    refused = facts()
    assert refused is not counted
    assert sum(row.number for row in refused.refused) == 14
    earlier = draw_days(np.random.default_rng(3), 1, 10, today - timedelta(90), names=NAMES)
    store_days(engine, digest, earlier)
    assert len(facts().days) == 51
    other = replace(source, find_manifest=lambda _digest: None)
    assert other.facts(SummaryQuery(), models(engine), engine).manifest is None
