"""The time limit of an operation on the database, and of the threads that wait for it.

A frozen database answers nothing: without a limit on our side each request would keep its thread,
until none is left for `/health/live`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident
from time import monotonic

from credit_scoring.errors import StorageError

TIMEOUT = 3  # seconds
# When the oldest operation of this process has lasted this long, no more than `MAX_WAITING` threads
# wait for the database: half of the threads of a worker.
STALLED_AFTER = 1  # second
MAX_WAITING = 64

_started: dict[int, float] = {}  # time.monotonic() by thread, oldest first
_lock = Lock()


@contextmanager
def operation() -> Iterator[None]:
    """Limit everything that the block waits for to `TIMEOUT` seconds in all.

    StorageError at once if too many threads wait for a database that does not answer. Inside
    another operation the block is a part of that.
    """
    thread = get_ident()
    if thread in _started:
        yield
        return
    _start(thread)
    try:
        yield
    finally:
        with _lock:
            del _started[thread]


def remaining() -> float:
    """Return the seconds left for the operation of this thread; 0 if it has taken too long."""
    now = monotonic()
    return max(0, TIMEOUT - (now - _started.get(get_ident(), now)))


def _start(thread: int) -> None:
    now = monotonic()
    with _lock:
        if len(_started) >= MAX_WAITING and now - next(iter(_started.values())) > STALLED_AFTER:
            raise StorageError(
                f"the database does not answer, and {len(_started)} requests wait for it: no "
                "decision was made or stored; try again later"
            )
        _started[thread] = now
