"""Problems of the source tables: collected until all are known, then reported in one error."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from credit_scoring.errors import TableError

MAX_NAMES = 10  # columns or levels listed in a message


@dataclass(frozen=True)
class TableProblem:
    """A problem of a file or a column; the remedy says what was expected, or what helps."""

    file: str
    description: str
    remedy: str
    column: str | None = None

    def __str__(self) -> str:
        """`file: column: description: remedy`."""
        parts = (self.file, self.column, self.description, self.remedy)
        return ": ".join(part for part in parts if part)


def raise_problems(path: Path, problems: Iterable[TableProblem]) -> None:
    """Raise one TableError with a line per problem, if there are any."""
    lines = [str(problem) for problem in problems]
    if len(lines) == 1:
        raise TableError(lines[0])
    if lines:
        listing = "".join(f"\n- {line}" for line in lines)
        raise TableError(f"{len(lines)} things are wrong with {path}:{listing}")


def count_phrase(number: int, singular: str, plural: str) -> str:
    """`1 value is` or `2,000 values are`."""
    return f"1 {singular}" if number == 1 else f"{number:,} {plural}"


def join_names(names: Iterable[str], limit: int = MAX_NAMES) -> str:
    """The first `limit` names, and the number of the others."""
    texts = list(names)
    rest = f" and {len(texts) - limit} more" if len(texts) > limit else ""
    return ", ".join(texts[:limit]) + rest


def first_line(error: BaseException) -> str:
    """The first line of a library's error message."""
    return str(error).partition("\n")[0] or type(error).__name__
