"""Columns: the numbers that one key has in many trees, parsed and checked together.

A model of 3 MB has hundreds of thousands of numbers: a Python loop with a check for each is slow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from credit_scoring.bundle.lightgbm_text.refusal import refusal

Ints: TypeAlias = NDArray[np.int64]
WHOLE = b"0123456789- "
DECIMAL = b"0123456789-+.e "
BOUND = DECIMAL + b"inf"


@dataclass(frozen=True)
class Column:
    """The values of a key of consecutive trees; those of tree i are at starts[i] to starts[i + 1].

    `first` is the number of the first tree.
    """

    key: str
    values: NDArray[Any]
    starts: Ints
    first: int

    def require(self, is_valid: NDArray[np.bool_], expected: str) -> None:
        """TextError with the first value that is not valid, and its tree."""
        if not is_valid.all():
            index = int(np.argmin(is_valid))
            tree = int(np.searchsorted(self.starts, index, side="right")) - 1
            place = f"tree {self.first + tree}"
            raise refusal(place, self.key, self.values[index].item(), expected)

    def trees(self) -> Ints:
        """The position of each value's tree."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def positions(self) -> Ints:
        """The position of each value in its tree."""
        return np.arange(len(self.values)) - np.repeat(self.starts[:-1], np.diff(self.starts))


def whole_numbers(key: str, texts: Sequence[str], counts: Ints, first: int) -> Column:
    """The column of whole numbers, `counts` of them per tree."""
    return _column(key, texts, counts, first, int, WHOLE, "whole numbers")


def decimals(key: str, texts: Sequence[str], counts: Ints, first: int) -> Column:
    """The column of finite numbers, `counts` of them per tree."""
    column = _column(key, texts, counts, first, float, DECIMAL, "numbers")
    column.require(np.isfinite(column.values), "a finite number")
    return column


def bounds(key: str, texts: Sequence[str], counts: Ints, first: int) -> Column:
    """The column of finite numbers or inf, which is the upper end of the last bin."""
    column = _column(key, texts, counts, first, float, BOUND, "numbers")
    column.require(column.values > -np.inf, "a finite number or inf")
    return column


def _column(
    key: str, texts: Sequence[str], counts: Ints, first: int, number: type, alphabet: bytes,
    expected: str,
) -> Column:  # fmt: skip
    lengths = np.array([text.count(" ") + 1 if text else 0 for text in texts], dtype=np.int64)
    for tree in np.flatnonzero(lengths != counts)[:1].tolist():
        has = f"the number of values in {key}"
        raise refusal(f"tree {first + tree}", has, int(lengths[tree]), str(counts[tree]))
    starts = np.concatenate(([0], np.cumsum(counts)))
    values = _parsed(" ".join(text for text in texts if text), number, alphabet)
    if values is None:
        for tree, text in enumerate(texts):
            if text and _parsed(text, number, alphabet) is None:
                raise refusal(f"tree {first + tree}", key, text, f"{expected}, a space between two")
        raise AssertionError
    return Column(key, values, starts, first)


def _parsed(text: str, number: type, alphabet: bytes) -> NDArray[Any] | None:
    """The numbers in `text`; None unless it has only numbers and single spaces."""
    dtype = np.int64 if number is int else np.float64
    try:
        if text.encode().translate(None, alphabet):
            return None
        return np.array(list(map(number, text.split(" "))) if text else [], dtype=dtype)
    except (ValueError, OverflowError):
        return None
