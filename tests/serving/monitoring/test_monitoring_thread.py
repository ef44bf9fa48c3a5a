"""The background of monitoring: counting, alarms, webhook, gauges, outages, tidy stops."""

import dataclasses
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from credit_scoring.decisions import uuid7
from credit_scoring.errors import SettingError, StorageError
from credit_scoring.monitoring import check
from credit_scoring.monitoring.alarms.alarm_log import AlarmLog
from credit_scoring.monitoring.alarms.rules import SHIPPED_FILE
from credit_scoring.monitoring.counts_store import read_refused, read_volumes, uncounted_records
from credit_scoring.serving.app_factory import DATABASE
from credit_scoring.serving.model_switch import ModelSwitch
from credit_scoring.serving.monitoring import monitoring_thread
from credit_scoring.serving.monitoring.monitoring_thread import MONITORING, Monitoring
from credit_scoring.serving.service import EXTENSION
from tests.monitoring.alarms.receiver import run_receiver
from tests.server_process import PATIENCE, wait_until
from tests.serving.small_bundle import EXAMPLE

SECRET = b"s" * 32
EAGER = '[[rules]]\nname = "no-reference"\nminimum = 3\n'


@pytest.fixture
def start(make_app, app_settings, tmp_path, monkeypatch):
    """Make an app and start its monitoring, which is stopped at the end."""
    monkeypatch.setattr(monitoring_thread, "TICK", 0.02)
    started = []

    def start(**settings):
        url = f"sqlite:///{tmp_path}/decisions.db"
        app = make_app(dataclasses.replace(app_settings, database_url=url, **settings))
        started.append(app.extensions[MONITORING])
        started[-1].start()
        return app

    yield start
    for monitoring in started:
        monitoring.stop()


def decide(app, number):
    for _ in range(number):
        assert app.test_client().post("/predict", json=EXAMPLE).status_code == 200


def counted(app):
    return sum(read_volumes(app.extensions[DATABASE]).values())


def metric(app, name):
    lines = app.test_client().get("/metrics").text.splitlines()
    return next((float(line.split()[-1]) for line in lines if line.startswith(name)), None)


def rules_file(tmp_path, text):
    file = tmp_path / "rules.toml"
    file.write_text(text)
    return file


def test_worker_without_the_deployed_model_leaves_the_alarms_alone(start, monkeypatch):
    """It would switch the alarms of the deployed model off, and another worker on again."""
    checks = []
    monkeypatch.setattr(check, "check_alarms", lambda *_: checks.append(1))
    monkeypatch.setattr(ModelSwitch, "serves_deployed", False)
    app = start(monitoring_seconds=0.02)
    decide(app, 3)
    wait_until(lambda: uncounted_records(app.extensions[DATABASE]) == 0)
    app.extensions[MONITORING].stop()
    assert not checks


def test_decisions_are_counted_and_shown(start):
    app = start()
    decide(app, 5)
    wait_until(lambda: uncounted_records(app.extensions[DATABASE]) == 0)
    assert counted(app) == 5
    summary = app.test_client().get("/monitoring/summary").json
    assert summary["volume"]["decisions"] == 5
    assert {alarm["state"] for alarm in summary["alarms"]} <= {"off", "not evaluated"}


def test_clock_set_back_twice_while_decisions_are_counted(start, monkeypatch):
    """New ids sort before those that the thread has counted; each day still has its decisions."""
    app = start(monitoring_seconds=0.02)
    now = time.time_ns()
    for days in (1, 0, -2):
        shifted = now + days * 86_400 * 10**9
        monkeypatch.setattr(uuid7.time, "time_ns", lambda shifted=shifted: shifted)
        decide(app, 4)
        wait_until(lambda: uncounted_records(app.extensions[DATABASE]) == 0)
    logged = app.extensions[EXTENSION].log.iterate()
    days = Counter(decision.made_at.date() for decision in logged)
    assert [*days.values()] == [4, 4, 4]
    assert read_volumes(app.extensions[DATABASE]) == days


def test_gauges_are_shown(start):
    app = start(monitoring_seconds=1)
    decide(app, 1)
    before = time.time()
    wait_until(lambda: metric(app, "credit_scoring_counted_timestamp_seconds") > before)
    wait_until(lambda: metric(app, "credit_scoring_uncounted_records") == 0)
    wait_until(lambda: metric(app, 'credit_scoring_alarm{rule="drift"}') == 0)
    assert metric(app, "credit_scoring_score_psi") >= 0


