"""The check of one value: missing marks, range, whole numbers, levels and their codes.

Requests, raw records and suggested actions use it, with a `Column` of a table or with a `Feature`
of any lender's model. `contracts.column_check` applies the same rules to a whole column.
"""

from typing import Any

from credit_scoring.contracts.column_check import in_range, sentinels
from credit_scoring.contracts.contract import ValueConstraints


def missing_marks(constraints: ValueConstraints) -> tuple[str | float, ...]:
    """Sentinel values of the source, such as "XNA" or 365243, which mean "missing".

    The texts of a number are those of files: a request has null.
    """
    texts = constraints.missing if constraints.levels else ()
    return (*texts, *sentinels(constraints))


def is_whole_number(value: Any) -> bool:
    """Whether a value is a number without a fraction: 3 or 3.0, but not 2.9999999999 or true."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and not value % 1  # NaN for NaN and infinity, which counts as true


def is_valid(value: Any, constraints: ValueConstraints) -> bool:
    """Whether a value that is not missing is a known level, or a number that is allowed."""
    if constraints.levels:
        return value in constraints.levels
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return in_range(value, constraints) and (not constraints.whole or is_whole_number(value))


def level_codes(constraints: ValueConstraints) -> dict[str, int]:
    """The code of each level: its place among the levels."""
    return {level: code for code, level in enumerate(constraints.levels)}
