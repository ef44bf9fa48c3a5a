"""The aggregator counts every decision and outcome of the log once, on SQLite and PostgreSQL."""

import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import event, text

from credit_scoring.bundle.reference import score_bin
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.decisions.erase import erase
from credit_scoring.decisions.records import Durations
from credit_scoring.errors import BundleError
from credit_scoring.monitoring import aggregate
from credit_scoring.monitoring.aggregate import Aggregator, CountedRecords
from credit_scoring.monitoring.counts_store import models, read_counts
from credit_scoring.monitoring.day_counts import LATENCY_EDGES
from credit_scoring.monitoring.feature_bins import FeatureBins
from tests.log_entries import log_entry
from tests.monitoring.counted_log import (
    assert_counts_equal_the_log,
    bundle_with_reference,
    digest_of,
    entries,
)
from tests.serving import small_bundle

DAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return bundle_with_reference(tmp_path_factory.mktemp("models") / "latest")


@pytest.fixture
def log(engine):
    return DecisionLog(engine)


@pytest.fixture
def aggregator(engine, bundle):
    return Aggregator(engine, {digest_of(bundle): bundle}.get)


def counts_of_day(engine, bundle, day=DAY):
    return read_counts(engine, digest_of(bundle))[day]


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_counts_equal_the_log(engine, log, aggregator, bundle, chunk):
    log.append(entries(bundle, 35))
    assert aggregator.run(chunk=chunk) == CountedRecords(decisions=35)
    counts = assert_counts_equal_the_log(engine, digest_of(bundle))
    assert list(counts) == [DAY + timedelta(days=day) for day in range(4)]
    log.append(entries(bundle, 12, seed=1))
    assert aggregator.run(chunk=chunk) == CountedRecords(decisions=12)
    assert_counts_equal_the_log(engine, digest_of(bundle))
    assert aggregator.run() == CountedRecords()


def test_features_are_in_the_bins_of_the_reference(engine, log, aggregator, bundle):
    log.append(entries(bundle, 5))
    aggregator.run()
    expected = FeatureBins(bundle.manifest).count([small_bundle.EXAMPLE] * 5)
    counts = counts_of_day(engine, bundle)
    assert counts.features == expected
    assert counts.uncounted_features == 0


@pytest.mark.parametrize("form", ["object", "other order", "more values"])
def test_inputs_of_every_form_are_counted(engine, log, aggregator, bundle, form):
    from credit_scoring.decisions.input_encoding import InputNames, encode_inputs

    inputs, names = json.dumps(small_bundle.EXAMPLE), None
    if form != "object":
        example = dict(reversed(small_bundle.EXAMPLE.items()))
        example |= {"OTHER": 1} if form == "more values" else {}
        inputs, names = encode_inputs(example, InputNames(tuple(example)))
    log.append(entries(bundle, 3, inputs=inputs, names=names))
    aggregator.run()
    expected = FeatureBins(bundle.manifest).count([small_bundle.EXAMPLE] * 3)
    assert counts_of_day(engine, bundle).features == expected


def test_scores_kinds_and_durations(engine, log, aggregator, bundle):
    log.append(entries(bundle, 4), durations=Durations(1.5, 0.2))
    log.append(entries(bundle, 2, seed=1, kind="batch"))
    aggregator.run()
    counts = counts_of_day(engine, bundle)
    assert counts.kinds == {"predict": 4, "batch": 2}
    places = {probability: int(score_bin([probability])[0]) for probability in (0.01, 0.05, 0.2)}
    assert counts.scores["ACCEPTED"][places[0.01]] == counts.scores["ACCEPTED"][places[0.05]] == 2
    assert counts.scores["REFUSED"][places[0.2]] == 1
    assert (sum(counts.scores["ACCEPTED"]), sum(counts.scores["REFUSED"])) == (4, 2)
    place = int(np.searchsorted(LATENCY_EDGES, 1.5, side="right"))
    assert counts.handler_ms[place] == sum(counts.handler_ms) == sum(counts.model_ms) == 4


def test_what_if_counts_by_kind_only(engine, log, aggregator, bundle):
    (what_if,) = entries(bundle, 1, kind="what-if")
    log.append([what_if], durations=Durations(1, 1))
    log.add_outcome(what_if.decision_id, outcome=1)
    assert aggregator.run() == CountedRecords(1, 1)
    counts = counts_of_day(engine, bundle)
    assert counts.kinds == {"what-if": 1}
    assert (counts.decisions, counts.uncounted_features, sum(counts.handler_ms)) == (0, 0, 0)
    assert sum(map(sum, counts.outcomes["ACCEPTED"].values())) == 0


@pytest.mark.parametrize("chunk", [1, 1000])
def test_correction_replaces_the_earlier_outcome(engine, log, aggregator, bundle, chunk):
    accepted, other, refused = entries(bundle, 3)
    log.append([accepted, other, refused])
    log.add_outcome(accepted.decision_id, outcome=0)
    aggregator.run(chunk=chunk)
    for outcome in (1, 0, 1):
        log.add_outcome(accepted.decision_id, outcome=outcome)
    log.add_outcome(refused.decision_id, outcome=0)
    assert aggregator.run(chunk=chunk) == CountedRecords(outcomes=4)
    outcomes = counts_of_day(engine, bundle).outcomes
    assert outcomes["ACCEPTED"]["default"][int(score_bin([0.01])[0])] == 1
    assert outcomes["REFUSED"]["repaid"][int(score_bin([0.2])[0])] == 1
    totals = {key: [sum(bins) for bins in value.values()] for key, value in outcomes.items()}
    assert totals == {"ACCEPTED": [0, 1], "REFUSED": [1, 0]}
    assert_counts_equal_the_log(engine, digest_of(bundle))


