"""Whose turn a new connection is: the worker's that has the fewest.

Every worker is woken by a new connection, and the first one awake would take all that come together; where clients keep
their connections, the others then have nothing to do. The numbers of connections stand in memory that all share.
"""

import mmap
from time import monotonic

PLACES = 64  # workers beyond share a place, and then count as one
NOBODY = -1
PAUSE = 0.001  # seconds until a connection that was left to others is looked at again
PATIENCE = 0.03  # seconds that others have to take it
OFFENCE = 0.1  # seconds without leaving them any, after they did not
_connections = memoryview(mmap.mmap(-1, 4 * PLACES)).cast(
    "i"
)  # shared with every process forked from this one
_connections[:] = memoryview(b"\xff" * 4 * PLACES).cast("i")


def leave(age: int) -> None:
    """A worker has gone."""
    _connections[age % PLACES] = NOBODY


class Turns:
    """One worker's view; `age` is its number among all that were started."""

    def __init__(self, age: int) -> None:
        self._place = age % PLACES
        self._since = self._next = self._alone_until = 0.0

    def tell(self, connections: int) -> None:
        """How many connections this worker has now."""
        _connections[self._place] = connections

    def waits(self) -> float:
        """Seconds for which this worker should leave a new connection to others; 0 where it should take it."""
        now, own = monotonic(), _connections[self._place]
        if now < self._alone_until or not any(NOBODY < each < own for each in _connections):
            return 0.0
        if now > self._next + PATIENCE:  # another one than that of the last time
            self._since = now
        self._next = now + PAUSE
        if now - self._since < PATIENCE:
            return PAUSE
        self._alone_until = now + OFFENCE
        return 0.0
