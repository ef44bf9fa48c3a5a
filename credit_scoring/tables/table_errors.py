"""What is wrong with the source tables, collected until all is known, then said at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from credit_scoring.errors import TableError

MOST_NAMED = 10  # columns or levels, in a message


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: the file, the column where there is one, what is found, what was expected or helps."""

    file: str
    found: str
    expected: str
    column: str | None = None

    def __str__(self) -> str:
        """`file: column: found: expected`."""
        return ": ".join(
            part for part in (self.file, self.column, self.found, self.expected) if part
        )


def refuse(path: Path, problems: Iterable[Problem]) -> None:
    """Raise one TableError with every problem, a line each; nothing where there is none."""
    lines = [str(problem) for problem in problems]
    if len(lines) == 1:
        raise TableError(lines[0])
    if lines:
        raise TableError(
            f"{len(lines)} things are wrong with {path}:" + "".join(f"\n- {line}" for line in lines)
        )


def counted(number: int, one: str, many: str) -> str:
    """`1 value is` or `2,000 values are`."""
    return f"1 {one}" if number == 1 else f"{number:,} {many}"


def listed(names: Iterable[object]) -> str:
    """The names, the first few of them where they are many."""
    every = [str(name) for name in names]
    more = f" and {len(every) - MOST_NAMED} more" if len(every) > MOST_NAMED else ""
    return ", ".join(every[:MOST_NAMED]) + more


def first_line(error: BaseException) -> str:
    """What an error of a library says, in a line."""
    return str(error).partition("\n")[0] or type(error).__name__
