"""The names of a table's columns, cleaned of what nobody sees: one rule for all kinds of files."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from credit_scoring.errors import TableError
from credit_scoring.tables.table_errors import join_names

INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"  # byte-order mark, zero-width characters
MAX_SHOWN = 60  # characters of a name in a message


def clean_name(name: str) -> str:
    r"""The name in Unicode's composed form (NFC), without blanks around it.

    >>> clean_name(" income\u00a0"), clean_name("Re\u0301gion")
    ('income', 'Région')
    """
    return unicodedata.normalize("NFC", name.strip(INVISIBLE).strip().strip(INVISIBLE))


def clean_names(names: Sequence[str], path: Path) -> list[str]:
    """The names, cleaned; a column without one is called by its position, such as `column 3`.

    TableError if two columns have the same name, or a name is a pattern.
    """
    cleaned = [clean_name(name) or f"column {i}" for i, name in enumerate(names, 1)]
    positions: dict[str, list[int]] = {}
    for position, name in enumerate(cleaned, 1):
        positions.setdefault(name, []).append(position)
    repeated = {name: places for name, places in positions.items() if len(places) > 1}
    if repeated:
        shown = [_describe(name, [names[i - 1] for i in p], p) for name, p in repeated.items()]
        raise TableError(f"{path} has the column {join_names(shown, 3)}: rename or remove one")
    _refuse_patterns(cleaned, path)
    return cleaned


def _refuse_patterns(names: Sequence[str], path: Path) -> None:
    """Polars would take such a name for a pattern that selects all columns that match."""
    for name in names:
        if name == "*" or (name.startswith("^") and name.endswith("$")):
            raise TableError(
                f"{path} has the column {name!r}, which reads as a pattern (* or ^…$): rename it"
            )


def _describe(name: str, written: Sequence[str], positions: Sequence[int]) -> str:
    times = "twice" if len(positions) == 2 else f"{len(positions)} times"  # noqa: PLR2004
    differ = ", different only in blanks or accents" if len(set(written)) > 1 else ""
    places = " and ".join(map(str, positions[:2]))
    return f"{name[:MAX_SHOWN]!r} {times} (columns {places}{differ})"
