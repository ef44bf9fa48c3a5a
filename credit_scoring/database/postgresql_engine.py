"""Connections to PostgreSQL whose every wait has a time limit on our side.

PostgreSQL's own limit, statement_timeout, does not help if its processes are frozen, for example
by a stalled disk, and neither do TCP's, because the system of the server still acknowledges.
"""

from time import monotonic, sleep
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from credit_scoring.database import time_limit
from credit_scoring.database.connection_limit import ConnectionLimit

# The server's share of the time limit: it cancels a slow statement before we close the connection.
STATEMENT_SHARE = 0.8
CONNECT_SHARE = 1 / 3  # of the time limit: with less time left no connection is opened
POLL_INTERVAL = 0.1  # seconds, psycopg's default: how often a wait looks for a signal
PAUSE = 0.05  # seconds between two attempts to open a connection
# Refusals that may end within the time limit; PostgreSQL gives no code before a connection exists.
TEMPORARY = ("too many", "connection slots are reserved", "starting up")

Answer = TypeVar("Answer")


class DatabaseStalled(psycopg.OperationalError):
    """PostgreSQL did not answer within the time limit."""


class TimedConnection(psycopg.Connection[Any]):
    """A connection that is closed if an answer takes longer than the operation's time limit."""

    def wait(
        self, gen: PQGen[Answer], interval: float = POLL_INTERVAL, timeout: float | None = None
    ) -> Answer:
        """Wait for an answer; DatabaseStalled if there is none in time."""
        limit = time_limit.remaining() if timeout is None else timeout
        try:
            return super().wait(gen, interval, limit)
        except psycopg.OperationalError as error:
            if self.pgconn.transaction_status != TransactionStatus.ACTIVE:
                raise
            self.close()
            raise DatabaseStalled("no answer within the time limit") from error


def options(url: URL, limit: ConnectionLimit, *, limited: bool) -> dict[str, Any]:
    """Return the options of `create_engine`; `limited` sets the time limit of statements."""
    milliseconds = round(time_limit.TIMEOUT * 1000 * STATEMENT_SHARE) if limited else 0
    url_options = url.query.get("options", "")
    return {
        "pool_size": limit.connections,
        "max_overflow": 0,
        "pool_timeout": time_limit.TIMEOUT,
        "pool_pre_ping": True,  # a restarted server costs a new connection, not an error
        "connect_args": {
            "connect_timeout": time_limit.TIMEOUT,
            "tcp_user_timeout": round(time_limit.TIMEOUT * 1000),
            "application_name": "credit-scoring",
            "options": f"-c statement_timeout={milliseconds} -c timezone=UTC {url_options}",
        },
    }


def close_after_use(engine: Engine) -> None:
    """Close each connection when it returns to the pool, so that another process may open one."""

    @event.listens_for(engine, "checkin")
    def close(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.invalidate()


def connect_with_time_limit(engine: Engine) -> None:
    """Let `engine` open connections with a time limit."""

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> TimedConnection:
        return connect_in_time(*arguments, **options)


def connect_in_time(*arguments: Any, **options: Any) -> TimedConnection:
    """Open a connection; wait for one that is free if the server or the role has no more."""
    deadline = monotonic() + time_limit.remaining() - time_limit.TIMEOUT * CONNECT_SHARE
    if monotonic() > deadline:
        raise DatabaseStalled("no time left to connect")
    while True:
        options["connect_timeout"] = max(1, int(time_limit.remaining()))
        try:
            return TimedConnection.connect(*arguments, **options)
        except psycopg.OperationalError as error:
            is_temporary = any(reason in str(error) for reason in TEMPORARY)
            if not is_temporary or monotonic() > deadline:
                raise
        sleep(PAUSE)