def test_number_of_labels_is_the_number_of_rules(start):
    app = start()
    wait_until(lambda: "credit_scoring_alarm{" in app.test_client().get("/metrics").text)
    text = app.test_client().get("/metrics").text
    shipped = SHIPPED_FILE.read_text().count("[[rules]]")
    assert text.count("credit_scoring_alarm{") == shipped


def test_alarm_goes_on_is_stored_and_sent(start, tmp_path):
    with run_receiver() as receiver:
        app = start(
            alarm_rules=rules_file(tmp_path, EAGER), webhook_url=receiver.url,
            webhook_secret=SECRET, monitoring_seconds=1,
        )  # fmt: skip
        decide(app, 3)
        wait_until(lambda: receiver.bodies)
    assert receiver.bodies[0]["type"] == "alarm.on"
    assert receiver.bodies[0]["data"]["rule"] == "no-reference"
    wait_until(lambda: metric(app, 'credit_scoring_alarm{rule="no-reference"}') == 1)
    assert len(AlarmLog(app.extensions[DATABASE]).states().changes) == 1


def test_failing_receiver_harms_neither_answers_nor_counting(start, tmp_path, monkeypatch):
    entered = []

    def hang(*_arguments):
        entered.append(1)
        time.sleep(0.5)
        raise RuntimeError("a receiver that breaks the sender")

    monkeypatch.setattr(monitoring_thread, "deliver_due", hang)
    app = start(
        alarm_rules=rules_file(tmp_path, EAGER), webhook_url="http://127.0.0.1:9/",
        webhook_secret=SECRET, monitoring_seconds=1,
    )  # fmt: skip
    wait_until(lambda: entered)
    decide(app, 3)
    wait_until(lambda: counted(app) == 3)


def test_zero_seconds_turn_counting_off(start):
    app = start(monitoring_seconds=0)
    decide(app, 2)
    app.test_client().post("/predict", json={})
    wait_until(lambda: read_refused(app.extensions[DATABASE]))
    assert uncounted_records(app.extensions[DATABASE]) == 2
    assert counted(app) == 0


def test_stop_stores_the_refused_requests(start, monkeypatch):
    app = start()
    monkeypatch.setattr(monitoring_thread, "TICK", PATIENCE)
    app.extensions[MONITORING].stop()
    app.test_client().post("/predict", json={})
    app.extensions[MONITORING].stop()
    rows = read_refused(app.extensions[DATABASE])
    assert next((row.day, row.field) for row in rows) == (datetime.now(UTC).date(), "")


def test_database_that_is_away_is_waited_for(start, monkeypatch, caplog):
    with monkeypatch.context() as patch:
        failures = []

        def fail(*_arguments):
            failures.append(1)
            raise StorageError("away")

        patch.setattr(check, "check_alarms", fail)
        app = start(monitoring_seconds=1)
        decide(app, 1)
        wait_until(lambda: failures)
    wait_until(lambda: metric(app, 'credit_scoring_alarm{rule="drift"}') == 0)
    assert "monitoring has failed" not in caplog.text


def test_unexpected_error_is_logged_and_ends_nothing(start, monkeypatch, caplog):
    monkeypatch.setattr(monitoring_thread, "LONGEST_PAUSE", 0.02)
    with monkeypatch.context() as patch:
        patch.setattr(check, "check_alarms", lambda *_arguments: 1 / 0)
        app = start(monitoring_seconds=1)
        wait_until(lambda: "monitoring has failed" in caplog.text)
    decide(app, 1)
    wait_until(lambda: counted(app) == 1)


def test_wrong_rules_and_a_missing_secret_stop_the_start(app, app_settings, tmp_path):
    for settings, message in (
        ({"alarm_rules": rules_file(tmp_path, "[[rules]]\nname = 1")}, "a rule has no name"),
        ({"webhook_url": "https://example.org/"}, "CREDIT_SCORING_WEBHOOK_SECRET is not"),
    ):
        with pytest.raises(SettingError, match=message):
            Monitoring(app, dataclasses.replace(app_settings, **settings), app.extensions[DATABASE])


def test_start_waits_for_nothing(app, app_settings, monkeypatch):
    """The threads begin after a tick: a start does not read the database."""
    monitoring = Monitoring(app, app_settings, app.extensions[DATABASE])
    monkeypatch.setattr(monitoring, "_refused", None)
    monitoring.start()
    monitoring._stopping.set()
    assert [thread.name for thread in monitoring._threads] == ["monitoring"]
