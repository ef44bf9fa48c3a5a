"""Group commit: threads that store at the same moment share one transaction.

Who comes first leads: it commits what has gathered by then, for all. Who comes meanwhile waits, and the first of
these leads next. There is no thread of our own that a fork could lose.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

from credit_scoring.errors import StorageError

Work = TypeVar("Work")
Result = TypeVar("Result")


def _locked() -> Lock:
    lock = Lock()
    lock.acquire()
    return lock


@dataclass(slots=True, eq=False)
class _Ticket(Generic[Work, Result]):
    """One thread's work. `turn` is released when it is done, or when the thread must lead."""

    work: Work
    turn: Lock = field(default_factory=_locked)
    done: bool = False
    result: Result | None = None
    error: Exception | None = None


class GroupCommit(Generic[Work, Result]):
    """`commit(works)` stores all of them or none, and returns a result for each, in order."""

    def __init__(self, commit: Callable[[Sequence[Work]], Sequence[Result]]) -> None:
        self._commit = commit
        self._lock = Lock()
        self._waiting: list[_Ticket[Work, Result]] = []
        self._led = False

    def store(self, work: Work) -> Result:
        """The result of `work` once it is committed; StorageError where it cannot be."""
        ticket: _Ticket[Work, Result] = _Ticket(work)
        with self._lock:
            self._waiting.append(ticket)
            leads, self._led = not self._led, True
        if not leads:
            ticket.turn.acquire()
        if not ticket.done:
            self._lead()
        if ticket.error is not None:
            raise copy(ticket.error)
        return ticket.result  # type: ignore[return-value]

    def _lead(self) -> None:
        with self._lock:
            group, self._waiting = self._waiting, []
        try:
            self._settle(group)
        finally:
            self._hand_over(group)

    def _settle(self, group: "list[_Ticket[Work, Result]]") -> None:
        """Commit the group; where one of several is at fault, each alone, so that it harms no other."""
        try:
            results = self._commit([ticket.work for ticket in group])
        except StorageError as error:
            with self._lock:  # who came meanwhile would wait as long for the same
                group += self._waiting
                self._waiting = []
            for ticket in group:
                ticket.error = error
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the waiting thread's
            if len(group) == 1:
                group[0].error = error
                return
            for ticket in group:
                self._settle([ticket])
        else:
            for ticket, result in zip(group, results, strict=True):
                ticket.result = result

    def _hand_over(self, group: "list[_Ticket[Work, Result]]") -> None:
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            self._led = following is not None
        for ticket in group:
            ticket.done = True
            ticket.turn.release()
        if following:
            following.turn.release()
