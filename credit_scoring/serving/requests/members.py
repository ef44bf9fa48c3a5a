"""Small bodies and queries, held to a table of members: every offending one is named at once, in a request's words."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from credit_scoring.errors import FieldError, RequestError
from credit_scoring.serving.requests.messages import (
    HINTS,
    LONGEST,
    MOST_ERRORS,
    echoed,
    plain,
    shown,
)
from credit_scoring.suggestions import did_you_mean

EARLIEST = 1971


@dataclass(frozen=True)
class Member:
    """What a member may be: `read` gives its value, and raises ValueError or TypeError where it is not as
    `expected`.
    """

    read: Callable[[Any], Any]
    expected: str


def checked(
    given: Mapping[str, Any], members: Mapping[str, Member], required: Collection[str] | None = None
) -> dict[str, Any]:
    """The values of `given` as `members` read them, all `required` (None: every one) there; else RequestError 422."""
    values, errors = {}, []
    for name, member in members.items():
        if name in given:
            try:
                values[name] = member.read(given[name])
            except (TypeError, ValueError):
                message = f"{name} is {shown(given[name])}: expected {member.expected}"
                errors.append(FieldError(name, message, echoed(given[name])))
        elif required is None or name in required:
            errors.append(FieldError(name, f"{name} is missing: expected {member.expected}"))
    others = [name for name in given if name not in members]
    errors += [
        _unknown(name, list(members) if i < HINTS else [])
        for i, name in enumerate(others[:MOST_ERRORS])
    ]
    if errors:
        raise RequestError(
            errors[0].message, status=422, title="Request refused", errors=tuple(errors)
        )
    return values


def _unknown(name: str, known: list[str]) -> FieldError:
    hint = did_you_mean(name, known) if len(name) <= LONGEST else ""
    return FieldError(plain(name), f"{plain(name)} is not known here{hint}: remove it")


def one_of(*words: str) -> Member:
    """One of some words."""

    def read(value: Any) -> str:
        if value not in words:
            raise ValueError
        return str(value)

    return Member(read, f"one of {', '.join(shown(word) for word in words)}")


def line(longest: int) -> Member:
    """One line of text that can be printed, of so many characters at most."""

    def read(value: Any) -> str:
        if (
            not isinstance(value, str)
            or not value.strip()
            or len(value) > longest
            or not value.isprintable()
        ):
            raise ValueError
        return value

    return Member(read, f"a line of 1 to {longest} characters")


def text(longest: int) -> Member:
    """Lines of text, of so many characters at most."""
    one = line(longest)

    def read(value: Any) -> str:
        one.read(value.replace("\n", " ") if isinstance(value, str) else value)
        return str(value)

    return Member(read, f"a text of 1 to {longest} characters")


def whole(low: int, high: int, *, text: bool = False) -> Member:
    """A whole number from `low` to `high`; `text`: as a query writes it."""

    def read(value: Any) -> int:
        if text:
            value = (
                int(value)
                if isinstance(value, str) and value.isascii() and value.isdigit()
                else None
            )
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError
        return value

    return Member(read, f"a whole number from {low} to {high}")


def _boolean(value: Any) -> bool:
    return ("false", "true").index(value) == 1


def _moment(value: Any) -> datetime:
    found = datetime.fromisoformat(value)
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    if found.year < EARLIEST:  # the ids count from 1970
        raise ValueError
    return found


def _identity(value: Any) -> str:
    return str(UUID(str(value)))


boolean = Member(_boolean, "true or false")
moment = Member(_moment, "a moment such as 2026-11-21T14:00:00Z")
identity = Member(_identity, "a decision_id")
