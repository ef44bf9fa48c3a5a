"""The log of alarm changes: states, compare-and-swap, append-only, deliveries."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from credit_scoring.database.table_definitions import alarm_changes
from credit_scoring.monitoring.alarms.alarm_log import AlarmLog
from tests.monitoring.alarms.changes import MODEL, new_change

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def alarm_log(engine):
    return AlarmLog(engine)


def append(alarm_log, *changes):
    return alarm_log.append(changes, alarm_log.states().newest)


def test_without_changes_no_alarm_is_on(alarm_log):
    states = alarm_log.states()
    assert states.newest == 0
    assert states.on(MODEL) == {}


def test_last_change_of_a_rule_is_its_state(alarm_log):
    assert append(alarm_log, new_change("drift"), new_change("volume", value=0.25))
    assert append(alarm_log, new_change("drift", "off"))
    states = alarm_log.states()
    assert states.newest == 3
    assert {*states.on(MODEL)} == {"volume"}
    volume = states.on(MODEL)["volume"]
    assert (volume.value, volume.since, volume.attempts) == (0.25, date(2026, 11, 20), 0)
    assert volume.message == "EXT_SOURCE_2 drifts"
    assert abs(volume.made_at - datetime.now(UTC)) < timedelta(hours=1)


def test_models_have_their_own_alarms(alarm_log):
    append(alarm_log, new_change(model_digest="b" * 64))
    states = alarm_log.states()
    assert states.on(MODEL) == {}
    assert {*states.on("b" * 64)} == {"drift"}
    assert [change.model_digest for change in states.on_for_others(MODEL)] == ["b" * 64]
    assert states.on_for_others("b" * 64) == []


def test_of_two_evaluations_one_stores_the_change(alarm_log):
    newest = alarm_log.states().newest
    with ThreadPoolExecutor(8) as pool:
        stored = [*pool.map(lambda _: alarm_log.append([new_change()], newest), range(8))]
    assert stored.count(True) == 1
    assert len(alarm_log.undelivered(LONG_AGO, 10)) == 1


def test_changes_of_one_evaluation_are_stored_all_or_none(alarm_log):
    assert append(alarm_log, new_change("volume"))
    assert not alarm_log.append([new_change("latency"), new_change("drift")], 0)
    assert {*alarm_log.states().on(MODEL)} == {"volume"}


@pytest.mark.parametrize("column", ["state", "message", "value", "made_at", "rule"])
def test_change_is_never_rewritten(alarm_log, engine, column):
    append(alarm_log, new_change())
    rewriting = update(alarm_changes).values({column: alarm_changes.c[column]})
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(rewriting)


def test_change_is_never_deleted_or_replaced(alarm_log, engine):
    append(alarm_log, new_change())
    with engine.connect() as connection:
        row = dict(connection.execute(select(alarm_changes)).mappings().one())
    for statement in (delete(alarm_changes), insert(alarm_changes).values(row)):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(statement)


def test_delivery_is_claimed_once_and_noted_once(alarm_log):
    append(alarm_log, new_change("drift"), new_change("volume"))
    drift, volume = alarm_log.undelivered(LONG_AGO, 10)
    assert (drift.rule, volume.rule) == ("drift", "volume")
    assert [alarm_log.claim(drift), alarm_log.claim(drift)] == [True, False]
    alarm_log.note_delivery(drift)
    assert [change.rule for change in alarm_log.undelivered(LONG_AGO, 10)] == ["volume"]


def test_old_and_hopeless_changes_are_not_delivered(alarm_log):
    append(alarm_log, new_change())
    (change,) = alarm_log.undelivered(LONG_AGO, 1)
    assert alarm_log.undelivered(change.made_at + timedelta(seconds=1), 1) == []
    alarm_log.claim(change)
    assert alarm_log.undelivered(LONG_AGO, 1) == []
