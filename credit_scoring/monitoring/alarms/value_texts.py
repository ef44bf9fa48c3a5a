"""The texts of an alarm: its rule's title and action, its value and its limit."""

from collections.abc import Callable
from typing import Literal

from credit_scoring.monitoring.alarms.rules import Rule, shipped_rules
from credit_scoring.monitoring.sentence import Language, Sentence, texts

MOST_EVIDENCE = 1000  # above it, the number does not matter
WHOLE_FROM = 1000  # milliseconds


def value_text(measure: str, value: float | None, language: Language = "en") -> str | None:
    """A value of a measure with its unit; None without a value.

    >>> value_text("latency", 1234.0), value_text("drift", 1e12), value_text("cost", -0.3)
    ('1,234 ms', 'evidence > 1,000', 'within chance')
    """
    if value is None:
        return None
    is_chance = measure in BEYOND_CHANCE and value < 0
    return (Sentence("values.chance") if is_chance else VALUES[measure](value)).text(language)


def limit_text(rule: Rule, *, is_on: bool, language: Language = "en") -> str:
    """Where an alarm that is off goes on, or one that is on goes off.

    >>> from credit_scoring.monitoring.alarms.rules import shipped_rules
    >>> [limit_text(shipped_rules()["volume"], is_on=is_on) for is_on in (False, True)]
    ['on up to 50% of usual', 'off above 70% of usual']
    """
    limit = VALUES[rule.measure](rule.off if is_on else rule.on)
    state = "off" if is_on else "on"
    if limit.key == ABSENT:
        shown = Sentence(PRESENT if is_on else ABSENT)
        return Sentence(f"limits.{state}_if", {"limit": shown}).text(language)
    side = "high" if rule.is_high else "low"
    return Sentence(f"limits.{state}_{side}", {"limit": limit}).text(language)


def rule_text(rule: Rule, part: Literal["title", "action"], language: Language = "en") -> str:
    """The title or the action of a rule; a rule of the settings has them in its own language."""
    own = str(getattr(rule, part))
    shipped = shipped_rules().get(rule.name)
    if language == "en" or shipped is None or own != getattr(shipped, part):
        return own
    return str(texts(language)[f"{part}s"][rule.name])


def counted_text(rule: Rule) -> Sentence | str:
    """What a rule counts; a rule of the settings may count something in its own words."""
    return (
        Sentence(f"counted.{rule.counted}")
        if rule.counted in texts("en")["counted"]
        else rule.counted
    )


def _evidence(value: float) -> Sentence:
    if 0 < value < 1:
        return Sentence("values.less_evidence")
    if value > MOST_EVIDENCE:
        return Sentence("values.much_evidence", {"value": MOST_EVIDENCE})
    return Sentence("values.evidence", {"value": value})


def _milliseconds(value: float) -> Sentence:
    key = "milliseconds" if abs(value) < WHOLE_FROM else "whole_milliseconds"
    return Sentence(f"values.{key}", {"value": value})


def _percent(key: str) -> Callable[[float], Sentence]:
    return lambda share: Sentence(f"values.{key}", {"percent": 100 * share})


def _presence(value: float) -> Sentence:
    key = {0.0: PRESENT, 1.0: ABSENT}.get(value, "values.number")
    return Sentence(key, {"value": value})


PRESENT, ABSENT = "values.present", "values.absent"
BEYOND_CHANCE = ("cost", "refused_share", "missing_share", "refused_requests")  # below 0: chance
VALUES: dict[str, Callable[[float], Sentence]] = {
    "drift": _evidence,
    "calibration": _evidence,
    "cost": _percent("percent_more"),
    "refused_share": _percent("points"),
    "missing_share": _percent("points"),
    "latency": _milliseconds,
    "refused_requests": _percent("percent"),
    "volume": _percent("percent_of_usual"),
    "outcomes_overdue": _percent("percent"),
    "no_reference": _presence,
}  # by measure
