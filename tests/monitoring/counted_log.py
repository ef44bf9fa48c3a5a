"""Decisions of the small bundle in a log, and what the aggregator has to make of them."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.database.table_definitions import decisions
from credit_scoring.decisions.decision_queries import last_outcome
from credit_scoring.decisions.input_encoding import InputNames, encode_inputs
from credit_scoring.decisions.uuid7 import id_at
from credit_scoring.monitoring.counts_store import models, read_counts, uncounted_records
from credit_scoring.monitoring.day_counts import OUTCOMES
from tests.bundle.references import reference_of
from tests.log_entries import log_entry
from tests.serving import small_bundle

FIRST_DAY = datetime(2026, 3, 1, tzinfo=UTC)
PROBABILITIES = (0.01, 0.05, 0.2, 0.6)


def bundle_with_reference(folder):
    """The small bundle with a reference."""
    bundle = read_bundle(small_bundle.write(folder))
    manifest = bundle.manifest
    return replace(bundle, manifest=replace(manifest, reference=reference_of(manifest)))


def digest_of(bundle):
    return bundle.manifest.pickle["sha256"]


def entries(bundle, count, *, start=FIRST_DAY, per_day=10, seed=0, **columns):
    """Decisions from `start` on, `per_day` each day, with four probabilities in turn."""
    names = InputNames(tuple(small_bundle.EXAMPLE))
    inputs, input_names = encode_inputs(small_bundle.EXAMPLE, names)
    step = timedelta(days=1) / per_day
    defaults = {"model_digest": digest_of(bundle), "inputs": inputs, "names": input_names}
    return [
        log_entry(
            PROBABILITIES[number % len(PROBABILITIES)],
            decision_id=id_at(start + number * step, seed * 10**6 + number),
            **{**defaults, **columns},
        )
        for number in range(count)
    ]


def assert_counts_equal_the_log(engine, digest):
    """Every decision is in the counts once, with its last outcome, and the queue is empty."""
    assert uncounted_records(engine) == 0
    with engine.connect() as connection:
        query = select(decisions, last_outcome().label("outcome"))
        rows = connection.execute(query.where(decisions.c.model_digest == digest)).all()
    by_day = Counter(row.made_at.date() for row in rows if row.kind != "what-if")
    counts = read_counts(engine, digest)
    assert {day: of_day.decisions for day, of_day in counts.items() if of_day.decisions} == by_day
    for day, of_day in counts.items():
        assert outcomes_of(of_day) == Counter(
            (row.decision, row.outcome)
            for row in rows
            if row.made_at.date() == day and row.outcome is not None and row.kind != "what-if"
        )
        assert sum(of_day.kinds.values()) == sum(row.made_at.date() == day for row in rows)
        for bins in of_day.features.values():
            assert sum(bins) + of_day.uncounted_features == by_day[day]
    assert sum(model.decisions for model in models(engine) if model.digest == digest) == sum(
        by_day.values()
    )
    return counts


def outcomes_of(counts):
    """The numbers of outcomes by decision and outcome, 0 or 1."""
    numbers = {
        (decision, outcome): sum(by_outcome[name])
        for decision, by_outcome in counts.outcomes.items()
        for outcome, name in enumerate(OUTCOMES)
    }
    return Counter({key: number for key, number in numbers.items() if number})
