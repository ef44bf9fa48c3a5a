"""Evaluation of the alarm rules, and the storage of the alarms that go on or off."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from credit_scoring.monitoring.alarms.alarm_log import AlarmChange, AlarmLog, AlarmStates, NewChange
from credit_scoring.monitoring.alarms.measures import MEASURES, Measurement
from credit_scoring.monitoring.alarms.rules import Rule
from credit_scoring.monitoring.alarms.value_texts import (
    counted_text,
    limit_text,
    rule_text,
    value_text,
)
from credit_scoring.monitoring.model_facts import ModelFacts
from credit_scoring.monitoring.sentence import Language, Sentence
from credit_scoring.monitoring.summary_shape import AlarmStatus

ATTEMPTS = 3
REPLACED = "another model is in use"
REMOVED = "the rule is not in use any more"
AlarmState = Literal["on", "off", "not evaluated"]


@dataclass(frozen=True, slots=True)
class Alarm:
    """The state of a rule, and the measurement that it follows from.

    `limit` is the one that would change the state. `since` is the first day of the change if the
    measure knows it, else `on_since`, the day on which the alarm went on; None if it is off.
    """

    rule: Rule
    state: AlarmState
    value: float | None
    limit: float
    since: date | None
    on_since: date | None
    message: Sentence
    was_on: bool

    def as_dict(self, language: Language = "en") -> AlarmStatus:
        """Return values for JSON, the texts in a language."""
        return {
            "rule": self.rule.name,
            "title": rule_text(self.rule, "title", language),
            "state": self.state,
            "value": self.value,
            "value_text": value_text(self.rule.measure, self.value, language),
            "limit": self.limit,
            "limit_text": limit_text(self.rule, is_on=self.state == "on", language=language),
            "since": self.since.isoformat() if self.since else None,
            "on_since": self.on_since.isoformat() if self.on_since else None,
            "message": self.message.text(language),
            "action": rule_text(self.rule, "action", language),
        }

    @property
    def is_changed(self) -> bool:
        """Whether it went on or off."""
        return (self.state == "on") != self.was_on


def evaluate(facts: ModelFacts, rules: Iterable[Rule], states: AlarmStates) -> list[Alarm]:
    """The alarms of a model, those that are on first, else in the order of the rules."""
    alarms = [_alarm(facts, rule, states) for rule in rules]
    return sorted(alarms, key=lambda alarm: alarm.state != "on")


def _alarm(facts: ModelFacts, rule: Rule, states: AlarmStates) -> Alarm:
    measured = MEASURES[rule.measure](facts, rule)
    last = states.on(facts.model.digest).get(rule.name)
    was_on = last is not None
    has_enough = measured.value is not None and measured.number >= rule.minimum
    enough = has_enough and not facts.is_behind
    is_on = rule.is_on(measured.value or 0.0, was_on=was_on) if enough else was_on
    state: AlarmState = "on" if is_on else "off" if enough else "not evaluated"
    first_day = last.since if last else measured.since or facts.today
    return Alarm(
        rule=rule,
        state=state,
        value=measured.value,
        limit=rule.off if is_on else rule.on,
        since=first_day if is_on else None,
        on_since=(last.made_at.date() if last else facts.today) if is_on else None,
        message=measured.message if enough else _reason(facts, measured, rule),
        was_on=was_on,
    )


def _reason(facts: ModelFacts, measured: Measurement, rule: Rule) -> Sentence:
    """Why the rule is not evaluated."""
    if facts.is_behind:
        return Sentence("alarms.behind")
    if measured.value is None:
        return measured.message
    counted = counted_text(rule)
    values = {"number": measured.number, "counted": counted, "minimum": rule.minimum}
    return Sentence("alarms.few", values)


def store_changes(
    alarm_log: AlarmLog, facts: ModelFacts, rules: Sequence[Rule], *, has_all_rules: bool = True
) -> tuple[list[Alarm], list[NewChange]]:
    """The alarms of a model, and the changes of these that are stored now.

    Alarms of other models that are on go off: those models decide nothing any more. So do those of
    removed rules, unless another process may have more rules than these (`has_all_rules`). If other
    processes store changes at the same time, their evaluation counts.
    """
    for _ in range(ATTEMPTS):
        states = alarm_log.states()
        alarms = evaluate(facts, rules, states)
        changes = [
            *(_change(alarm, facts.model.digest) for alarm in alarms if alarm.is_changed),
            *(_off(one, REMOVED) for one in unknown_alarms(states, facts, rules) if has_all_rules),
            *(_off(one, REPLACED) for one in states.on_for_others(facts.model.digest)),
        ]
        if not changes or alarm_log.append(changes, states.newest):
            return alarms, changes
    return alarms, []


def _change(alarm: Alarm, digest: str) -> NewChange:
    is_on = alarm.state == "on"
    return NewChange(
        model_digest=digest,
        rule=alarm.rule.name,
        state="on" if is_on else "off",
        value=alarm.value or 0.0,
        limit_value=alarm.rule.on if is_on else alarm.rule.off,
        since=alarm.since,
        message=alarm.message.text(),
    )


def unknown_alarms(
    states: AlarmStates, facts: ModelFacts, rules: Iterable[Rule]
) -> list[AlarmChange]:
    """The alarms of the model that are on by rules that are not among `rules`."""
    names = {rule.name for rule in rules}
    on = states.on(facts.model.digest)
    return [change for name, change in on.items() if name not in names]


def _off(change: AlarmChange, message: str) -> NewChange:
    return NewChange(
        model_digest=change.model_digest,
        rule=change.rule,
        state="off",
        value=change.value,
        limit_value=change.limit_value,
        since=None,
        message=message,
    )
