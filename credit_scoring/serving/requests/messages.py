"""The words of a refusal: "EXT_SOURCE_2 is 57: expected a number from 0 to 1"."""

import json
import math
from typing import Any

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.errors import FieldError
from credit_scoring.features.feature import Feature
from credit_scoring.suggestions import did_you_mean

LONGEST = 60  # characters of a value that are repeated to the sender
LEVELS_SHOWN = 12
MOST_ERRORS = (
    200  # unknown names listed in one answer; the model's own features are always all named
)
HINTS = 20  # unknown names compared with the known ones: each costs a millisecond
LARGEST = 1e30  # size of a number where the contract sets no bound: the model computes in 32 bits, up to 3e38
PLAIN_UNITS = (
    "",
    "number",
    "level",
    "score",
    "normalised",
    "flag",
    "count",
    "share",
    "ratio",
    "rating",
    "identifier",
)


def plain(text: str) -> str:
    """`text` as UTF-8 can carry it (lone surrogates become "?"), cut to `LONGEST` characters."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return cut.encode("utf-8", "replace").decode()


def shown(value: Any) -> str:
    """A JSON value as the sender wrote it, short enough to repeat.

    >>> shown(True), shown("Cash"), shown(float("nan")), shown({"a": 1}), shown(10**400)
    ('true', '"Cash"', 'NaN', 'an object', 'a number of about 401 digits')
    """
    match value:
        case str():
            return json.dumps(plain(value), ensure_ascii=False)
        case dict():
            return "an object"
        case list():
            return "a list"
        case int() if abs(value) >= 10**LONGEST:
            return f"a number of about {int(value.bit_length() * math.log10(2)) + 1} digits"
    return json.dumps(value)


def echoed(value: Any) -> Any:
    """A JSON value for the `value` of an error: itself where it is short and JSON can hold it, else `shown`."""
    match value:
        case str():
            return plain(value)
        case None | bool():
            return value
        case int() | float() if abs(value) < 10**LONGEST:  # False for NaN
            return value
    return shown(value)


def expected(asked: ModelFeature) -> str:
    """What a feature may be: "a whole number of at least 0 (days)", 'one of "Cash loans", "Revolving loans"'."""
    feature = asked.feature
    if feature.levels:
        return f"one of {_listed(feature.levels)}"
    kind = "a whole number" if feature.whole else "a number"
    unit = "" if feature.unit in PLAIN_UNITS else f" ({feature.unit})"
    return f"{kind}{_bounds(feature.minimum, feature.maximum)}{unit}"


def missing(asked: ModelFeature) -> FieldError:
    """The error of a feature that is left out and must not be."""
    return FieldError(asked.name, f"{asked.name} is missing: expected {expected(asked)}")


def wrong(asked: ModelFeature, value: Any) -> FieldError:
    """The error of a feature whose value is not what is expected."""
    remedy = (
        f"{expected(asked)}{_near_level(value, asked.feature.levels)}{_size(value, asked.feature)}"
    )
    return FieldError(
        asked.name, f"{asked.name} is {shown(value)}: expected {remedy}", echoed(value)
    )


def derived(feature: ModelFeature) -> FieldError:
    """The error of a feature that is sent although the server computes it."""
    inputs = ", ".join(feature.feature.inputs)
    return FieldError(
        feature.name, f"{feature.name} is computed by the server from {inputs}: remove it"
    )


def unknown(name: str, known: list[str], kind: str) -> FieldError:
    """The error of a name that is none of its `kind`, with the nearest of `known` unless that is empty."""
    hint = did_you_mean(name, known) if len(name) <= LONGEST else ""
    return FieldError(plain(name), f"{plain(name)} is not {kind}{hint}: remove it")


def _listed(levels: tuple[str, ...]) -> str:
    first = ", ".join(json.dumps(level, ensure_ascii=False) for level in levels[:LEVELS_SHOWN])
    more = len(levels) - LEVELS_SHOWN
    return f"{first} or {more} more (see /model/features)" if more > 0 else first


def _near_level(value: Any, levels: tuple[str, ...]) -> str:
    """A hint where not all levels are listed."""
    many = len(levels) > LEVELS_SHOWN and isinstance(value, str) and len(value) <= LONGEST
    return did_you_mean(value, list(levels)) if many else ""


def _bounds(low: float | None, high: float | None) -> str:
    if low is None:
        return "" if high is None else f" of at most {number(high)}"
    return (
        f" of at least {number(low)}" if high is None else f" from {number(low)} to {number(high)}"
    )


def number(bound: float) -> str:
    """A bound without a needless fraction."""
    return str(int(bound)) if bound == int(bound) else str(bound)


def _size(value: Any, feature: Feature) -> str:
    """The bound that stands in no contract, for a number that breaks it."""
    if not isinstance(value, (int, float)) or not LARGEST < abs(value) < math.inf:
        return ""
    return (
        f", {LARGEST:g} in size at most"
        if (feature.maximum if value > 0 else feature.minimum) is None
        else ""
    )
