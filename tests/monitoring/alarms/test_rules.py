"""Alarm rules: shipped rows, changes by a file, refusal of wrong rows, hysteresis."""

import pytest

from credit_scoring.errors import SettingError
from credit_scoring.monitoring.alarms.rules import Rule, load_rules, shipped_rules

ROW = """
[[rules]]
name = "slow"
measure = "latency"
on = 100
off = 50
window = 7
minimum = 10
"""


def rule(**values):
    row = {"name": "r", "measure": "m", "title": "", "window": 1, "minimum": 0}
    return Rule(**row, **values)


def load(tmp_path, text):
    file = tmp_path / "rules.toml"
    file.write_text(text, encoding="utf-8")
    return {row.name: row for row in load_rules(file)}


def states(rule, values):
    """The states after each of `values`, from off."""
    is_on, history = False, []
    for value in values:
        is_on = rule.is_on(value, was_on=is_on)
        history.append(is_on)
    return history


def test_high_value_alarms_until_it_is_below_the_lower_limit():
    assert states(rule(on=10, off=5), [9, 10, 7, 5, 4.9, 9]) == [False, *[True] * 3, False, False]


def test_low_value_alarms_until_it_is_above_the_upper_limit():
    values = [0.6, 0.5, 0.6, 0.7, 0.71, 0.6]
    assert states(rule(on=0.5, off=0.7), values) == [False, True, True, True, False, False]


def test_equal_limits_alarm_from_the_limit_on():
    assert states(rule(on=1, off=1), [0, 1, 0]) == [False, True, False]


def test_without_a_file_the_shipped_rules_apply():
    assert load_rules(None) == tuple(shipped_rules().values())


@pytest.mark.parametrize("shipped", shipped_rules().values(), ids=lambda shipped: shipped.name)
def test_shipped_rule_says_what_to_do_and_needs_more_than_30_decisions(shipped):
    assert shipped.action.endswith(".")
    assert shipped.minimum >= 100


def test_row_changes_only_its_keys(tmp_path):
    rules = load(tmp_path, '[[rules]]\nname = "latency"\non = 2500.5\n')
    assert rules["latency"].on == 2500.5
    assert rules["latency"].off == shipped_rules()["latency"].off
    assert len(rules) == len(shipped_rules())


def test_row_disables_a_rule(tmp_path):
    assert "volume" not in load(tmp_path, '[[rules]]\nname = "volume"\nenabled = false\n')


def test_row_with_a_new_name_is_added(tmp_path):
    rules = load(tmp_path, ROW)
    assert rules["slow"] == Rule(
        name="slow", title="slow", measure="latency", on=100, off=50, window=7, minimum=10
    )
    assert rules.keys() > shipped_rules().keys()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules = 1", "it is not a list of rules: write rows of [[rules]]"),
        ("other = 1", "it is not a list of rules"),
        ("[[rules]]\non = 1", "a rule has no name: expected 1 to 64 characters"),
        ("[[rules]]\nname = 7", "a rule has no name"),
        (ROW + "limit = 5", "rule slow: limit is not a key of a rule: remove it"),
        (ROW.replace("window", "windows"), "windows is not a key of a rule (did you mean window?)"),
        (ROW.replace("= 100", '= "100"'), 'on is "100": expected a number'),
        (ROW.replace("= 100", "= nan"), "on is nan: expected a number"),
        (ROW.replace("= 100", "= true"), "on is True: expected a number"),
        (ROW.replace("= 7", "= 7.5"), "window is 7.5: expected a whole number from 0 to 1000000"),
        (ROW.replace("= 7", "= -7"), "window is -7: expected a whole number from 0"),
        (ROW + "enabled = 1", "enabled is 1: expected true or false"),
        (ROW.replace("off = 50\n", ""), "rule slow: off is missing: expected a number"),
        (ROW.replace('"latency"', '"latenz"'), 'measure is "latenz": expected one of drift, '),
        (ROW.replace('"latency"', '"latenz"'), "(did you mean latency?)"),
        ("[[rules", "cannot be read as TOML"),
        (ROW + ROW, "rule slow: it is there twice: rename or remove one row"),
        (ROW.replace("= 7", "= 731"), "rule slow: window is 731: expected at most 730 days"),
        (ROW + "lag = 1000000", "rule slow: lag is 1000000: expected at most 730 days"),
        (ROW.replace("= 100", "= 1" + "0" * 400), "0: expected a number, at most 1,000,000"),
        ('[[rules]]\nname = "volume"\non = 0.8', "off is 0.7: expected more than on, which is 0.8"),
        ('[[rules]]\nname = "latency"\non = 250', "off is 500: expected at most on, which is 250"),
    ],
)
def test_wrong_file_is_refused_with_the_remedy(tmp_path, text, message):
    with pytest.raises(SettingError) as caught:
        load(tmp_path, text)
    assert message in str(caught.value)
    assert "CREDIT_SCORING_ALARM_RULES" in str(caught.value)


def test_too_many_rules_are_refused(tmp_path):
    rows = "".join(ROW.replace("slow", f"slow{number}") for number in range(50))
    with pytest.raises(SettingError, match="rules: expected at most 50"):
        load(tmp_path, rows)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(SettingError, match="No such file"):
        load_rules(tmp_path / "none.toml")
