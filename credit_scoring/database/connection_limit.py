"""The number of connections to PostgreSQL that one process may open.

Small plans of hosting platforms allow 20 connections. While a new version replaces the old one,
both are connected: two masters with one connection each, and twice the workers.
"""

from dataclasses import dataclass

SMALL_PLAN = 20  # connections
MASTERS = 2  # one connection each, at their start
COMMANDS = 2  # migration, python model.py
SHARED_BY_WORKERS = SMALL_PLAN - MASTERS - COMMANDS
MOST_PER_WORKER = 4  # more would wait for the processor: a statement takes a millisecond


@dataclass(frozen=True)
class ConnectionLimit:
    """At most `connections` in a process; the others of its threads wait.

    `keep_open`: an unused connection stays open for the next operation.
    """

    connections: int
    keep_open: bool = True


FOR_ONE_PROCESS = ConnectionLimit(MOST_PER_WORKER)  # a command


def limit_per_worker(workers: int, connections: int | None) -> ConnectionLimit:
    """The limit of one of `workers`; `connections` is the setting, None for a small plan.

    More workers than the plan has connections for take turns: each closes its connection after use,
    and waits until the server accepts another one.

    >>> [limit_per_worker(workers, None).connections for workers in (1, 2, 3, 4, 8)]
    [4, 4, 2, 2, 1]
    >>> limit_per_worker(24, None)
    ConnectionLimit(connections=1, keep_open=False)
    """
    if connections is not None:
        return ConnectionLimit(connections)
    share = SHARED_BY_WORKERS // (2 * workers)
    return ConnectionLimit(min(MOST_PER_WORKER, max(1, share)), keep_open=share > 0)
