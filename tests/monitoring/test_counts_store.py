"""Counts and refused requests are stored by day and read by window."""

from datetime import UTC, date, datetime, timedelta

import pytest

from credit_scoring.database.table_definitions import monitoring_counts, uncounted
from credit_scoring.decisions.uuid7 import id_at
from credit_scoring.errors import StorageError
from credit_scoring.monitoring.counts_store import (
    CountedModel,
    RefusedRequests,
    add_refused,
    models,
    read_counts,
    read_queue,
    read_refused,
)
from credit_scoring.monitoring.day_counts import DayCounts

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 1, day) for day in (5, 6, 7))


def store(engine, day, digest="a" * 64, number=1, counts=None):
    text = DayCounts(kinds={"predict": number}).to_json() if counts is None else counts
    row = {"day": day, "model_digest": digest, "model_version": digest[:12]}
    with engine.begin() as connection:
        insert = monitoring_counts.insert()
        connection.execute(insert, {**row, "decisions": number, "counts": text})


def test_counts_are_read_by_window(engine):
    for number, day in enumerate((TUESDAY, MONDAY, WEDNESDAY), 1):
        store(engine, day, number=number)
    store(engine, MONDAY, digest="b" * 64)
    every_day = read_counts(engine, "a" * 64)
    numbers = [counts.kinds["predict"] for counts in every_day.values()]
    assert (list(every_day), numbers) == ([MONDAY, TUESDAY, WEDNESDAY], [2, 1, 3])
    assert list(read_counts(engine, "a" * 64, TUESDAY)) == [TUESDAY, WEDNESDAY]
    assert list(read_counts(engine, "a" * 64, TUESDAY, WEDNESDAY)) == [TUESDAY]
    assert read_counts(engine, "c" * 64) == {}


def test_damaged_counts_are_an_error(engine):
    store(engine, MONDAY, counts='{"kinds": 1}')
    row = "monitoring_counts of 2026-01-05, model a{12}"
    with pytest.raises(StorageError, match=f"{row}: damaged counts: kinds: .* delete the row"):
        read_counts(engine, "a" * 64)


@pytest.mark.parametrize("kind", ["decision", "outcome"])
@pytest.mark.parametrize(("minutes", "expected"), [(59, False), (61, True), (-90, False)])
def test_counting_is_behind_if_a_record_has_waited_for_an_hour(engine, kind, minutes, expected):
    assert not read_queue(engine).is_behind
    now = datetime.now(UTC)
    ids = [id_at(now, 1), id_at(now - timedelta(minutes=minutes), 2)]
    with engine.begin() as connection:
        for one in ids:
            connection.execute(uncounted.insert(), {"record_kind": kind, "record_id": one})
    assert read_queue(engine).is_behind is expected


def test_models_with_the_newest_decisions_come_first(engine):
    assert models(engine) == []
    store(engine, MONDAY, number=2)
    store(engine, TUESDAY, number=3)
    store(engine, WEDNESDAY, digest="b" * 64, number=4)
    assert models(engine) == [
        CountedModel("b" * 64, "b" * 12, WEDNESDAY, WEDNESDAY, 4),
        CountedModel("a" * 64, "a" * 12, MONDAY, TUESDAY, 5),
    ]


def test_refused_requests_add_up(engine):
    add_refused(engine, {})
    add_refused(engine, {(MONDAY, "invalid-features", "AMT_CREDIT"): 2, (MONDAY, "busy", ""): 1})
    add_refused(engine, {(MONDAY, "invalid-features", "AMT_CREDIT"): 3, (TUESDAY, "busy", ""): 1})
    monday = [
        RefusedRequests(MONDAY, "busy", "", 1),
        RefusedRequests(MONDAY, "invalid-features", "AMT_CREDIT", 5),
    ]
    assert read_refused(engine) == [*monday, RefusedRequests(TUESDAY, "busy", "", 1)]
    assert read_refused(engine, until=TUESDAY) == monday
