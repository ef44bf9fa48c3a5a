"""Delivery of alarm changes: backoff, restarts, several processes, failing receivers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from credit_scoring.database.engine import open_database
from credit_scoring.database.table_definitions import alarm_changes
from credit_scoring.monitoring.alarms.alarm_log import AlarmLog
from credit_scoring.monitoring.alarms.delivery import (
    DELAYS,
    DUE_AFTER,
    EXPIRES_AFTER,
    deliver_due,
    payload_of,
)
from credit_scoring.monitoring.alarms.rules import shipped_rules
from credit_scoring.monitoring.alarms.webhook import Webhook
from tests.monitoring.alarms.changes import MODEL, new_change
from tests.monitoring.alarms.receiver import SECRET, run_receiver

RULES = shipped_rules()


@pytest.fixture
def receiver():
    with run_receiver() as receiver:
        yield receiver


@pytest.fixture
def alarm_log(engine):
    alarm_log = AlarmLog(engine)
    alarm_log.append([new_change()], 0)
    return alarm_log


@pytest.fixture
def deliver(alarm_log, receiver):
    """Deliver what is due some seconds after the alarm went on."""
    made_at = change_of(alarm_log).made_at
    webhook = Webhook(receiver.url, SECRET)
    return lambda after=0: deliver_due(
        alarm_log, webhook, RULES, made_at + timedelta(seconds=after)
    )


def change_of(alarm_log):
    return next(iter(alarm_log.states().changes.values()))


def test_change_is_sent_once(deliver, receiver, alarm_log):
    assert [deliver(), deliver(10**4)] == [1, 0]
    assert receiver.ids == [change_of(alarm_log).change_id]
    (body,) = receiver.bodies
    assert body["type"] == "alarm.on"
    assert body["data"] == {
        "rule": "drift",
        "title": RULES["drift"].title,
        "state": "on",
        "model_version": MODEL[:12],
        "value": 30.0,
        "limit": 25.0,
        "since": "2026-11-20",
        "message": "EXT_SOURCE_2 drifts",
        "action": RULES["drift"].action,
    }


def test_change_of_a_removed_rule_is_sent(alarm_log):
    payload = payload_of(change_of(alarm_log), None)
    assert (payload["data"]["title"], payload["data"]["action"]) == ("drift", "")


def test_failed_delivery_is_repeated_under_the_same_id(deliver, receiver):
    receiver.answers = [500, 503, 204]
    assert deliver() == 0
    assert deliver(DUE_AFTER[1]) == 0
    assert deliver(DUE_AFTER[2]) == 1
    assert deliver(DUE_AFTER[3]) == 0
    assert len(receiver.ids) == 3
    assert len({*receiver.ids}) == 1


def test_repetition_waits_longer_each_time(deliver, receiver):
    receiver.answers = [500] * len(DELAYS)
    for number, due in enumerate(DUE_AFTER, 1):
        assert deliver(due - 1) == 0
        assert len(receiver.ids) == (number - 1 or 1)  # the first attempt is made at once
        deliver(due)
        assert len(receiver.ids) == number


def test_delivery_is_given_up_after_the_last_attempt(deliver, receiver, caplog):
    receiver.answers = [500] * 20
    for due in DUE_AFTER:
        deliver(due)
    deliver(DUE_AFTER[-1] + 3600)
    assert len(receiver.ids) == len(DELAYS)
    assert [record.levelname for record in caplog.records][-2:] == ["WARNING", "ERROR"]
    assert f"attempt {len(DELAYS)} of {len(DELAYS)}" in caplog.text
    assert "token" not in caplog.text


def test_old_change_is_not_sent(deliver, receiver):
    assert deliver(EXPIRES_AFTER.total_seconds() + 1) == 0
    assert receiver.ids == []


def test_restart_repeats_what_was_not_delivered(deliver, receiver, database_url, alarm_log):
    """The process ends after the claim: the receiver may have got the change, or may not."""
    change = change_of(alarm_log)
    assert alarm_log.claim(change)
    assert deliver() == 0  # the attempt is counted
    engine = open_database(database_url)
    later = change.made_at + timedelta(seconds=DUE_AFTER[1])
    assert deliver_due(AlarmLog(engine), Webhook(receiver.url, SECRET), RULES, later) == 1
    engine.dispose()
    assert receiver.ids == [change.change_id]


def test_failure_to_note_the_delivery_repeats_it(deliver, receiver, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(AlarmLog, "note_delivery", lambda *_arguments: None)
        deliver()
    assert deliver(DUE_AFTER[1]) == 1
    assert receiver.ids[0] == receiver.ids[1]


def test_several_processes_make_one_attempt(deliver, receiver):
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: deliver(), range(4))) == 1
    assert len(receiver.ids) == 1


def test_oldest_change_is_sent_first_and_a_failure_ends_the_round(deliver, receiver, alarm_log):
    alarm_log.append([new_change("volume"), new_change("latency")], 1)
    receiver.answers = [204, 500]
    assert deliver(1) == 1
    assert [body["data"]["rule"] for body in receiver.bodies] == ["drift", "volume"]
    assert deliver(1) == 1
    assert receiver.bodies[-1]["data"]["rule"] == "latency"


def test_first_attempt_is_made_although_the_clock_was_set_back(engine, receiver):
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    row = {
        **{name: getattr(new_change(), name) for name in ("rule", "state", "value", "message")},
        "model_digest": MODEL, "limit_value": 1, "attempts": 0, "number": 1, "change_id": "one",
        "made_at": tomorrow,
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(alarm_changes).values(row))
    assert deliver_due(AlarmLog(engine), Webhook(receiver.url, SECRET), RULES) == 1
