"""Alarm rules: the shipped ones, changed and completed by a file of the settings."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from credit_scoring.errors import SettingError
from credit_scoring.suggestions import did_you_mean
from credit_scoring.toml_file import read_toml

SHIPPED_FILE = Path(__file__).with_name("rules.toml")
VARIABLE = "CREDIT_SCORING_ALARM_RULES"
REMEDY = "write rows of [[rules]] as in credit_scoring/monitoring/alarms/rules.toml"
MAX_RULES = 50  # each is a label of a metric
MAX_NAME = 64  # characters, as many as the column of alarm_changes has
MAX_WHOLE = 1_000_000
MAX_DAYS = 730  # of a model's life that are read
MAX_LIMIT = 1e12
REQUIRED = ("measure", "on", "off", "window", "minimum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An alarm rule.

    The alarm goes on when the value of `measure` reaches the limit `on`, and off when it no longer
    reaches `off`; with `on` < `off`, low values alarm. `window` and `lag` are days. Below `minimum`
    of what is `counted`, nothing is evaluated. `action` says what a person should do.
    """

    name: str
    measure: str
    title: str
    on: float
    off: float
    window: int
    lag: int = 0
    minimum: int
    counted: str = "decisions"
    action: str = ""
    enabled: bool = True

    def is_on(self, value: float, *, was_on: bool) -> bool:
        """Whether the alarm is on at `value`, given whether it was on (hysteresis).

        >>> from dataclasses import replace
        >>> rule = replace(shipped_rules()["latency"], on=1000, off=500)
        >>> [rule.is_on(700, was_on=was_on) for was_on in (False, True)]
        [False, True]
        """
        limit = self.off if was_on else self.on
        return value >= limit if self.is_high else value <= limit

    @property
    def is_high(self) -> bool:
        """Whether high values alarm."""
        return self.on >= self.off


TYPES: dict[str, Any] = {field.name: field.type for field in fields(Rule)}
EXPECTED = {
    str: "a text",
    bool: "true or false",
    int: f"a whole number from 0 to {MAX_WHOLE}",
    float: f"a number, at most {MAX_LIMIT:,.0f}",
}


@cache
def shipped_rules() -> dict[str, Rule]:
    """The shipped rules by name."""
    rows = tomllib.loads(SHIPPED_FILE.read_text(encoding="utf-8"))["rules"]
    return {row["name"]: Rule(**row) for row in rows}


def load_rules(file: Path | None) -> tuple[Rule, ...]:
    """The enabled rules: the shipped ones, with the rows of `file` in their place or added.

    A row for a shipped rule changes only the keys that it has. SettingError names the rule and the
    key that is wrong.
    """
    rules = dict(shipped_rules())
    for row in _rows(file) if file else ():
        rule = _rule(row, shipped_rules().get(row["name"]), f"{file}, rule {row['name']}")
        rules[rule.name] = rule
    if len(rules) > MAX_RULES:
        raise _error(str(file), f"it has {len(rules)} rules: expected at most {MAX_RULES}")
    return tuple(rule for rule in rules.values() if rule.enabled)


def _rows(file: Path) -> list[dict[str, Any]]:
    """The rows of `file`, each a table with a name."""
    content = read_toml(file, SettingError, f"{VARIABLE}: {REMEDY}")
    rows = content.pop("rules", None)
    if content or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _error(str(file), f"it is not a list of rules: {REMEDY}")
    names = set()
    for row in rows:
        name = row.get("name")
        if not (isinstance(name, str) and name.isprintable() and 0 < len(name) <= MAX_NAME):
            raise _error(str(file), f"a rule has no name: expected 1 to {MAX_NAME} characters")
        if name in names:
            raise _error(f"{file}, rule {name}", "it is there twice: rename or remove one row")
        names.add(name)
    return rows


def _rule(row: Mapping[str, Any], changed: Rule | None, place: str) -> Rule:
    """The rule of `row`, a change of `changed` if that is given."""
    for key, value in row.items():
        _require_valid(key, value, place)
    base = {"title": row["name"]} if changed is None else asdict(changed)
    values = {**base, **row}
    if missing := [key for key in REQUIRED if key not in values]:
        raise _error(place, f"{missing[0]} is missing: expected {EXPECTED[TYPES[missing[0]]]}")
    measure = values["measure"]
    measures = [rule.measure for rule in shipped_rules().values()]  # all that there are
    if measure not in measures:
        expected = f"expected one of {', '.join(measures)}{did_you_mean(measure, measures)}"
        raise _error(place, f'measure is "{measure}": {expected}')
    rule = Rule(**values)
    if changed is not None and rule.is_high != changed.is_high:
        order = "at most" if changed.is_high else "more than"
        raise _error(place, f"off is {rule.off:g}: expected {order} on, which is {rule.on:g}")
    return rule


def _require_valid(key: str, value: object, place: str) -> None:
    """SettingError unless `key` is one of a rule's and `value` is of its type."""
    if key not in TYPES:
        raise _error(place, f"{key} is not a key of a rule{did_you_mean(key, TYPES)}: remove it")
    if key in ("window", "lag") and isinstance(value, int) and value > MAX_DAYS:
        raise _error(place, f"{key} is {value}: expected at most {MAX_DAYS} days")
    if not _fits(value, TYPES[key]):
        shown = f'"{value}"' if isinstance(value, str) else value
        raise _error(place, f"{key} is {shown}: expected {EXPECTED[TYPES[key]]}")


def _fits(value: object, kind: type) -> bool:
    if isinstance(value, bool) or kind in (bool, str):
        return isinstance(value, kind)
    if kind is int:
        return isinstance(value, int) and 0 <= value <= MAX_WHOLE
    return isinstance(value, int | float) and abs(value) <= MAX_LIMIT


def _error(place: str, problem: str) -> SettingError:
    return SettingError(f"{VARIABLE}: {place}: {problem}")
