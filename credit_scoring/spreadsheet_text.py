"""Texts in CSV files that people open in a spreadsheet (OWASP, CSV injection)."""

from typing import Any

# A spreadsheet runs a cell that begins with one of these as a formula.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")  # the last four are full-width forms


def without_formula(value: Any) -> Any:
    """A text that no spreadsheet runs; other values are unchanged.

    >>> without_formula("=1+1"), without_formula("100002"), without_formula(-1.5)
    ("'=1+1", '100002', -1.5)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
