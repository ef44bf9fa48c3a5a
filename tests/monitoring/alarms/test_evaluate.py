"""Alarms go on and off with hysteresis, are stored once, and end when another model is in use."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from credit_scoring.monitoring.alarms.alarm_log import AlarmLog, AlarmStates
from credit_scoring.monitoring.alarms.evaluate import evaluate, store_changes, unknown_alarms
from credit_scoring.monitoring.alarms.rules import shipped_rules
from tests.monitoring.alarms.changes import new_change
from tests.monitoring.model_counts import TODAY, draw_day, facts_of

LATENCY = shipped_rules()["latency"]
SLOW, SLOWER, FAST = 41, 46, 20  # bins of some 600 ms, 2,000 ms and 5 ms


@pytest.fixture
def alarm_log(engine):
    return AlarmLog(engine)


@pytest.fixture
def facts(rng, manifest):
    def facts(latency_bin, number=200):
        return facts_of(manifest, {TODAY: draw_day(rng, number, latency_bin=latency_bin)})

    return facts


def store(alarm_log, facts):
    (alarm,), changes = store_changes(alarm_log, facts, [LATENCY])
    return alarm.state, [change.state for change in changes]


def test_changes_are_stored_with_hysteresis(alarm_log, facts):
    steps = [(SLOW, "off", []), (SLOWER, "on", ["on"]), (SLOWER, "on", []), (SLOW, "on", []),
             (FAST, "off", ["off"]), (SLOW, "off", [])]  # fmt: skip
    for latency_bin, state, changes in steps:
        assert store(alarm_log, facts(latency_bin)) == (state, changes)


def test_alarm_stays_while_there_are_too_few_decisions(alarm_log, facts):
    store(alarm_log, facts(SLOWER))
    assert store(alarm_log, facts(FAST, 99)) == ("on", [])
    (alarm,) = evaluate(facts(FAST, 99), [LATENCY], alarm_log.states())
    assert alarm.message.text() == "99 decisions: evaluated from 100 on"


def test_alarm_stays_while_counting_is_behind(alarm_log, facts):
    behind = replace(facts(SLOWER), is_behind=True)
    assert store(alarm_log, behind) == ("not evaluated", [])
    store(alarm_log, facts(SLOWER))
    assert store(alarm_log, replace(facts(FAST), is_behind=True)) == ("on", [])
    (alarm,) = evaluate(behind, [LATENCY], alarm_log.states())
    assert alarm.message.text() == "counting is more than an hour behind"


def test_alarm_of_a_removed_rule_goes_off_once(alarm_log, facts):
    store(alarm_log, facts(SLOWER))
    other_rules = [shipped_rules()["no-reference"]]
    _, changes = store_changes(alarm_log, facts(SLOWER), other_rules)
    assert [(one.rule, one.state, one.message) for one in changes] == [
        ("latency", "off", "the rule is not in use any more")
    ]
    assert store_changes(alarm_log, facts(SLOWER), other_rules)[1] == []
    assert alarm_log.states().on(facts(FAST).model.digest) == {}


def test_alarm_of_a_rule_that_another_process_has_stays(alarm_log, facts):
    """`monitor` with other rules than the service's."""
    store(alarm_log, facts(SLOWER))
    for _ in range(2):
        alarms, changes = store_changes(alarm_log, facts(FAST), [], has_all_rules=False)
        assert (alarms, changes) == ([], [])
    (unknown,) = unknown_alarms(alarm_log.states(), facts(FAST), [])
    assert (unknown.rule, unknown.state) == ("latency", "on")


def test_stored_change_has_value_limit_day_and_message(alarm_log, facts):
    store(alarm_log, facts(SLOWER))
    (change,) = alarm_log.states().on(facts(FAST).model.digest).values()
    assert (change.limit_value, change.since) == (1000, TODAY)
    assert change.value > 1000
    assert change.message.startswith("95% of decisions take up to ")


def test_alarm_keeps_the_day_on_which_it_began(alarm_log, facts, manifest, rng):
    store(alarm_log, facts(SLOWER))
    later = TODAY + timedelta(1)
    slow_day = {later: draw_day(rng, 200, latency_bin=SLOWER)}
    (alarm,) = evaluate(facts_of(manifest, slow_day, today=later), [LATENCY], alarm_log.states())
    assert (alarm.state, alarm.since) == ("on", TODAY)


def test_of_several_processes_one_stores_the_change(alarm_log, facts):
    slower = facts(SLOWER)
    with ThreadPoolExecutor(4) as pool:
        results = [*pool.map(lambda _: store(alarm_log, slower), range(4))]
    assert sorted(changes for _, changes in results) == [[], [], [], ["on"]]
    assert {state for state, _ in results} == {"on"}


def test_alarms_of_a_replaced_model_go_off(alarm_log, facts):
    alarm_log.append([new_change(model_digest="b" * 64)], 0)
    _, changes = store_changes(alarm_log, facts(FAST), [LATENCY])
    (change,) = changes
    assert (change.model_digest, change.state) == ("b" * 64, "off")
    assert change.message == "another model is in use"
    assert store(alarm_log, facts(FAST)) == ("off", [])


def test_alarms_that_are_on_come_first(facts):
    rules = shipped_rules().values()
    alarms = evaluate(facts(SLOWER), rules, AlarmStates({}, 0))
    assert [alarm.rule.name for alarm in alarms if alarm.state == "on"] == ["latency"]
    assert alarms[0].as_dict()["rule"] == "latency"
    assert alarms[0].as_dict()["action"] == LATENCY.action
