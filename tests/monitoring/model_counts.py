"""Counts of invented models for tests: a reference, days of decisions like it or shifted."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from credit_scoring.bundle.reference import SCORE_BINS, FeatureReference, Reference, score_bin
from credit_scoring.database.table_definitions import monitoring_counts
from credit_scoring.monitoring.counts_store import CountedModel
from credit_scoring.monitoring.day_counts import LATENCY_BINS, DayCounts
from credit_scoring.monitoring.model_facts import ModelFacts
from tests.monitoring.scored_outcomes import THRESHOLD, draw_probabilities, draw_reference

TODAY = date(2026, 11, 28)
SHARES = (0.2, 0.2, 0.2, 0.2, 0.15, 0.05)  # of the bins of each feature; the last one is missing
EDGES = (1.0, 2.0, 3.0, 4.0)
LATENCY_BIN = 20  # some 4 ms


def reference(rng, names=("a", "b", "c"), applicants=14_000):
    features = tuple(
        FeatureReference(name, EDGES, tuple(map(int, rng.multinomial(applicants, SHARES))))
        for name in names
    )
    return Reference(applicants, features, draw_reference(rng, applicants))


def draw_day(rng, number, shares=None, names=("a", "b", "c"), latency_bin=LATENCY_BIN):
    """The counts of a day of that many decisions; `shares` of features that are not as usual."""
    probability = draw_probabilities(rng, number)
    bins = score_bin(probability)
    is_refused = probability >= THRESHOLD
    latencies = [0] * LATENCY_BINS
    latencies[latency_bin] = number
    return DayCounts(
        features={
            name: rng.multinomial(number, (shares or {}).get(name, SHARES)).tolist()
            for name in names
        },
        scores={
            "ACCEPTED": np.bincount(bins[~is_refused], minlength=SCORE_BINS).tolist(),
            "REFUSED": np.bincount(bins[is_refused], minlength=SCORE_BINS).tolist(),
        },
        kinds={"predict": number},
        handler_ms=latencies,
        model_ms=list(latencies),
    )


def draw_days(rng, days, number, until=TODAY, **options):
    """The counts of `days` days of `number` decisions, the last one `until`."""
    return {
        until - timedelta(back): draw_day(rng, number, **options)
        for back in range(days - 1, -1, -1)
    }


def manifest_with(manifest, model_reference):
    threshold = {**manifest.threshold, "value": THRESHOLD}
    return replace(manifest, reference=model_reference, threshold=threshold)


def facts_of(manifest, days, refused=(), volumes=None, today=TODAY):
    digest = manifest.pickle["sha256"] if manifest else "a" * 64
    first, last = (min(days), max(days)) if days else (today, today)
    number = sum(counts.decisions for counts in days.values())
    by_day = {day: counts.decisions for day, counts in days.items()}
    return ModelFacts(
        model=CountedModel(digest, digest[:12], first, last, number),
        manifest=manifest,
        days=days,
        volumes=by_day if volumes is None else volumes,
        refused=refused,
        today=today,
    )


def store_days(engine, digest, days):
    """Store the counts as the aggregator does."""
    rows = [
        {
            "model_digest": digest, "model_version": digest[:12], "day": day,
            "decisions": counts.decisions, "counts": counts.to_json(),
        }
        for day, counts in days.items()
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(monitoring_counts.insert(), rows)
