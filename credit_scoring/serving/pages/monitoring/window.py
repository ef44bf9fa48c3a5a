"""The choice of the page: the window of days, the order of the features, the model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

PERIODS = {"7": 7, "30": 30, "90": 90, "all": 731}  # days; counts older than two years are not read
DEFAULT_PERIOD = "90"
OWN = "own"
ORDERS = ("verdict", "psi", "missing", "name")
FIRST_DAY = date(1971, 1, 1)  # as in the API
ErrorKey = Literal["not_a_day", "out_of_range", "order"]


@dataclass(frozen=True)
class Choice:
    """What the visitor has chosen, from the query of the page.

    `period` is one of `PERIODS`, or "own" for `since` to `until`, both inclusive. `errors` holds
    the field and the kind of what was wrong; then the default window is shown. `typed` are the
    texts of the fields.
    """

    period: str
    since: date
    until: date
    order: str = ORDERS[0]
    model: str | None = None
    errors: Mapping[str, ErrorKey] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, query: Mapping[str, str], today: date) -> "Choice":
        """The choice of a query; unknown periods and orders are the default ones."""
        typed = {name: query.get(name, "").strip() for name in ("since", "until")}
        common: dict[str, Any] = {
            "order": query.get("sort") if query.get("sort") in ORDERS else ORDERS[0],
            "model": query.get("model", "").strip() or None,
        }
        if not any(typed.values()):
            asked = query.get("days", DEFAULT_PERIOD)
            period = asked if asked in PERIODS else DEFAULT_PERIOD
            return cls(period, today - timedelta(PERIODS[period] - 1), today, **common)
        days, errors = _own_days(typed, today)
        if errors:
            return cls(
                DEFAULT_PERIOD, today - timedelta(PERIODS[DEFAULT_PERIOD] - 1), today,
                errors=errors, typed=typed, **common,
            )  # fmt: skip
        return cls(OWN, *days, typed=typed, **common)

    @property
    def end(self) -> date:
        """The day after the last one: `until` of the API is exclusive."""
        return self.until + timedelta(1)

    def parameters(self, **changes: str) -> dict[str, str]:
        """The query of a link that keeps the choice, with `changes`; "days" replaces own dates."""
        kept = {"since": self.since.isoformat(), "until": self.until.isoformat()}
        window = {"days": self.period} if self.period != OWN else kept
        query = {**window, "sort": self.order, **({"model": self.model} if self.model else {})}
        if "days" in changes:
            query = {name: value for name, value in query.items() if name not in kept}
        defaults = {"days": DEFAULT_PERIOD, "sort": ORDERS[0]}
        merged = {**query, **changes}
        return {name: value for name, value in merged.items() if value != defaults.get(name)}


def _own_days(
    typed: Mapping[str, str], today: date
) -> tuple[tuple[date, date], dict[str, ErrorKey]]:
    """The first and the last day, and what is wrong; an empty last day is today."""
    days = {"since": FIRST_DAY, "until": today}
    errors: dict[str, ErrorKey] = {}
    for name, text in typed.items():
        if text:
            try:
                days[name] = date.fromisoformat(text)
            except ValueError:
                errors[name] = "not_a_day"
    if not typed["since"] and "until" not in errors:
        last = max(days["until"], FIRST_DAY + timedelta(PERIODS[DEFAULT_PERIOD] - 1))
        days["since"] = last - timedelta(PERIODS[DEFAULT_PERIOD] - 1)
    for name, day in days.items():
        if name not in errors and not FIRST_DAY <= day <= date.max - timedelta(1):
            errors[name] = "out_of_range"
    if not errors and days["since"] > days["until"]:
        errors["until"] = "order"
    return (days["since"], days["until"]), errors
