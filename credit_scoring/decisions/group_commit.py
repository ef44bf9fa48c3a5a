"""Group commit: threads that store something at the same time share one transaction.

The first thread leads: it commits everything that is waiting, for all threads. Threads that arrive
during the commit wait; the first of them leads the next group. No background thread exists that
a fork could lose.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

from credit_scoring.errors import StorageError

Item = TypeVar("Item")
Result = TypeVar("Result")


def _acquired_lock() -> Lock:
    lock = Lock()
    lock.acquire()
    return lock


@dataclass(slots=True, eq=False)
class _Ticket(Generic[Item, Result]):
    """One thread's item. `wake_up` is released when it is done or when its thread must lead."""

    item: Item
    wake_up: Lock = field(default_factory=_acquired_lock)
    done: bool = False
    result: Result | None = None
    error: Exception | None = None


class GroupCommit(Generic[Item, Result]):
    """`commit(items)` stores all items or none, and returns a result for each, in order."""

    def __init__(self, commit: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._commit = commit
        self._lock = Lock()
        self._waiting: list[_Ticket[Item, Result]] = []
        self._has_leader = False

    def store(self, item: Item) -> Result:
        """Wait until `item` is committed and return its result; StorageError if that fails."""
        ticket: _Ticket[Item, Result] = _Ticket(item)
        with self._lock:
            self._waiting.append(ticket)
            must_wait = self._has_leader
            self._has_leader = True
        if must_wait:
            ticket.wake_up.acquire()
        if not ticket.done:
            self._lead()
        if ticket.error is not None:
            raise copy(ticket.error)
        return ticket.result  # type: ignore[return-value]

    def _lead(self) -> None:
        with self._lock:
            group = self._waiting
            self._waiting = []
        try:
            self._commit_group(group)
        except BaseException:  # this thread is being ended; the others must not believe in a commit
            for ticket in group:
                ticket.error = StorageError("the commit was interrupted: send the request again")
            raise
        finally:
            self._hand_over(group)

    def _commit_group(self, group: "list[_Ticket[Item, Result]]") -> None:
        """Commit the group; if an item causes an error, commit each alone to spare the others."""
        try:
            results = self._commit([ticket.item for ticket in group])
        except StorageError as error:
            with self._lock:  # threads that arrived meanwhile would only wait for the same error
                group += self._waiting
                self._waiting = []
            for ticket in group:
                ticket.error = error
        except Exception as error:  # noqa: BLE001 - the thread that waits for it raises it
            if len(group) == 1:
                group[0].error = error
                return
            for ticket in group:
                self._commit_group([ticket])
        else:
            for ticket, result in zip(group, results, strict=True):
                ticket.result = result

    def _hand_over(self, group: "list[_Ticket[Item, Result]]") -> None:
        with self._lock:
            next_leader = self._waiting[0] if self._waiting else None
            self._has_leader = next_leader is not None
        for ticket in group:
            ticket.done = True
            ticket.wake_up.release()
        if next_leader:
            next_leader.wake_up.release()
