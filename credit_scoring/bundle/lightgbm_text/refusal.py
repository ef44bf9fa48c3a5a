"""The error of the grammar, and the comparison of keys that header and trees share."""

import reprlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

MAX_LINES = 1_000  # of a part of the text; a few dozen are usual
SHOWN = reprlib.Repr()  # of a value in a message
SHOWN.maxstring = 60  # characters


class TextError(ValueError):
    """LightGBM's text breaks a rule; the message has the place, the key, its value and the rule."""


def refusal(place: str, key: str, value: Any, expected: str) -> TextError:
    """The error for the value of a key; `place` is the tree or another part of the text."""
    shown = SHOWN.repr(value) if isinstance(value, str) else value
    return TextError(f"{place}: {key} is {shown}: expected {expected}")


def require_few_lines(place: str, text: str, start: int, end: int, limit: int = MAX_LINES) -> None:
    """TextError if the part of the text from `start` to `end` has more lines than `limit`."""
    count = text.count("\n", start, end)
    if count > limit:
        raise refusal(place, "the number of lines", count, f"at most {limit}")


def split_lines(lines: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys and the values of lines `key=value`."""
    pairs = [line.partition("=") for line in lines]
    return tuple(key for key, _, _ in pairs), tuple(value for _, _, value in pairs)


def wrong_keys(place: str, keys: Sequence[str], expected: Sequence[str]) -> TextError:
    """The error for keys that differ from the expected ones: repeated, missing, unknown, moved."""
    for key, count in Counter(keys).items():
        if count > 1:
            return refusal(place, f"the number of lines {SHOWN.repr(key)}", count, "1")
    for key in expected:
        if key not in keys:
            return TextError(f"{place}: {key} is absent: expected a line with it")
    for key in keys:
        if key not in expected:
            return refusal(place, "a line", key, f"one of {', '.join(expected)}")
    moved = next(key for key, other in zip(keys, expected, strict=True) if key != other)
    return refusal(place, "a line", moved, f"the order {', '.join(expected)}")
