"""The value and the limit of an alarm in words."""

from collections.abc import Callable

from credit_scoring.monitoring.alarms.rules import Rule

MOST_EVIDENCE = 1000  # above it, the number does not matter
WHOLE_FROM = 1000  # milliseconds
PRESENT, MISSING = "present", "missing"


def value_text(measure: str, value: float | None) -> str | None:
    """A value of a measure with its unit; None without a value.

    >>> value_text("latency", 1234.0), value_text("drift", 1e12), value_text("cost", -0.3)
    ('1,234 ms', 'evidence > 1,000', 'within chance')
    """
    if value is None:
        return None
    return "within chance" if measure in BEYOND_CHANCE and value < 0 else TEXTS[measure](value)


def limit_text(rule: Rule, *, is_on: bool) -> str:
    """Where an alarm that is off goes on, or one that is on goes off.

    >>> from credit_scoring.monitoring.alarms.rules import shipped_rules
    >>> [limit_text(shipped_rules()["volume"], is_on=is_on) for is_on in (False, True)]
    ['on up to 50% of usual', 'off above 70% of usual']
    """
    text = TEXTS[rule.measure](rule.off if is_on else rule.on)
    if text == MISSING:
        return f"off if {PRESENT}" if is_on else f"on if {MISSING}"
    if is_on:
        return f"off {'below' if rule.is_high else 'above'} {text}"
    return f"on {'from' if rule.is_high else 'up to'} {text}"


def _evidence(value: float) -> str:
    if 0 < value < 1:
        return "evidence < 1"
    if value > MOST_EVIDENCE:
        return f"evidence > {MOST_EVIDENCE:,}"
    return f"evidence {value:.3g}"


def _milliseconds(value: float) -> str:
    return f"{value:,.4g} ms" if abs(value) < WHOLE_FROM else f"{value:,.0f} ms"


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"


def _points(share: float) -> str:
    return f"{100 * share:.3g} points"


def _presence(value: float) -> str:
    return {0.0: PRESENT, 1.0: MISSING}.get(value, f"{value:g}")


BEYOND_CHANCE = ("cost", "refused_share", "missing_share", "refused_requests")  # below 0: chance
TEXTS: dict[str, Callable[[float], str]] = {
    "drift": _evidence,
    "calibration": _evidence,
    "cost": lambda share: f"{_percent(share)} more",
    "refused_share": _points,
    "missing_share": _points,
    "latency": _milliseconds,
    "refused_requests": _percent,
    "volume": lambda share: f"{_percent(share)} of usual",
    "outcomes_overdue": _percent,
    "no_reference": _presence,
}  # by measure