def test_erased_decision_counts_without_features(engine, log, aggregator, bundle):
    first, *others = entries(bundle, 4)
    log.append([first, *others])
    erase(engine, decision_id=first.decision_id)
    aggregator.run()
    counts = assert_counts_equal_the_log(engine, digest_of(bundle))[DAY]
    assert (counts.decisions, counts.uncounted_features) == (4, 1)
    erase(engine, decision_id=others[0].decision_id)
    assert aggregator.run() == CountedRecords()
    assert counts_of_day(engine, bundle) == counts


DAMAGED = ["", "{", "[1]", "7", '{"AMT_CREDIT": [1]}', "[" * 500, '"x"', "null"]


def test_damaged_inputs_count_without_features(engine, log, aggregator, bundle):
    plain = {"names": None}
    log.append(entries(bundle, 2))
    for number, inputs in enumerate(DAMAGED, 1):
        log.append(entries(bundle, 1, seed=number, inputs=inputs, **plain))
    log.append(entries(bundle, 1, seed=20, inputs='[1, "two"]'))
    aggregator.run()
    counts = assert_counts_equal_the_log(engine, digest_of(bundle))[DAY]
    assert (counts.decisions, counts.uncounted_features) == (len(DAMAGED) + 3, len(DAMAGED) + 1)


@pytest.mark.parametrize("missing", ["bundle", "damaged bundle", "reference"])
def test_unknown_model_counts_without_features(engine, log, bundle, missing, caplog):
    from dataclasses import replace

    def find(_digest):
        if missing == "damaged bundle":
            raise BundleError("the bundle is damaged")
        manifest = replace(bundle.manifest, reference=None)
        return replace(bundle, manifest=manifest) if missing == "reference" else None

    log.append(entries(bundle, 3))
    Aggregator(engine, find).run()
    counts = assert_counts_equal_the_log(engine, digest_of(bundle))[DAY]
    assert (counts.features, counts.uncounted_features) == ({}, 3)
    assert ("are not counted" in caplog.text) == (missing != "bundle")


def test_bundle_that_is_found_later_is_used(engine, log, bundle):
    bundles = {}
    aggregator = Aggregator(engine, bundles.get)
    log.append(entries(bundle, 3))
    aggregator.run()
    bundles[digest_of(bundle)] = bundle
    log.append(entries(bundle, 2, seed=1))
    aggregator.run()
    counts = assert_counts_equal_the_log(engine, digest_of(bundle))[DAY]
    assert (counts.uncounted_features, sum(counts.features["AMT_CREDIT"])) == (3, 2)


def test_models_are_counted_apart(engine, log, aggregator, bundle):
    log.append([*entries(bundle, 3), log_entry(), log_entry()])
    aggregator.run()
    assert {model.digest: model.decisions for model in models(engine)} == {
        digest_of(bundle): 3, "d" * 64: 2,
    }  # fmt: skip


def test_reference_with_other_bins_leaves_the_features_out(engine, log, aggregator, bundle):
    from dataclasses import replace

    log.append(entries(bundle, 2))
    aggregator.run()
    reference = bundle.manifest.reference
    features = tuple(
        replace(f, edges=(0.0,), counts=(1, 1, 1)) if f.edges else f for f in reference.features
    )
    manifest = replace(bundle.manifest, reference=replace(reference, features=features))
    log.append(entries(bundle, 3, seed=1))
    Aggregator(engine, lambda _digest: replace(bundle, manifest=manifest)).run()
    counts = assert_counts_equal_the_log(engine, digest_of(bundle))[DAY]
    assert (counts.decisions, counts.uncounted_features) == (5, 3)


def test_limit_leaves_the_rest_in_the_queue(engine, log, aggregator, bundle):
    log.append(entries(bundle, 9))
    assert aggregator.run(limit=4, chunk=3) == CountedRecords(decisions=4)
    assert aggregator.run(limit=0) == CountedRecords()
    assert aggregator.run() == CountedRecords(decisions=5)
    assert_counts_equal_the_log(engine, digest_of(bundle))


@pytest.mark.parametrize("number", [9, 10])
def test_queue_of_postgresql_is_vacuumed_after_a_long_run(
    engine, log, aggregator, bundle, monkeypatch, number
):
    """Otherwise the next summary would pass every record that was removed."""
    monkeypatch.setattr(aggregate, "VACUUM_AFTER", 10)
    statements = []
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    log.append(entries(bundle, number))
    assert aggregator.run() == CountedRecords(decisions=number)
    is_expected = engine.dialect.name == "postgresql" and number == 10
    assert ("VACUUM uncounted" in statements) is is_expected
    assert_counts_equal_the_log(engine, digest_of(bundle))


def test_clock_that_was_set_back_loses_nothing(engine, log, aggregator, bundle):
    """New ids then sort before those that are already counted."""
    log.append(entries(bundle, 8))
    aggregator.run()
    log.append(entries(bundle, 8, start=datetime(2026, 2, 1, tzinfo=UTC), seed=1))
    log.append(entries(bundle, 3, seed=2))
    assert aggregator.run() == CountedRecords(decisions=11)
    assert_counts_equal_the_log(engine, digest_of(bundle))


def test_queue_entry_without_a_record_is_removed(engine, log, aggregator, bundle, caplog):
    log.append(entries(bundle, 2))
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO uncounted VALUES ('decision', 'a'), ('outcome', 'b')"))
    aggregator.run()
    assert "1 queued records do not exist: a" in caplog.text
    assert_counts_equal_the_log(engine, digest_of(bundle))
