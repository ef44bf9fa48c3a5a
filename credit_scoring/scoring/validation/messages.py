"""The messages of refused requests: "EXT_SOURCE_2 is 57: expected a number from 0 to 1"."""

import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.column_check import MAX_MAGNITUDE
from credit_scoring.errors import FieldError
from credit_scoring.features.feature import Feature
from credit_scoring.scoring.validation.error_budget import MAX_ERRORS, ErrorBudget

MAX_QUOTED = 60  # characters of a value that are repeated to the client
MAX_LEVELS = 12  # levels that a message lists
UNITS_NOT_SHOWN = (
    "", "number", "level", "score", "normalised", "flag", "count", "share", "ratio", "rating",
    "identifier",
)  # fmt: skip


def shorten(text: str) -> str:
    """`text` cut to `MAX_QUOTED` characters, with "?" for what UTF-8 cannot encode."""
    cut = text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}…"
    return cut.encode("utf-8", "replace").decode()


def quote(value: Any) -> str:
    """A JSON value as the client wrote it, short enough for a message.

    >>> quote(True), quote("Cash"), quote(float("nan")), quote({"a": 1}), quote(10**400)
    ('true', '"Cash"', 'NaN', 'an object', 'a number of about 401 digits')
    """
    match value:
        case str():
            return json.dumps(shorten(value), ensure_ascii=False)
        case dict():
            return "an object"
        case list():
            return "a list"
        case int() if abs(value) >= 10**MAX_QUOTED:
            return f"a number of about {int(value.bit_length() * math.log10(2)) + 1} digits"
    return json.dumps(value)


def error_value(value: Any) -> Any:
    """A JSON value for the `value` of an error: unchanged if JSON can hold it and it is short."""
    match value:
        case str():
            return shorten(value)
        case None | bool():
            return value
        case int() | float() if abs(value) < 10**MAX_QUOTED:  # False for NaN
            return value
    return quote(value)


def expected_value(feature: Feature) -> str:
    """The values a feature may have: "a whole number of at least 0 (days)", 'one of "F", "M"'."""
    if feature.levels:
        return f"one of {_list_levels(feature.levels)}"
    number = "a whole number" if feature.whole else "a number"
    unit = "" if feature.unit in UNITS_NOT_SHOWN else f" ({feature.unit})"
    return f"{number}{_range(feature)}{unit}"


def missing_error(feature: ModelFeature) -> FieldError:
    """The error of a required feature that was left out."""
    expected = expected_value(feature.feature)
    return FieldError(feature.name, f"{feature.name} is missing: expected {expected}")


def invalid_error(feature: ModelFeature, value: Any, budget: ErrorBudget) -> FieldError:
    """The error of a feature with an invalid value."""
    hint = _level_hint(value, feature.feature.levels, budget)
    remedy = f"{expected_value(feature.feature)}{hint}{_magnitude_limit(value, feature.feature)}"
    message = f"{feature.name} is {quote(value)}: expected {remedy}"
    return FieldError(feature.name, message, error_value(value))


def derived_error(feature: ModelFeature) -> FieldError:
    """The error of a feature that was sent although the server computes it."""
    inputs = ", ".join(feature.feature.inputs)
    message = f"{feature.name} is computed by the server from {inputs}: remove it"
    return FieldError(feature.name, message)


def unknown_name_errors(
    names: Sequence[str],
    candidates: Collection[str],
    kind: str,
    budget: ErrorBudget,
    derived: Mapping[str, ModelFeature] | None = None,
) -> Iterator[FieldError]:
    """The errors of the first `MAX_ERRORS` of `names`, in their order.

    The names are not `kind`, or they are those of `derived` features.
    """
    for name in names[:MAX_ERRORS]:
        if derived and name in derived:
            yield derived_error(derived[name])
        else:
            yield unknown_name_error(name, candidates, kind, budget)


def unknown_name_error(
    name: str, candidates: Collection[str], kind: str, budget: ErrorBudget
) -> FieldError:
    """The error of a name that is not `kind`, with a hint if one of `candidates` is similar."""
    hint = budget.hint(name, candidates)
    return FieldError(shorten(name), f"{shorten(name)} is not {kind}{hint}: remove it")


def _list_levels(levels: tuple[str, ...]) -> str:
    listed = ", ".join(json.dumps(level, ensure_ascii=False) for level in levels[:MAX_LEVELS])
    rest = len(levels) - MAX_LEVELS
    return f"{listed} or {rest} more (see /model/features)" if rest > 0 else listed


def _level_hint(value: Any, levels: tuple[str, ...], budget: ErrorBudget) -> str:
    """The most similar level if not all levels are listed."""
    if len(levels) <= MAX_LEVELS or not isinstance(value, str):
        return ""
    return budget.hint(value, levels)


def _range(feature: Feature) -> str:
    low, high = feature.minimum, feature.maximum
    if feature.exclusive_minimum and low is not None:
        most = "" if high is None else f" and at most {_bound(high)}"
        return f" greater than {_bound(low)}{most}"
    if low is None:
        return "" if high is None else f" of at most {_bound(high)}"
    if high is None:
        return f" of at least {_bound(low)}"
    return f" from {_bound(low)} to {_bound(high)}"


def _bound(bound: float) -> str:
    """A bound, without the fraction if it is whole."""
    return str(int(bound)) if bound == int(bound) else str(bound)


def _magnitude_limit(value: Any, feature: Feature) -> str:
    """The limit for numbers without a bound, if `value` exceeds it."""
    if not isinstance(value, int | float) or not MAX_MAGNITUDE < abs(value) < math.inf:
        return ""
    bound = feature.maximum if value > 0 else feature.minimum
    return f", {MAX_MAGNITUDE:g} in size at most" if bound is None else ""
